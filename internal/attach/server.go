package attach

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// helloWithin is how long one who connects may take to say what it wants.
	helloWithin = 5 * time.Second
	maxTerminal = 32
)

// Front shows the session on a terminal until its user leaves or ctx ends.
type Front func(ctx context.Context, t *Terminal) Bye

// Server takes terminals, each of which is shown a front.
type Server struct {
	front Front

	mu        sync.Mutex
	terminals map[*Terminal]context.CancelCauseFunc
}

// NewServer makes a server without terminals.
func NewServer(front Front) *Server {
	return &Server{front: front, terminals: map[*Terminal]context.CancelCauseFunc{}}
}

// The causes for which a front has to end.
var (
	errDetached = errors.New("detached")
	errLost     = errors.New("the terminal is gone")
)

// Attend is the visit of a terminal, until its front ends or ctx does. It closes
// the connection.
func (s *Server) Attend(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(helloWithin))
	k, payload, err := readFrame(conn, maxHello)
	hello, bad := parseHello(k, payload)
	if err != nil || bad != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	if hello.Detach {
		say(conn, Bye{Reason: Done, Text: strconv.Itoa(s.DetachAll()), PID: os.Getpid()})
		return
	}
	shown, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := newTerminal(conn, hello, func() { cancel(errLost) })
	if !s.enter(t, cancel) {
		say(conn, Bye{Reason: Busy})
		return
	}
	defer s.leave(t)
	received := make(chan struct{})
	go func() { t.receive(); close(received) }()
	bye := s.front(shown, t)
	bye.PID = os.Getpid()
	switch {
	case bye.Reason != Left:
	case ctx.Err() != nil:
		bye.Reason = Ended
	case context.Cause(shown) == errDetached:
		bye.Reason = Detached
	case t.tooSlow():
		bye.Reason = Slow
	}
	t.writing.Lock()
	if !t.cut {
		say(conn, bye)
	}
	t.writing.Unlock()
	conn.Close()
	t.Wake()
	<-received
}

func say(conn net.Conn, bye Bye) {
	if len(bye.Text) > maxBye/2 {
		bye.Text = bye.Text[:maxBye/2]
	}
	payload, err := json.Marshal(bye)
	if err != nil {
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(appendFrame(nil, kindBye, payload))
}

func (s *Server) enter(t *Terminal, cancel context.CancelCauseFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.terminals) >= maxTerminal {
		return false
	}
	s.terminals[t] = cancel
	return true
}

func (s *Server) leave(t *Terminal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.terminals, t)
}

// DetachAll has all terminals leave and says how many there were.
func (s *Server) DetachAll() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.terminals {
		cancel(errDetached)
		n++
	}
	return n
}
