package hub

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"gochat/internal/jsonio"
	"gochat/peer"
)

// Guest is the session as one of its guests sees it: a front.Shared.
type Guest struct {
	Host
	events chan peer.Event
	shows  bool        // it shows messages to a user
	slow   atomic.Bool // it was dismissed since it does not read
	gone   func()      // called once it is dismissed; it does not wait
	missed []peer.MessageEvent
}

// Events is as in front.Session. Of a guest who was dismissed they end.
func (g *Guest) Events() <-chan peer.Event { return g.events }

// Mark is as in front.Session.
func (g *Guest) Mark() { g.MarkFor(g) }

// StopAll is as in front.Shared.
func (g *Guest) StopAll() { g.End() }

// TooSlow reports whether the guest was dismissed since it does not read.
func (g *Guest) TooSlow() bool { return g.slow.Load() }

// Missed are the messages that nobody saw before this guest came, the oldest
// first. They do not come as events: the guest shows them from the history, and
// calls their Show then.
func (g *Guest) Missed() []peer.MessageEvent { return g.missed }

// Enter takes a guest, until Leave. One that shows what is said to a user has
// Missed, and is told how the bootnodes are reached. gone, if any, is called when
// the guest is dismissed, and must not wait. The error is ErrBusy, or net.ErrClosed.
func (h *Hub) Enter(shows bool, gone func()) (*Guest, error) {
	if gone == nil {
		gone = func() {}
	}
	g := &Guest{Host: h.host, events: make(chan peer.Event, maxWaiting), shows: shows, gone: gone}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, net.ErrClosed
	case len(h.guests) >= maxGuests:
		return nil, ErrBusy
	case shows:
		for _, m := range h.unseen {
			g.missed = append(g.missed, h.watched(m))
		}
		for _, b := range h.boots {
			g.events <- b // there is room
		}
	}
	h.guests[g] = true
	return g, nil
}

// Leave ends a guest's visit.
func (h *Hub) Leave(g *Guest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dismiss(g)
}

// partingFor is how long a guest who was dismissed has to take what waits for it.
const partingFor = 10 * time.Second

// Attend is the visit of a program that speaks the JSON front, until it leaves,
// is dismissed or ctx ends. It closes the connection.
func (h *Hub) Attend(ctx context.Context, conn net.Conn) { h.Admit(conn)(ctx) }

// Admit begins what Attend is: what is told from now on is for the program, too.
// The rest of the visit is to be run.
func (h *Hub) Admit(conn net.Conn) (visit func(ctx context.Context)) {
	g, err := h.Enter(false, func() { _ = conn.SetWriteDeadline(time.Now().Add(partingFor)) })
	return func(ctx context.Context) {
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
		switch {
		case err == ErrBusy:
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			jsonio.Refuse(conn, jsonio.CodeBusy)
			return
		case err != nil:
			return
		}
		defer h.Leave(g)
		_, _ = jsonio.Run(ctx, g, jsonio.Options{In: conn, Out: conn, Drain: h.drain})
		if g.TooSlow() { // not behind half a line: what cut it, partingFor, holds for this, too
			jsonio.Refuse(conn, jsonio.CodeSlow)
		}
	}
}
