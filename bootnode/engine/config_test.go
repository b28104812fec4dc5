package engine

import (
	"errors"
	"strings"
	"testing"

	"gochat/crypto"
)

func TestValidate(t *testing.T) {
	some := []crypto.NodeID{{1}}
	for name, tc := range map[string]struct {
		cfg  Config
		want string // "" is none
	}{
		"alone":               {Config{Key: key(1)}, ""},
		"mailbox alone":       {Config{Key: key(1), StoreDir: "x"}, ""},
		"cluster":             {Config{Key: key(1), ClusterListen: "127.0.0.1:0", ClusterPeers: []string{"a:1", "b:1"}, ClusterSecret: secret, StoreDir: "x"}, ""},
		"hub":                 {Config{Key: key(1), FedListen: ":1", FedAllow: some}, ""},
		"nobody yet":          {Config{Key: key(1), FedListen: "127.0.0.1:0", FedAllow: []crypto.NodeID{}}, ""},
		"uplink":              {Config{Key: key(1), Uplink: []string{"wss://hub.example", "wss://192.0.2.1:7000"}}, ""},
		"no key":              {Config{}, "node key"},
		"no secret":           {Config{Key: key(1), ClusterListen: "127.0.0.1:0"}, "--cluster-secret-file"},
		"short secret":        {Config{Key: key(1), ClusterListen: "127.0.0.1:0", ClusterSecret: []byte("short")}, "20 bytes"},
		"peers only":          {Config{Key: key(1), ClusterPeers: []string{"a:1"}, ClusterSecret: secret}, "--cluster-listen"},
		"nobody allowed":      {Config{Key: key(1), FedListen: ":1"}, "--fed-allow"},
		"two nodes, mailbox":  {Config{Key: key(1), ClusterListen: "a:1", ClusterPeers: []string{"b:1"}, ClusterSecret: secret, StoreDir: "x"}, "two nodes"},
		"two nodes with self": {Config{Key: key(1), ClusterListen: "a:1", ClusterPeers: []string{"b:1", "a:1", "B:1"}, ClusterSecret: secret, StoreDir: "x"}, "two nodes"},
		"two nodes, none":     {Config{Key: key(1), ClusterListen: "a:1", ClusterPeers: []string{"b:1"}, ClusterSecret: secret}, ""},
		"no TLS":              {Config{Key: key(1), Uplink: []string{"ws://hub.example"}}, "TLS"},
		"no host":             {Config{Key: key(1), Uplink: []string{"wss://:1"}}, "HOST"},
		"no port":             {Config{Key: key(1), ClusterListen: "a", ClusterSecret: secret}, "HOST:PORT"},
		"slow relay":          {Config{Key: key(1), RelayRate: 1}, "rate"},
	} {
		err := tc.cfg.Validate()
		if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if _, again := New(tc.cfg); (again == nil) != (err == nil) {
			t.Errorf("%s: New says %v", name, again)
		}
	}
}

// Another program at the port is an error, and quickly.
func TestPortInUse(t *testing.T) {
	h := hub(t, key(1), key(2))
	cfg := hubConfig(key(3), key(2))
	cfg.FedListen = strings.TrimPrefix(h.FedURL(), "wss://")
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
}
