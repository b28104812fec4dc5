package monitor

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync"
	"time"

	"gochat/bootnode"
)

// Limits of who asks.
const (
	maxConns   = 32
	maxHeaders = 8 << 10         // bytes
	patience   = 5 * time.Second // for a request and its answer
	idle       = time.Minute
	answering  = 2 * time.Second // for the bootnode to tell its counts
)

// Config is what a monitor shows.
type Config struct {
	Version string
	Stats   func() bootnode.Stats // may be called at any time
	// Mesh counts what concerns other bootnodes; nil: there are none. The same.
	Mesh func() Mesh
	// Mail tells what lies in the mailbox; nil: there is none here. The same.
	Mail func() Mail
	// Ready says why newcomers are not taken; nil: they are. It may be called at
	// any time and is told to whoever asks.
	Ready func() error
	// Dropped counts events of hooks that were lost; nil: there are no hooks.
	Dropped func() uint64
	Profile bool // Go's profiles, too; for listeners on loopback alone
}

type monitor struct {
	cfg     Config
	started time.Time
	asking  chan struct{} // holds one while the bootnode is asked
}

// Serve answers on a listener, which it closes, until ctx ends (nil) or the
// listener fails.
func Serve(ctx context.Context, l net.Listener, cfg Config) error {
	srv := &http.Server{
		Handler:           newMonitor(cfg).handler(),
		ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idle,
		MaxHeaderBytes: maxHeaders,
	}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	err := srv.Serve(&limited{Listener: l, free: make(chan struct{}, maxConns)})
	if ctx.Err() != nil {
		return nil
	}
	srv.Close()
	return err
}

func newMonitor(cfg Config) *monitor {
	return &monitor{cfg: cfg, started: time.Now(), asking: make(chan struct{}, 1)}
}

func (m *monitor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", m.metrics)
	mux.HandleFunc("GET /healthz", m.health)
	mux.HandleFunc("GET /readyz", m.ready)
	if m.cfg.Profile {
		mux.HandleFunc("GET /debug/pprof/", local(pprof.Index))
		mux.HandleFunc("GET /debug/pprof/profile", local(pprof.Profile))
		mux.HandleFunc("GET /debug/pprof/trace", local(pprof.Trace))
	}
	return mux
}

// local answers those who ask for this machine by address: a page in a browser
// here that has a name resolve to 127.0.0.1 asks for that name.
func local(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "ask for 127.0.0.1, [::1] or localhost", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// stats asks the bootnode, which answers in microseconds, unless it hangs.
func (m *monitor) stats() (st bootnode.Stats, ok bool) {
	late := time.NewTimer(answering)
	defer late.Stop()
	select {
	case m.asking <- struct{}{}:
	case <-late.C:
		return st, false
	}
	got := make(chan bootnode.Stats, 1)
	go func() {
		got <- m.cfg.Stats()
		<-m.asking
	}()
	select {
	case st = <-got:
		return st, true
	case <-late.C:
		return st, false
	}
}

const hangs = "the bootnode does not answer\n"

func (m *monitor) health(w http.ResponseWriter, _ *http.Request) {
	if _, ok := m.stats(); !ok {
		say(w, http.StatusServiceUnavailable, hangs)
		return
	}
	say(w, http.StatusOK, "ok\n")
}

func (m *monitor) ready(w http.ResponseWriter, _ *http.Request) {
	if _, ok := m.stats(); !ok {
		say(w, http.StatusServiceUnavailable, hangs)
		return
	}
	if err := m.cfg.Ready(); err != nil {
		say(w, http.StatusServiceUnavailable, err.Error()+"\n")
		return
	}
	say(w, http.StatusOK, "ready\n")
}

func (m *monitor) metrics(w http.ResponseWriter, _ *http.Request) {
	st, ok := m.stats()
	if !ok {
		say(w, http.StatusServiceUnavailable, hangs)
		return
	}
	s := sample{Stats: st, version: m.cfg.Version, started: m.started, ready: m.cfg.Ready() == nil, process: readProcess()}
	if m.cfg.Dropped != nil {
		s.dropped = m.cfg.Dropped()
	}
	if m.cfg.Mesh != nil {
		mesh := m.cfg.Mesh()
		s.mesh = &mesh
	}
	if m.cfg.Mail != nil {
		mail := m.cfg.Mail()
		s.mail = &mail
	}
	var b bytes.Buffer
	if err := write(&b, &s); err != nil {
		say(w, http.StatusInternalServerError, "the counts cannot be written\n")
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = b.WriteTo(w) // who asked has gone
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // who asked has gone
}

// limited accepts so many connections at a time as free has places.
type limited struct {
	net.Listener
	free chan struct{}
}

// Accept waits until one of those before is closed, if need be; the server's
// timeouts close each.
func (l *limited) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: c, done: sync.OnceFunc(func() { <-l.free })}, nil
}

type counted struct {
	net.Conn
	done func()
}

func (c *counted) Close() error {
	defer c.done()
	return c.Conn.Close()
}
