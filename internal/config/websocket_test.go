package config

import (
	"slices"
	"testing"
)

func TestBootnodeURLs(t *testing.T) {
	for text, want := range map[string]string{
		"wss://boot.example":            "wss://boot.example",
		"ws://boot.example:80/way":      "ws://boot.example:80/way",
		"ws://[2001:db8::1]:9595":       "ws://[2001:db8::1]:9595",
		"wss://192.0.2.1/gochat":        "wss://192.0.2.1/gochat",
		"http://boot.example":           "",
		"wss://":                        "",
		"wss://boot example":            "",
		"wss://me:word@boot.example":    "",
		"wss://boot.example?x=1":        "",
		"wss://boot.example#x":          "",
		"wss://boot.example:0":          "",
		"wss://boot.example:99999":      "",
		"wss://12345":                   "",
		"://boot.example":               "",
		"wss://boot.example/\x1b[2Jbad": "",
	} {
		got, err := parseBootnode(text)
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q (%v), want %q", text, got, err, want)
		}
	}
}

// STUN goes by UDP alone: a URL names no server of it.
func TestSTUNServersAreNoURLs(t *testing.T) {
	if c, err := Load(Run, []string{"--stun", "wss://stun.example"}, nil, ""); err == nil {
		t.Errorf("taken as %v", c.STUN)
	}
	c, err := Load(Run, []string{"--stun", "stun.example,[2001:db8::1]:3479"}, nil, "")
	if err != nil || !slices.Equal(c.STUN, []string{"stun.example:3478", "[2001:db8::1]:3479"}) {
		t.Errorf("%v, %v", c.STUN, err)
	}
}

func TestListenWS(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []string
		off  bool
		ok   bool
	}{
		{"off", nil, true, true},
		{" OFF ", nil, true, true},
		{"0.0.0.0", []string{"0.0.0.0:9595"}, false, true},
		{"127.0.0.1:80,[::1]:81", []string{"127.0.0.1:80", "[::1]:81"}, false, true},
		{"off,127.0.0.1", nil, false, false},
		{"boot.example", nil, false, false},
	} {
		c, err := Load(Run, []string{"--mode", "bootnode", "--listen-ws", tc.text}, nil, "")
		if (err == nil) != tc.ok || err == nil && (!slices.Equal(c.ListenWS, tc.want) || c.ListenWSOff != tc.off) {
			t.Errorf("%q: %v, off %v, %v", tc.text, c.ListenWS, c.ListenWSOff, err)
		}
	}
}
