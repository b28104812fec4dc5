package attach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// patient bounds what happens at once when all is well.
const patient = 30 * time.Second

// serve runs a server with a front; dial makes a connection to it, and end ends
// its session.
func serve(t *testing.T, front Front) (s *Server, dial func() net.Conn, end func()) {
	t.Helper()
	s = NewServer(front)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return s, func() net.Conn {
		here, there := net.Pipe()
		visit := make(chan struct{})
		go func() { s.Attend(ctx, there); close(visit) }()
		t.Cleanup(func() { here.Close(); <-visit })
		return here
	}, cancel
}

func visit(t *testing.T, conn net.Conn, hello Hello) *Client {
	t.Helper()
	_ = conn.SetDeadline(time.Now().Add(patient))
	c, err := NewClient(conn, hello)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// echo is a front that says its size, then what is typed, until there is no more.
func echo(ctx context.Context, t *Terminal) Bye {
	defer context.AfterFunc(ctx, t.Wake)()
	_, _ = io.WriteString(t.Err(), t.Hello.Environ["TERM"])
	_, _ = io.Copy(t, t)
	return Bye{Reason: Left}
}

func TestShow(t *testing.T) {
	_, dial, _ := serve(t, echo)
	c := visit(t, dial(), Hello{UI: "plain", Environ: map[string]string{"TERM": "xterm"}})
	long := strings.Repeat("ä long line\n", 10_000) // more than a frame
	go c.Type(strings.NewReader(long))
	var out, errs bytes.Buffer
	bye, err := c.Show(&out, &errs)
	if err != nil || bye.Reason != Left || bye.PID != os.Getpid() || out.String() != long || errs.String() != "xterm" {
		t.Errorf("%+v, %v, %d bytes, %q", bye, err, out.Len(), errs.String())
	}
}

func TestDetachAndEnd(t *testing.T) {
	here := make(chan struct{}, 10)
	_, dial, end := serve(t, func(ctx context.Context, _ *Terminal) Bye {
		here <- struct{}{}
		<-ctx.Done()
		return Bye{Reason: Left}
	})
	a, b := visit(t, dial(), Hello{}), visit(t, dial(), Hello{})
	<-here
	<-here
	if bye, err := visit(t, dial(), Hello{Detach: true}).Show(nil, nil); err != nil || bye.Reason != Done || bye.Text != "2" {
		t.Errorf("%+v, %v", bye, err)
	}
	for _, c := range []*Client{a, b} {
		if bye, err := c.Show(io.Discard, io.Discard); err != nil || bye.Reason != Detached {
			t.Errorf("%+v, %v", bye, err)
		}
	}
	last := visit(t, dial(), Hello{})
	<-here
	end()
	if bye, err := last.Show(io.Discard, io.Discard); err != nil || bye.Reason != Ended {
		t.Errorf("%+v, %v", bye, err)
	}
}

func TestResize(t *testing.T) {
	sizes := make(chan [2]int, 10)
	_, dial, _ := serve(t, func(ctx context.Context, term *Terminal) Bye {
		report := func() {
			w, h := term.Size()
			sizes <- [2]int{w, h}
		}
		term.OnResize(report)
		report()
		<-ctx.Done()
		return Bye{Reason: Left}
	})
	conn := dial()
	c := visit(t, conn, Hello{Width: 80, Height: 24})
	if s := <-sizes; s != [2]int{80, 24} {
		t.Error(s)
	}
	if err := c.Resize(100, 30); err != nil {
		t.Fatal(err)
	}
	if s := <-sizes; s != [2]int{100, 30} {
		t.Error(s)
	}
	conn.Close() // and the front is told to end, for which the cleanup waits
}

// What is no frame ends the visit, at the beginning or later.
func TestNonsense(t *testing.T) {
	_, dial, _ := serve(t, echo)
	conn := dial()
	_ = conn.SetDeadline(time.Now().Add(patient))
	_, _ = conn.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	if b, _ := io.ReadAll(conn); len(b) > 0 {
		t.Errorf("%q", b)
	}
	conn = dial()
	c := visit(t, conn, Hello{})
	go func() { _ = c.send(kindBye, nil) }()
	if bye, err := c.Show(io.Discard, io.Discard); err == nil && bye.Reason == Done {
		t.Errorf("%+v", bye)
	}
}

func TestTooMany(t *testing.T) {
	here := make(chan struct{}, maxTerminal)
	_, dial, _ := serve(t, func(ctx context.Context, _ *Terminal) Bye {
		here <- struct{}{}
		<-ctx.Done()
		return Bye{Reason: Left}
	})
	for range maxTerminal {
		visit(t, dial(), Hello{})
		<-here
	}
	if bye, err := visit(t, dial(), Hello{}).Show(io.Discard, io.Discard); err != nil || bye.Reason != Busy {
		t.Errorf("%+v, %v", bye, err)
	}
}

// A terminal that takes nothing of what is shown is given up after a while, and
// its front ends.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed error
		s := NewServer(func(ctx context.Context, term *Terminal) Bye {
			_, failed = term.Write(make([]byte, 3*maxFrame))
			if ctx.Err() == nil {
				t.Error("the front would go on")
			}
			return Bye{Reason: Left}
		})
		here, there := net.Pipe()
		began, done := time.Now(), make(chan struct{})
		go func() { s.Attend(t.Context(), there); close(done) }()
		if _, err := NewClient(here, Hello{}); err != nil {
			t.Fatal(err)
		}
		<-done
		if !errors.Is(failed, os.ErrDeadlineExceeded) || time.Since(began) > 2*patience {
			t.Errorf("%v after %v", failed, time.Since(began))
		}
	})
}

// Behind half a frame nothing is said to who reads on too late: it would be taken
// for the rest of the frame.
func TestNothingBehindHalfAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(func(ctx context.Context, term *Terminal) Bye {
			_, _ = term.Write(make([]byte, 1<<20))
			gaveUp := time.Now()
			for _, w := range []io.Writer{term, term.Err()} {
				if n, err := w.Write([]byte("more")); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(gaveUp) > 0 {
					t.Errorf("%d bytes, %v after %v", n, err, time.Since(gaveUp))
				}
			}
			return Bye{Reason: Left}
		})
		here, there := net.Pipe()
		done := make(chan struct{})
		go func() { s.Attend(t.Context(), there); close(done) }()
		if _, err := NewClient(here, Hello{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(here, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(patience + 500*time.Millisecond) // a Bye would wait to be read
		if b, err := io.ReadAll(here); err != nil || len(b) > 0 {
			t.Errorf("%q, %v", b, err)
		}
		<-done
	})
}

// What is typed behind the end of the input, or after the front is gone, is not kept.
func TestNothingTypedBehindTheEnd(t *testing.T) {
	term := newTerminal(nil, Hello{}, func() {})
	part := make([]byte, maxFrame)
	if err := errors.Join(term.take(kindInput, part), term.take(kindEnd, nil), term.take(kindInput, part), term.take(kindInput, part)); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(term); err != nil || len(b) != maxFrame {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
