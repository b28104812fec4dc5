package engine

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// The accounts and the users of this process in them.
const (
	meshAccount = "gochat" // what leafnode links reach
	ownAccount  = "own"    // what stays within the cluster: mailboxes and JetStream
	meshUser    = "mesh"
	ownUser     = "own"
)

const (
	// maxPending is what may wait for one connection before NATS cuts it: at the
	// default of 64 MB a burst of relay frames has this process's own connection
	// cut off as too slow.
	maxPending  = 256 << 20
	maxPayload  = 512 << 10
	maxStoreRAM = 64 << 20
	// maxSubscriptions is how many subjects one connection may ask for: a link to
	// another operator, for all nodes behind it, or this process's own presence,
	// which has one for each room. Without a bound a single leafnode fills the
	// memory of all nodes, since each is told of them.
	maxSubscriptions = 1 << 20

	dialTimeout      = 5 * time.Second
	handshakeTimeout = 5.0 // seconds, of TLS
	// syncInterval is how often JetStream's files are synced besides what syncs each
	// write: what is acknowledged survives a power cut.
	syncInterval = 10 * time.Second
)

// options are NATS' settings for a configuration that is valid.
func (e *Engine) options() (*server.Options, error) {
	c := &e.cfg
	o := &server.Options{
		ServerName: c.Key.ID().String(),
		NoSigs:     true, NoLog: true,
		DontListen:    true,
		MaxPending:    maxPending,
		MaxPayload:    maxPayload,
		MaxSubs:       maxSubscriptions,
		WriteDeadline: writeDeadline,
		PingInterval:  pingInterval, MaxPingsOut: maxPings,
		Accounts:                   []*server.Account{server.NewAccount(meshAccount), server.NewAccount(ownAccount)},
		CustomClientAuthentication: e.gate,
		AlwaysEnableNonce:          true,
	}
	if c.StoreDir != "" {
		o.JetStream, o.StoreDir = true, c.StoreDir
		o.JetStreamMaxStore, o.JetStreamMaxMemory = c.StoreMax, maxStoreRAM
		o.SyncInterval, o.SyncAlways = syncInterval, true
		// Of its own, so that a hub's or a leaf's JetStream never answers for it.
		o.JetStreamDomain = c.Key.ID().Short()
	}
	if c.ClusterListen != "" {
		if err := e.clusterOptions(o); err != nil {
			return nil, err
		}
	}
	if c.FedListen != "" {
		if err := e.listenOptions(o); err != nil {
			return nil, err
		}
	}
	o.LeafNode.NoAdvertise = true
	o.LeafNode.ReconnectInterval = redial
	o.LeafNode.DialTimeout = dialTimeout
	o.LeafNode.Compression.Mode = server.CompressionOff // it is ciphertext
	if len(c.Uplink) > 0 {
		remote := &server.RemoteLeafOpts{
			LocalAccount: meshAccount, SignatureCB: c.Key.signIn,
			TLS: true, TLSConfig: uplinkTLS(c.UplinkPins), TLSTimeout: handshakeTimeout,
			// The hub may know itself by addresses that do not reach it from here.
			IgnoreDiscoveredServers: true,
		}
		remote.Compression.Mode = server.CompressionOff
		for _, text := range c.Uplink {
			u, err := parseUplink(text)
			if err != nil {
				return nil, err
			}
			remote.URLs = append(remote.URLs, u)
		}
		o.LeafNode.Remotes = []*server.RemoteLeafOpts{remote}
	}
	return o, nil
}

func (e *Engine) clusterOptions(o *server.Options) error {
	c := &e.cfg
	secure, err := clusterTLS(c.ClusterSecret)
	if err != nil {
		return err
	}
	// Routes start only once there is a listener for clients. This one is for
	// nobody: on loopback, on any port, behind the gate.
	o.DontListen, o.Host, o.Port = false, "127.0.0.1", server.RANDOM_PORT
	if o.Cluster.Host, o.Cluster.Port, err = listenAddress(c.ClusterListen); err != nil {
		return err
	}
	// Links between clusters tell them apart by this name.
	o.Cluster.Name = "c" + hex.EncodeToString(derive(c.ClusterSecret, "cluster name"))[:16]
	o.JetStreamDomain = o.Cluster.Name
	o.Cluster.TLSConfig, o.Cluster.TLSTimeout = secure, handshakeTimeout
	o.Cluster.NoAdvertise = true
	o.Cluster.PingInterval, o.Cluster.MaxPingsOut = pingInterval, maxPings
	o.Cluster.Compression.Mode = server.CompressionOff
	for _, p := range c.ClusterPeers {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: p})
	}
	return nil
}

func (e *Engine) listenOptions(o *server.Options) (err error) {
	c := &e.cfg
	secure := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: e.certificate}
	o.Websocket.TLSConfig, o.Websocket.HandshakeTimeout = secure, dialTimeout
	if o.Websocket.Host, o.Websocket.Port, err = listenAddress(c.FedListen); err != nil {
		return err
	}
	// Without this one NATS takes no leafnodes on the WebSocket either.
	o.LeafNode.Host, o.LeafNode.Port = "127.0.0.1", server.RANDOM_PORT
	o.LeafNode.TLSConfig, o.LeafNode.TLSTimeout = secure, handshakeTimeout
	return nil
}

// listenAddress takes HOST:PORT apart; NATS writes any free port as -1.
func listenAddress(text string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(p); err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("no port in %q", text)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}
