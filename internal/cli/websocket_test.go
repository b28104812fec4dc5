package cli

import (
	"testing"

	"gochat/internal/config"
	"gochat/internal/wsconn"
)

func TestTCPOnly(t *testing.T) {
	tor, none := wsconn.Proxies{All: "socks5h://127.0.0.1:9050"}, wsconn.Proxies{}
	for name, tc := range map[string]struct {
		cfg     config.Config
		proxies wsconn.Proxies
		want    bool
	}{
		"nothing":             {config.Config{Bootnodes: []string{"a:1"}}, none, false},
		"a proxy":             {config.Config{Bootnodes: []string{"a:1"}}, tor, false},
		"relayed":             {config.Config{Bootnodes: []string{"a:1"}, RelayOnly: true}, none, false},
		"relayed, by a proxy": {config.Config{Bootnodes: []string{"a:1"}, RelayOnly: true}, tor, true},
		"a URL":               {config.Config{Bootnodes: []string{"wss://a"}}, none, false},
		"relayed, by a URL":   {config.Config{Bootnodes: []string{"wss://a"}, RelayOnly: true}, none, true},
		"relayed, by either":  {config.Config{Bootnodes: []string{"wss://a", "b:1"}, RelayOnly: true}, none, false},
	} {
		if got := tcpOnly(tc.cfg, tc.proxies); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
