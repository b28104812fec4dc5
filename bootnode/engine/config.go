package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"gochat/crypto"
)

// Config is what an Engine is told. Its zero value, but for the Key, is a node
// alone: no listener, no link.
type Config struct {
	Key *NodeKey

	// ClusterListen is HOST:PORT for the operator's other nodes; ClusterPeers
	// are theirs. One's own may be among them. Both need ClusterSecret, which
	// is the same on all of them.
	ClusterListen string
	ClusterPeers  []string
	ClusterSecret []byte

	// Advertise is HOST:PORT for members. An entry of ClusterPeers with this host
	// and the port of ClusterListen is this node, also where it does not reach
	// itself there.
	Advertise string

	// FedListen is HOST:PORT for other operators' nodes, who dial wss:// there;
	// FedAllow are those that may: nil is no list, an empty one is nobody yet.
	FedListen string
	FedAllow  []crypto.NodeID

	// Uplink are the URLs, wss://HOST:PORT, of one hub: one node or the nodes
	// of one cluster. More than one hub would close a ring sooner or later, and
	// a ring isolates all who are in it. UplinkPins are the hub's certificates
	// or public keys; without one the system's authorities decide.
	Uplink     []string
	UplinkPins []Pin

	// Certificate is what FedListen shows; nil: one made from Key.
	Certificate CertificateSource

	// StoreDir is where JetStream keeps its files; "": there is no JetStream.
	// StoreMax bounds them, in bytes; 0: 1 GiB.
	StoreDir string
	StoreMax int64

	// RelayRate bounds the relay frames that this node sends others, in bytes a
	// second; 0: 64 MiB. Beyond it they are dropped.
	RelayRate int

	Logger *slog.Logger // nil: none
}

// Fixed timing: a node that is silent is given up after two missed pings, 4 to
// 6 s, and dialled again every second.
const (
	pingInterval  = 2 * time.Second
	maxPings      = 2
	redial        = time.Second
	writeDeadline = 5 * time.Second
)

const (
	minSecret      = 20 // bytes of a cluster's secret
	defaultRelay   = 64 << 20
	minRelayRate   = 64 << 10
	defaultStore   = 1 << 30
	maxPeers       = 64
	maxAllowed     = 4096
	fewestForStore = 2 // other nodes in a cluster that stores
)

// ErrConfig is what every error of Validate is.
var ErrConfig = errors.New("unusable settings")

// Validate checks what does not need the network. Its errors name the part at
// fault in the words of the command line.
func (c *Config) Validate() error {
	problem := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	clustered := c.ClusterListen != "" || len(c.ClusterPeers) > 0
	switch {
	case c.Key == nil:
		return problem("there is no node key")
	case len(c.ClusterPeers) > 0 && c.ClusterListen == "":
		return problem("cluster peers without an address to listen on for them (--cluster-listen)")
	case clustered && len(c.ClusterSecret) < minSecret:
		return problem("a cluster needs a secret of at least %d bytes, the same on all of its nodes (--cluster-secret-file)", minSecret)
	case c.FedListen != "" && c.FedAllow == nil:
		return problem("listening for other bootnodes without a list of those that may come (--fed-allow)")
	case len(c.FedAllow) > maxAllowed:
		return problem("more than %d allowed nodes", maxAllowed)
	case len(c.ClusterPeers) > maxPeers || len(c.Uplink) > maxPeers:
		return problem("more than %d addresses", maxPeers)
	case c.StoreDir != "" && clustered && c.otherPeers() < fewestForStore:
		return problem("a cluster of two nodes cannot keep a mailbox: with one of them down the other has no majority; " +
			"use three nodes (--cluster-peers), or keep the mailbox at a node outside the cluster")
	case c.RelayRate != 0 && c.RelayRate < minRelayRate:
		return problem("a relay rate below %d bytes a second", minRelayRate)
	}
	for _, a := range append([]string{c.ClusterListen, c.FedListen}, c.ClusterPeers...) {
		if _, _, err := net.SplitHostPort(a); a != "" && err != nil {
			return problem("%q is not HOST:PORT", a)
		}
	}
	for _, u := range c.Uplink {
		if _, err := parseUplink(u); err != nil {
			return problem("%q: %v", u, err)
		}
	}
	return nil
}

// otherPeers counts the cluster's nodes but for this one, as far as addresses tell.
func (c *Config) otherPeers() int {
	others := map[string]bool{}
	for _, p := range c.ClusterPeers {
		if p != c.ClusterListen {
			others[strings.ToLower(p)] = true
		}
	}
	return len(others)
}

// dialled are the ports that this node dials: where a connection comes to one of
// them, it is its own.
func (c *Config) dialled() map[string]bool {
	ports := map[string]bool{}
	for _, p := range c.ClusterPeers {
		if _, port, err := net.SplitHostPort(p); err == nil {
			ports[port] = true
		}
	}
	return ports
}

// parseUplink reads a hub's address. A link between operators is TLS, always.
func parseUplink(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "wss":
		return nil, errors.New("not a wss:// URL: links between operators are always under TLS")
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("not wss://HOST:PORT")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "443")
	}
	return u, nil
}
