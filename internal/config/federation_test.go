package config

import (
	"slices"
	"strings"
	"testing"
)

func TestFederation(t *testing.T) {
	pin := strings.Repeat("ab", 32)
	c, err := Load(Run, strings.Fields("--mode bootnode --cluster-listen 0.0.0.0 --cluster-peers a,b:1 --cluster-peers [2001:db8::1] "+
		"--cluster-secret-file s --fed-listen [::]:0 --fed-allow f --uplink hub.example,wss://192.0.2.1:7 --uplink-pin "+pin+
		" --node-key k --advertise boot.example"), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	f := c.Federation
	if !f.On() || f.ClusterListen != "0.0.0.0:9597" || !slices.Equal(f.ClusterPeers, []string{"a:9597", "b:1", "[2001:db8::1]:9597"}) ||
		f.ClusterSecret != "s" || f.Listen != "[::]:0" || f.Allow != "f" ||
		!slices.Equal(f.Uplink, []string{"wss://hub.example:9598", "wss://192.0.2.1:7"}) ||
		len(f.UplinkPins) != 1 || f.UplinkPins[0][0] != 0xab || f.NodeKey != "k" || f.Advertise != "boot.example:9595" {
		t.Errorf("%+v", f)
	}
	if c, err := Load(Run, []string{"--mode", "bootnode"}, nil, ""); err != nil || c.Federation.On() {
		t.Errorf("on without a word: %+v, %v", c.Federation, err)
	}
	if c, err := Load(Run, []string{"--mode", "bootnode"}, []string{"UPLINK=wss://a,wss://b", "UPLINK_PIN=" + pin + "," + pin}, ""); err != nil ||
		len(c.Federation.Uplink) != 2 || len(c.Federation.UplinkPins) != 2 {
		t.Errorf("from the environment: %+v, %v", c.Federation, err)
	}
}

func TestFederationRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--uplink wss://a --uplink wss://b":                     "second uplink",
		"--uplink ws://a":                                       "TLS",
		"--uplink https://a":                                    "URL of another kind",
		"--uplink ,":                                            "no address",
		"--uplink wss://a --uplink-pin 00":                      "64 hexadecimal digits",
		"--uplink-pin " + strings.Repeat("00", 32):              "no --uplink",
		"--cluster-peers a":                                     "--cluster-listen",
		"--cluster-listen 127.0.0.1":                            "--cluster-secret-file",
		"--cluster-listen boot.example --cluster-secret-file s": "not an IP address of this machine",
		"--fed-listen 127.0.0.1":                                "--fed-allow",
		"--fed-allow f":                                         "--fed-listen",
		"--advertise 9595":                                      "not a host name",
	} {
		_, err := Load(Run, append([]string{"--mode", "bootnode"}, strings.Fields(args)...), nil, "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
	// A member has no part in it, and its .env may be the bootnode's.
	if _, err := Load(Run, []string{"--room", "x"}, []string{"FED_LISTEN=127.0.0.1"}, ""); err != nil {
		t.Errorf("a member's: %v", err)
	}
}

// With a certificate and no WebSockets for members, it is other bootnodes that see it.
func TestCertificateForOtherBootnodes(t *testing.T) {
	args := "--mode bootnode --listen-ws off --tls-cert c --tls-key k"
	if _, err := Load(Run, strings.Fields(args), nil, ""); err == nil {
		t.Error("a certificate for nobody")
	}
	if _, err := Load(Run, strings.Fields(args+" --fed-listen 127.0.0.1 --fed-allow f"), nil, ""); err != nil {
		t.Error(err)
	}
}
