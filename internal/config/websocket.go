package config

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// listenWS reads addresses, or the word off.
func listenWS(c *Config, text string) error {
	if strings.EqualFold(strings.TrimSpace(text), "off") {
		c.ListenWSOff = true
	} else if err := addresses(func(c *Config) *[]string { return &c.ListenWS }, parseListen)(c, text); err != nil {
		return err
	}
	if c.ListenWSOff && len(c.ListenWS) > 0 {
		return errors.New("off beside an address")
	}
	return nil
}

// checkWS checks what needs more than one setting.
func (c *Config) checkWS() error {
	const both = "both --tls-cert and --tls-key, or neither"
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		return c.conflict("tls-cert", "there is no --tls-key for it", both)
	case c.TLSKey != "" && c.TLSCert == "":
		return c.conflict("tls-key", "there is no --tls-cert for it", both)
	case c.TLSCert != "" && c.ListenWSOff && c.Federation.Listen == "":
		return c.conflict("tls-cert", "has nothing to serve while --listen-ws is off", "no --listen-ws off")
	}
	return nil
}

// IsURL reports whether a bootnode's address is a URL: one of a WebSocket.
func IsURL(address string) bool { return strings.Contains(address, "://") }

// parseURL reads the address of a bootnode that is reached over TCP only.
func parseURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", errors.New("not a URL")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch host := u.Hostname(); {
	case u.Scheme != "ws" && u.Scheme != "wss":
		return "", errors.New("a URL of another kind than ws:// or wss://")
	case !isIP(host) && !isHostname(host):
		return "", errors.New("not a host name or IP address")
	case u.Port() != "" && (err != nil || port == 0):
		return "", errors.New("port not in 1 to 65535")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(s) > maxPath:
		return "", errors.New("more in it than a host, a port and a path")
	}
	return u.String(), nil
}
