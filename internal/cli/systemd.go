package cli

import (
	"log/slog"
	"net"
	"strings"
)

// notifier tells systemd how far a service with Type=notify is (sd_notify(3));
// elsewhere it does nothing.
func notifier(getenv func(string) string, log *slog.Logger) func(state string) {
	at := getenv("NOTIFY_SOCKET")
	return func(state string) {
		if at == "" {
			return
		}
		name := at
		if strings.HasPrefix(name, "@") { // in the abstract name space
			name = "\x00" + name[1:]
		}
		c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
		if err == nil {
			_, err = c.Write([]byte(state))
			c.Close()
		}
		if err != nil {
			log.Warn("systemd could not be told", "state", state, "error", err)
		}
	}
}
