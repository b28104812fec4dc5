//go:build !js

package wsconn

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	requestWait = 5 * time.Second // for TLS and the request
	maxHeader   = 8 << 10
	sendBuffer  = 256 << 10 // of the kernel, per connection
)

// Server accepts connections.
type Server struct {
	Path   string // of the URL
	Limits Limits
	TLS    *tls.Config // nil: none
	// Total and PerSite bound connections, from the first byte on: in all, and
	// of an IPv4 address or an IPv6 /64. Exempt says whom PerSite is not for; nil: nobody.
	Total, PerSite int
	Exempt         func(netip.Addr) bool
	// Accept says from which addresses connections are taken; nil: all.
	Accept func(netip.Addr) bool
	// Handle serves a connection until its end. The context ends with Serve.
	Handle func(context.Context, *Conn)
}

// Serve accepts connections until ctx ends (nil) or the listener fails. It
// closes the listener and waits for all handlers.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var h handlers
	defer h.end()
	defer cancel()
	gate := &gate{Listener: l, server: s, sites: map[netip.Prefix]int{}}
	var entry net.Listener = gate
	if s.TLS != nil {
		entry = tls.NewListener(gate, s.TLS)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(s.Path, func(w http.ResponseWriter, r *http.Request) {
		if h.begin() {
			defer h.running.Done()
			s.upgrade(ctx, w, r)
		}
	})
	web := &http.Server{
		Handler: mux, ReadHeaderTimeout: requestWait, ReadTimeout: requestWait, WriteTimeout: requestWait, IdleTimeout: requestWait,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // a WebSocket begins with HTTP/1.1
	}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	err := web.Serve(entry)
	if errors.Is(err, http.ErrServerClosed) || ctx.Err() != nil {
		return nil
	}
	return err
}

// handlers are the requests that are being served.
type handlers struct {
	mu      sync.Mutex
	ended   bool
	running sync.WaitGroup
}

// begin reports whether one more may run.
func (h *handlers) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.running.Add(1)
	}
	return !h.ended
}

// end lets no more begin and waits for those that run.
func (h *handlers) end() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.running.Wait()
}

func (s *Server) upgrade(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(w, "unknown source", http.StatusBadRequest)
		return
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it has answered
	}
	s.Handle(ctx, newConn(ws, s.Limits, netip.AddrPortFrom(remote.Addr().Unmap().WithZone(""), remote.Port())))
	_ = ws.CloseNow()
}

// gate is a listener that lets a bounded number of connections in.
type gate struct {
	net.Listener
	server *Server

	mu    sync.Mutex
	total int
	sites map[netip.Prefix]int
}

// Accept waits for a connection that is let in; others are closed at once.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetWriteBuffer(sendBuffer)
		}
		if guest := g.enter(c); guest != nil {
			return guest, nil
		}
		_ = c.Close()
	}
}

func (g *gate) enter(c net.Conn) net.Conn {
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return nil
	}
	addr, s := remote.Addr().Unmap().WithZone(""), g.server
	if s.Accept != nil && !s.Accept(addr) {
		return nil
	}
	site := siteOf(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= s.Total || g.sites[site] >= s.PerSite && !(s.Exempt != nil && s.Exempt(addr)) {
		return nil
	}
	g.total++
	g.sites[site]++
	return &guest{Conn: c, leave: sync.OnceFunc(func() { g.leave(site) })}
}

func (g *gate) leave(site netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.sites[site]--; g.sites[site] == 0 {
		delete(g.sites, site)
	}
}

// siteOf is who a limit per address counts: an IPv4 address or an IPv6 /64.
func siteOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fits, so it cannot fail
	return p
}

// guest gives its place back when it is closed.
type guest struct {
	net.Conn
	leave func()
}

func (c *guest) Close() error {
	c.leave()
	return c.Conn.Close()
}
