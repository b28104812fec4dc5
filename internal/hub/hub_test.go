package hub

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/internal/jsonio"
	"gochat/peer"
)

// host is a session whose events the test hands out.
type host struct {
	*fronttest.Session
	hub   *Hub
	ended chan struct{}
}

func (h *host) End() { close(h.ended) }

func (h *host) MarkFor(reader any) { h.hub.Publish(peer.Mark{For: reader}) }

func serve(t *testing.T) (h *Hub, s *host, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, socketName), nil, 0o644); err != nil { // of a process that died
		t.Fatal(err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	s = &host{Session: fronttest.New(), ended: make(chan struct{})}
	h = New(s, time.Second)
	s.hub = h
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() { Serve(ctx, l, h.Attend); close(served) }()
	t.Cleanup(func() { cancel(); <-served })
	return h, s, dir
}

func visit(t *testing.T, dir string) *Client {
	t.Helper()
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if a, err := c.Await(func(a Answer) bool { return true }); a.Type != "ready" || err != nil {
		t.Fatalf("%+v, %v", a, err)
	}
	return c
}

func TestGuestsShareASession(t *testing.T) {
	h, s, dir := serve(t)
	if st, err := os.Stat(filepath.Join(dir, socketName)); err != nil || st.Mode().Perm() != 0o600 {
		t.Error(st.Mode(), err)
	}
	a, b := visit(t, dir), visit(t, dir)
	sent, err := a.Do(Command{Cmd: "send", Room: "lobby", Text: "hello"})
	if err != nil || sent.Err() != nil || sent.MessageID == "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if x, err := a.Do(Command{Cmd: "send", Room: "elsewhere", Text: "hello"}); err != nil || x.Code() != "unknown_room" || x.Err() == nil {
		t.Errorf("%+v, %v", x, err)
	}
	h.Publish(peer.Delivered{Room: "lobby", ID: sent.MessageID, Delivered: 1, Of: 1})
	for _, c := range []*Client{a, b} {
		if x, err := c.Await(func(x Answer) bool { return x.Type == "ack" }); err != nil || x.ID != sent.MessageID || x.Of != 1 {
			t.Errorf("%+v, %v", x, err)
		}
	}
	if x, err := b.Do(Command{Cmd: "import", File: "f"}); err != nil || x.Imported == nil || x.Imported.New != 3 {
		t.Errorf("%+v, %v", x, err)
	}
	// Who quits ends his visit and nobody else's.
	if x, err := a.Do(Command{Cmd: "quit"}); err != nil || !x.OK {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := a.Await(func(Answer) bool { return false }); err == nil {
		t.Error("still there")
	}
	if x, err := b.Do(Command{Cmd: "whoami"}); err != nil || !x.OK {
		t.Errorf("%+v, %v", x, err)
	}
	// Who stops ends it for all.
	if x, err := b.Do(Command{Cmd: "stop"}); err != nil || !x.OK {
		t.Errorf("%+v, %v", x, err)
	}
	<-s.ended
	b = visit(t, dir)
	h.Close()
	if _, err := b.Await(func(Answer) bool { return false }); err == nil {
		t.Error("still there after the end")
	}
}

// Who reads nothing is left alone, and holds nobody up.
func TestSlowGuest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &host{Session: fronttest.New(), ended: make(chan struct{})}
		h := New(s, time.Second)
		s.hub = h
		enter := func() (c *Client, leave func()) {
			here, there := net.Pipe()
			visit, done := h.Admit(there), make(chan struct{})
			go func() { visit(t.Context()); close(done) }()
			c = &Client{conn: here, in: bufio.NewReader(here)}
			if a, err := c.Await(func(Answer) bool { return true }); a.Type != "ready" || err != nil {
				t.Fatalf("%+v, %v", a, err)
			}
			return c, func() { c.Close(); <-done }
		}
		slow, leave := enter()
		defer leave()
		for i := range 4 * maxWaiting {
			h.Publish(peer.Notice{Code: "flood", Text: fmt.Sprint(i)})
		}
		n, last := 0, Answer{}
		if _, err := slow.Await(func(a Answer) bool { n++; last = a; return false }); err == nil || n >= 4*maxWaiting {
			t.Errorf("%d events, %v", n, err)
		}
		if last.Type != "error" || last.Fault != jsonio.CodeSlow {
			t.Errorf("the last word was %+v", last)
		}
		other, leave := enter()
		defer leave()
		if x, err := other.Do(Command{Cmd: "rooms"}); err != nil || !x.OK {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

// Who comes when there are too many is told so, whatever it says meanwhile.
func TestTooMany(t *testing.T) {
	_, _, dir := serve(t)
	for range maxGuests {
		visit(t, dir)
	}
	for range 100 {
		c, err := Dial(dir)
		if err == nil {
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			_, err = c.Do(Command{Cmd: "whoami"})
			c.Close()
		}
		if !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
	}
}

func TestNobody(t *testing.T) {
	dir := t.TempDir()
	_, err := Dial(dir)
	if !errors.Is(err, ErrNobody) || !errors.Is(err, fs.ErrNotExist) || err.Error() != dir+": no running gochat answers there" {
		t.Error(err)
	}
	long := strings.Repeat("x", 200) // more than an address holds
	if _, err := Dial(long); !errors.Is(err, ErrNobody) || !strings.HasPrefix(err.Error(), long+": no running gochat answers there (") || strings.Contains(err.Error(), "dial") {
		t.Errorf("the reason is not told: %v", err)
	}
}
