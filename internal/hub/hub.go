// Package hub lets other processes of the same user take part in a running
// session: over a Unix socket in the data directory, readable by its owner
// alone, each connection speaks the JSON front (docs/EVENTS.md).
//
// It knows no commands and no events; it hands every connection all of them.
package hub

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/peer"
)

const (
	socketName = "gochat.sock"
	maxGuests  = 64
	// A guest who does not read is left alone when so many events wait.
	maxWaiting = 8192
)

// Host is the session that guests take part in.
type Host interface {
	front.Session
	// MarkFor puts a peer.Mark with this value into the events.
	MarkFor(reader any)
}

// Hub is the guests of a session.
type Hub struct {
	host  Host
	drain time.Duration

	mu     sync.Mutex
	guests map[*guest]bool
	closed bool
}

// New makes a hub without guests. drain is how long one who ends its input waits
// for delivery.
func New(host Host, drain time.Duration) *Hub {
	return &Hub{host: host, drain: drain, guests: map[*guest]bool{}}
}

// Publish hands an event to all guests; it does not wait for them.
func (h *Hub) Publish(e peer.Event) {
	if m, is := e.(peer.MessageEvent); is {
		e = peer.MessageEvent{Message: m.Message} // only the session's own front shows it
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for g := range h.guests {
		if mark, is := e.(peer.Mark); is && mark.For != g {
			continue
		}
		select {
		case g.events <- e:
		default:
			h.dismiss(g)
		}
	}
}

// dismiss ends a guest's events. With mu held.
func (h *Hub) dismiss(g *guest) {
	if h.guests[g] {
		delete(h.guests, g)
		close(g.events)
	}
}

// Close dismisses all guests and takes no more.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for g := range h.guests {
		h.dismiss(g)
	}
}

// Serve takes guests until ctx ends or l is closed, and returns when all are gone.
func (h *Hub) Serve(ctx context.Context, l net.Listener) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var guests sync.WaitGroup
	defer guests.Wait()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select { // out of files, most likely
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		guests.Go(func() { h.entertain(ctx, conn) })
	}
}

// entertain is one guest's visit.
func (h *Hub) entertain(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })()
	g := &guest{Host: h.host, events: make(chan peer.Event, maxWaiting)}
	h.mu.Lock()
	closed, full := h.closed, len(h.guests) >= maxGuests
	if !closed && !full {
		h.guests[g] = true
	}
	h.mu.Unlock()
	switch {
	case closed:
		return
	case full:
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		jsonio.Refuse(conn)
		return
	}
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.dismiss(g)
	}()
	_, _ = jsonio.Run(ctx, g, jsonio.Options{In: conn, Out: conn, Drain: h.drain})
}

// guest is a session as one connection sees it.
type guest struct {
	Host
	events chan peer.Event
}

// Events is as in front.Session.
func (g *guest) Events() <-chan peer.Event { return g.events }

// Mark is as in front.Session.
func (g *guest) Mark() { g.MarkFor(g) }

// Listen opens the socket in a data directory that this process holds: what a
// process before left there is not in use.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// ErrNobody says that no running gochat can be reached in a data directory.
var ErrNobody = errors.New("no running gochat answers there")

// ErrBusy says that the running gochat takes nobody more.
var ErrBusy = errors.New("the running gochat is busy: too many other programs are connected to it; try again")

// Dial connects with the gochat that holds a data directory. The error is
// ErrBusy or wraps ErrNobody.
func Dial(dir string) (*Client, error) {
	conn, err := net.Dial("unix", filepath.Join(dir, socketName))
	if errors.Is(err, syscall.EAGAIN) { // so many that they queue
		return nil, ErrBusy
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", dir, ErrNobody, err)
	}
	return &Client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}
