// Package hub lets other processes of the same user take part in a running
// session: over a Unix socket in the data directory, readable by its owner
// alone, each connection speaks the JSON front (docs/EVENTS.md). A front that runs
// in the same process can be a guest, too.
//
// It knows no commands; it hands every guest all events, and remembers which
// messages nobody has seen while the session has no front of its own.
package hub

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

const (
	socketName = "gochat.sock"
	maxGuests  = 64
	// A guest who does not read is left alone when so many events wait.
	maxWaiting = 8192
	maxUnseen  = 4096
	// maxBootnodes is of how many the state is remembered.
	maxBootnodes = 64
)

// Host is the session that guests take part in.
type Host interface {
	front.Session
	// MarkFor puts a peer.Mark with this value into the events.
	MarkFor(reader any)
	// End ends the session, for everybody.
	End()
}

// Hub is the guests of a session.
type Hub struct {
	host  Host
	drain time.Duration

	mu     sync.Mutex
	guests map[*Guest]bool
	closed bool
	alone  bool                // the session has no front of its own
	unseen []peer.MessageEvent // that no user saw, the oldest first
	// boots is the last that was told of each bootnode, the latest at the end.
	boots []peer.BootnodeChanged
}

// New makes a hub without guests. drain is how long one who ends its input waits
// for delivery.
func New(host Host, drain time.Duration) *Hub {
	return &Hub{host: host, drain: drain, guests: map[*Guest]bool{}}
}

// Alone says, before the first event, that the session has no front of its own:
// messages count as seen once a guest has shown them.
func (h *Hub) Alone() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alone = true
}

// Publish hands an event to all guests; it does not wait for them.
func (h *Hub) Publish(e peer.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if b, is := e.(peer.BootnodeChanged); is {
		h.note(b)
	}
	said, isMessage := e.(peer.MessageEvent)
	if isMessage && h.alone {
		h.keep(said)
	}
	for g := range h.guests {
		if mark, is := e.(peer.Mark); is && mark.For != g {
			continue
		}
		mine := e
		if isMessage {
			// Only who shows it to a user may mark it as shown.
			mine = peer.MessageEvent{Message: said.Message}
			if g.shows && h.alone {
				mine = h.watched(said)
			}
		}
		select {
		case g.events <- mine:
		default:
			g.slow.Store(true)
			h.dismiss(g)
		}
	}
}

// watched is a message that counts as seen once it is shown.
func (h *Hub) watched(m peer.MessageEvent) peer.MessageEvent {
	return m.OnShow(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		same := func(x peer.MessageEvent) bool { return x.Room == m.Room && x.ID == m.ID }
		if i := slices.IndexFunc(h.unseen, same); i >= 0 {
			h.unseen = slices.Delete(h.unseen, i, i+1)
		}
	})
}

// note remembers how a bootnode is reached, for who comes later. With mu held.
func (h *Hub) note(b peer.BootnodeChanged) {
	h.boots = slices.DeleteFunc(h.boots, func(x peer.BootnodeChanged) bool { return x.Address == b.Address })
	h.boots = append(h.boots, b)
	h.boots = h.boots[max(0, len(h.boots)-maxBootnodes):]
}

// keep remembers that nobody has seen a message. The oldest of very many are in
// the history, but not told of again by a later run. With mu held.
func (h *Hub) keep(m peer.MessageEvent) {
	if len(h.unseen) >= maxUnseen {
		h.unseen[0].Show()
		h.unseen = h.unseen[1:]
	}
	h.unseen = append(h.unseen, m)
}

// dismiss ends a guest's events. With mu held.
func (h *Hub) dismiss(g *Guest) {
	if h.guests[g] {
		delete(h.guests, g)
		close(g.events)
		g.gone()
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

// Serve takes visitors until ctx ends or l is closed, and returns when all are
// gone. attend is a visit, such as Hub.Attend.
func Serve(ctx context.Context, l net.Listener, attend func(context.Context, net.Conn)) {
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
		guests.Go(func() { attend(ctx, conn) })
	}
}

// Listen opens the socket in a data directory that this process holds.
func Listen(dir string) (net.Listener, error) { return ListenAt(filepath.Join(dir, socketName)) }

// ListenAt opens a socket that its owner alone can reach: what a process before
// left there is not in use.
func ListenAt(path string) (net.Listener, error) {
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
	conn, err := DialProgram(dir)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// DialProgram connects as Dial does, for who reads and writes itself.
func DialProgram(dir string) (net.Conn, error) { return DialAt(filepath.Join(dir, socketName)) }

// DialAt connects with a socket that ListenAt opened. The error is as Dial's.
func DialAt(path string) (net.Conn, error) {
	conn, err := net.Dial("unix", path)
	if errors.Is(err, syscall.EAGAIN) { // so many that they queue
		return nil, ErrBusy
	}
	if err != nil {
		return nil, &nobody{filepath.Dir(path), err}
	}
	return conn, nil
}

// nobody is ErrNobody with where and why, of which the user is told what says more
// than that nobody is there.
type nobody struct {
	dir string
	why error
}

// Error names the reason in the system's words, without those of the dial.
func (e *nobody) Error() string {
	text := e.dir + ": " + ErrNobody.Error()
	var why syscall.Errno
	switch {
	case errors.Is(e.why, os.ErrNotExist), errors.Is(e.why, syscall.ECONNREFUSED): // as a process that was killed leaves it
	case errors.As(e.why, &why):
		text += " (" + why.Error() + ")"
	default:
		text += " (" + e.why.Error() + ")"
	}
	return text
}

// Unwrap has it be ErrNobody, and what it comes from.
func (e *nobody) Unwrap() []error { return []error{ErrNobody, e.why} }
