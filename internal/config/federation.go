package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Federation is how a bootnode works together with others. Its zero value is
// one alone. Files are named, not read.
type Federation struct {
	ClusterListen string   // for the operator's own nodes; "": none
	ClusterPeers  []string // the others of them
	ClusterSecret string   // a file

	Listen     string     // for other operators' nodes; "": none
	Allow      string     // a file
	Uplink     []string   // URLs of one hub
	UplinkPins [][32]byte // its certificates or public keys; empty: the system's authorities decide

	NodeKey   string // a file; "": in the data directory
	Advertise string // HOST:PORT under which members reach this bootnode; "": not told
}

// On reports whether there are other nodes, or may be.
func (f Federation) On() bool { return f.ClusterListen != "" || f.Listen != "" || len(f.Uplink) > 0 }

// The ports behind those for members and STUN.
const (
	clusterPort = 9597
	fedPort     = 9598
)

const pinAllowed = "64 hexadecimal digits, several separated by commas"

var federationOptions = []Option{
	{
		Name: "cluster-listen", Env: "CLUSTER_LISTEN", Arg: "HOST:PORT", Use: ForBootnode,
		Help:    "address for this operator's other bootnodes, over TCP with TLS, port 9597 if none is named; they act as one; without it, the bootnode is no part of a cluster",
		Allowed: "IP, IP:PORT or [IPv6]:PORT of this machine",
		set:     oneAddress(func(c *Config) *string { return &c.Federation.ClusterListen }),
		text:    func(c *Config) string { return c.Federation.ClusterListen },
	}, {
		Name: "cluster-peers", Env: "CLUSTER_PEERS", Arg: "HOST:PORT,…", List: true, Use: ForBootnode,
		Help:    "where those listen; this bootnode's own address may be among them, so that all can have the same list",
		Allowed: "HOST, HOST:PORT or [IPv6]:PORT, several separated by commas",
		set:     addresses(func(c *Config) *[]string { return &c.Federation.ClusterPeers }, parseTarget),
		text:    func(c *Config) string { return strings.Join(c.Federation.ClusterPeers, ",") },
	}, {
		Name: "cluster-secret-file", Env: "CLUSTER_SECRET_FILE", Arg: "FILE", Use: ForBootnode,
		Help:    "file with the secret that makes a bootnode one of the cluster, the same on all; such as made by: openssl rand -base64 32",
		Allowed: "a readable file with 20 to 1024 bytes that nobody can guess",
		set:     path(func(c *Config) *string { return &c.Federation.ClusterSecret }),
	}, {
		Name: "fed-listen", Env: "FED_LISTEN", Arg: "HOST:PORT", Use: ForBootnode,
		Help:    "address for other operators' bootnodes, over WebSockets with TLS, port 9598 if none is named; it shows --tls-cert, or a certificate made from the node key; without it, none can come",
		Allowed: "IP, IP:PORT or [IPv6]:PORT of this machine",
		set:     oneAddress(func(c *Config) *string { return &c.Federation.Listen }),
		text:    func(c *Config) string { return c.Federation.Listen },
	}, {
		Name: "fed-allow", Env: "FED_ALLOW", Arg: "FILE", Use: ForBootnode,
		Help:    "file with the node keys of the bootnodes that may come there, one a line, as each prints its own at start",
		Allowed: "a readable file of node keys (56 letters and digits beginning with U); # begins a comment",
		set:     path(func(c *Config) *string { return &c.Federation.Allow }),
	}, {
		Name: "uplink", Env: "UPLINK", Arg: "WSS-URL,…", List: true, Use: ForBootnode,
		Help:    "bootnode of another operator to dial, its --fed-listen; several addresses only if they are one cluster's; two hubs would close a ring sooner or later",
		Allowed: "wss://HOST:PORT, or HOST:PORT for the same; several separated by commas, all of one cluster; given once",
		set:     setUplink,
		text:    func(c *Config) string { return strings.Join(c.Federation.Uplink, ",") },
	}, {
		Name: "uplink-pin", Env: "UPLINK_PIN", Arg: "SHA256,…", List: true, Use: ForBootnode,
		Help:    "SHA-256 of the uplink's certificate or public key, as it prints it at start; without one, the system's certificate authorities decide",
		Allowed: pinAllowed,
		set:     addPins,
	}, {
		Name: "node-key", Env: "NODE_KEY", Arg: "FILE", Use: ForBootnode,
		Help:    "file with the key that other bootnodes know this one by; made at the first start; without a name, bootnode/node.nk in the data directory",
		Allowed: "a file with an nkey's seed (SU…), or one that can be made",
		set:     path(func(c *Config) *string { return &c.Federation.NodeKey }),
	}, {
		Name: "advertise", Env: "ADVERTISE", Arg: "HOST:PORT", Use: ForBootnode,
		Help:    "address under which members reach this bootnode, told to other bootnodes, so that members can be sent here",
		Allowed: "HOST, HOST:PORT or [IPv6]:PORT",
		set: func(c *Config, text string) (err error) {
			c.Federation.Advertise, err = parseTarget(text)
			return err
		},
		text: func(c *Config) string { return c.Federation.Advertise },
	},
}

func oneAddress(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, text string) (err error) {
		*field(c), err = parseListen(text)
		return err
	}
}

// setUplink reads the addresses of one hub. It refuses to be called again: the
// option given twice is two hubs.
func setUplink(c *Config, text string) error {
	if len(c.Federation.Uplink) > 0 {
		return errors.New("a second uplink: a bootnode has one hub, and with two of them sooner or later a ring, " +
			"which cuts off all that are in it; separate the addresses of one cluster by commas")
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		u, err := parseHub(part)
		if err != nil {
			return fmt.Errorf("%s: %w", quote(part), err)
		}
		c.Federation.Uplink = append(c.Federation.Uplink, u)
	}
	switch n := len(c.Federation.Uplink); {
	case n == 0:
		return errors.New("no address in it")
	case n > maxAddresses:
		return fmt.Errorf("more than %d addresses", maxAddresses)
	}
	return nil
}

// parseHub reads one address of a hub.
func parseHub(s string) (string, error) {
	if !IsURL(s) {
		host, port, err := splitHostPort(s, 1)
		if err == nil && !isIP(host) && !isHostname(host) {
			err = errors.New("not a host name or IP address")
		}
		if port == "" {
			port = strconv.Itoa(fedPort)
		}
		return (&url.URL{Scheme: "wss", Host: net.JoinHostPort(host, port)}).String(), err
	}
	text, err := parseURL(s)
	if err == nil && !strings.HasPrefix(text, "wss://") {
		err = errors.New("links between operators are always under TLS: wss://")
	}
	return text, err
}

func addPins(c *Config, text string) error {
	for part := range strings.SplitSeq(text, ",") {
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(part), ":", ""))
		if err != nil || len(b) != 32 {
			return errors.New("not 64 hexadecimal digits")
		}
		c.Federation.UplinkPins = append(c.Federation.UplinkPins, [32]byte(b))
		if len(c.Federation.UplinkPins) > maxAddresses {
			return fmt.Errorf("more than %d pins", maxAddresses)
		}
	}
	return nil
}

// checkFederation fills in ports and checks what needs more than one setting.
func (c *Config) checkFederation() error {
	f := &c.Federation
	f.ClusterListen = fillPort(f.ClusterListen, clusterPort)
	f.ClusterPeers = fillPorts(f.ClusterPeers, clusterPort)
	f.Listen = fillPort(f.Listen, fedPort)
	f.Advertise = fillPort(f.Advertise, c.BootnodePort)
	switch {
	case c.Mode != Bootnode:
	case len(f.ClusterPeers) > 0 && f.ClusterListen == "":
		return c.conflict("cluster-peers", "there is no --cluster-listen: a cluster's nodes dial each other", "--cluster-listen beside it")
	case f.ClusterListen != "" && f.ClusterSecret == "":
		return c.conflict("cluster-listen", "whoever reaches it could join the cluster: there is no --cluster-secret-file", "--cluster-secret-file beside it")
	case f.Listen != "" && f.Allow == "":
		return c.conflict("fed-listen", "there is no --fed-allow to say who may come", "--fed-allow FILE beside it")
	case f.Allow != "" && f.Listen == "":
		return c.conflict("fed-allow", "there is no --fed-listen where they could come", "--fed-listen beside it")
	case len(f.UplinkPins) > 0 && len(f.Uplink) == 0:
		return c.conflict("uplink-pin", "there is no --uplink that it could be of", "--uplink beside it")
	}
	return nil
}

// fillPort is fillPorts for one address, which may be missing.
func fillPort(addr string, port int) string {
	if addr == "" {
		return ""
	}
	return fillPorts([]string{addr}, port)[0]
}
