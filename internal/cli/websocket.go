package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"gochat/internal/config"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/internal/wsconn"
	"gochat/peer"
)

// dialer opens WebSockets to bootnodes, through the proxies of the environment.
func dialer(getenv func(string) string) func(context.Context, string, func(netip.Addr) bool) (peer.Stream, error) {
	all := wsconn.Dialer{Limits: wsconn.Limits{Packet: wire.MaxPacket}, Proxies: wsconn.ProxiesFrom(getenv)}
	return func(ctx context.Context, url string, may func(netip.Addr) bool) (peer.Stream, error) {
		d := all
		d.May = may
		c, err := d.Dial(ctx, url)
		if err != nil {
			return nil, err // not a nil *Conn in an interface
		}
		return c, nil
	}
}

// tcpOnly reports whether no packet may leave by UDP: who shows his address to
// nobody and has a proxy, such as Tor, or has named WebSockets alone, does not
// want the bootnode or the network to see it either.
func tcpOnly(cfg config.Config, p wsconn.Proxies) bool {
	named := func(a string) bool { return !config.IsURL(a) }
	return cfg.RelayOnly && (p.Any() || !slices.ContainsFunc(cfg.Bootnodes, named))
}

// tcpOf is the network to listen on: 0.0.0.0 is all of IPv4 and no more, as for
// UDP, and [::] both.
func tcpOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return "tcp4"
	}
	return "tcp"
}

// listenStreams opens TCP for WebSockets: where it was told to, or else beside
// each UDP socket, and then failing is no reason to stop.
func listenStreams(cfg config.Config, conns []udp.Conn, log *slog.Logger, cert *certificate) ([]net.Listener, *tls.Config, error) {
	if cfg.ListenWSOff {
		return nil, nil, nil
	}
	var secure *tls.Config
	if cert != nil {
		if err := cert.load(); err != nil {
			return nil, nil, certError(cfg, err)
		}
		secure = &tls.Config{GetCertificate: cert.get, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	}
	addrs, named := cfg.ListenWS, len(cfg.ListenWS) > 0
	if !named {
		for i, a := range cfg.Listen {
			host, _, err := net.SplitHostPort(a)
			if err != nil {
				return nil, nil, err
			}
			addrs = append(addrs, net.JoinHostPort(host, strconv.Itoa(int(conns[i].LocalAddr().Port()))))
		}
	}
	var out []net.Listener
	for _, a := range addrs {
		l, err := net.Listen(tcpOf(a), a)
		switch {
		case err == nil:
			out = append(out, l)
		case named:
			for _, l := range out {
				l.Close()
			}
			return nil, nil, fmt.Errorf("cannot listen on TCP %s: %w (is another program there? choose another with --listen-ws, or --listen-ws off)", a, err)
		default:
			log.Warn("no WebSockets: who has no UDP cannot come; free the TCP port, choose another with --listen-ws, or switch it off",
				"address", a, "error", err)
		}
	}
	return out, secure, nil
}

// certError names the option whose file is at fault, if one is.
func certError(cfg config.Config, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		if path.Path == cfg.TLSKey {
			return cfg.Unusable("tls-key", err)
		}
		return cfg.Unusable("tls-cert", err)
	}
	return cfg.Unusable("tls-cert", fmt.Errorf("with its key it is no pair: %w", err))
}

// certificateAge is how old a loaded certificate may be before its files are
// looked at again: they are renewed while the bootnode runs.
const certificateAge = time.Minute

const maxCertFile = 1 << 20 // bytes

// certificate is a pair of files.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu       sync.Mutex
	loaded   *tls.Certificate
	changed  [2]time.Time // when the files were, as of loaded
	lookedAt time.Time
}

func (c *certificate) load() error {
	changed := c.times()
	chain, err := config.ReadRegular(c.certFile, maxCertFile)
	if err != nil {
		return err
	}
	key, err := config.ReadRegular(c.keyFile, maxCertFile)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return err
	}
	c.loaded, c.changed, c.lookedAt = &pair, changed, time.Now()
	return nil
}

// renew loads a pair, perhaps from other files, at once. If it cannot be used, the
// one before stays.
func (c *certificate) renew(certFile, keyFile string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := &certificate{certFile: certFile, keyFile: keyFile}
	if err := next.load(); err != nil {
		return err
	}
	c.certFile, c.keyFile, c.loaded, c.changed, c.lookedAt = certFile, keyFile, next.loaded, next.changed, next.lookedAt
	return nil
}

func (c *certificate) times() (t [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			t[i] = info.ModTime()
		}
	}
	return t
}

// get is the certificate as of now. One that cannot be read, half written
// perhaps, leaves the one before in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.lookedAt) >= certificateAge {
		c.lookedAt = time.Now()
		if c.times() != c.changed {
			if err := c.load(); err != nil {
				c.log.Warn("the new TLS certificate cannot be used; the one before stays", "error", err)
			} else {
				c.log.Info("the TLS certificate was loaded again")
			}
		}
	}
	return c.loaded, nil
}
