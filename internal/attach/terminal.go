package attach

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// Terminal is a terminal at the other end of a connection.
type Terminal struct {
	Hello Hello

	conn net.Conn
	lost context.CancelFunc // called when nothing can be written any more

	writing sync.Mutex
	failed  error // of the first write that failed: there are no others
	cut     bool  // a frame was cut short: nothing can be said behind it

	mu       sync.Mutex
	ready    sync.Cond // input, or its end, or Wake
	input    []byte
	ended    error // what Read ends with
	slow     bool
	width    int
	height   int
	onResize func()
}

const (
	// maxTyped is how much input may wait to be read; no more is taken then.
	maxTyped = 64 << 10
	// patience is how long a terminal may take nothing of what is shown.
	patience = 10 * time.Second
)

func newTerminal(conn net.Conn, hello Hello, lost context.CancelFunc) *Terminal {
	t := &Terminal{Hello: hello, conn: conn, lost: lost, width: hello.Width, height: hello.Height}
	t.ready.L = &t.mu
	return t
}

// receive takes what the other end sends until it is gone.
func (t *Terminal) receive() {
	for {
		k, payload, err := readFrame(t.conn, maxFrame)
		if err == nil {
			err = t.take(k, payload)
		}
		if err != nil {
			t.end(io.ErrUnexpectedEOF)
			t.lost()
			return
		}
	}
}

func (t *Terminal) take(k kind, payload []byte) error {
	switch k {
	case kindInput:
		t.mu.Lock()
		defer t.mu.Unlock()
		for len(t.input) > maxTyped && t.ended == nil {
			t.ready.Wait()
		}
		if t.ended != nil { // nobody waits for more, and nothing would bound it
			return nil
		}
		t.input = append(t.input, payload...)
		t.ready.Broadcast()
	case kindEnd:
		t.end(io.EOF)
	case kindResize:
		width, height, err := parseSize(payload)
		if err != nil {
			return err
		}
		t.mu.Lock()
		t.width, t.height = width, height
		told := t.onResize
		t.mu.Unlock()
		if told != nil {
			told()
		}
	default:
		return errFrame
	}
	return nil
}

func (t *Terminal) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended == nil || err != io.EOF {
		t.ended = err
	}
	t.ready.Broadcast()
}

// Read returns what was typed.
func (t *Terminal) Read(p []byte) (n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.input) == 0 && t.ended == nil {
		t.ready.Wait()
	}
	if len(t.input) == 0 {
		return 0, t.ended
	}
	n = copy(p, t.input)
	t.input = t.input[n:]
	t.ready.Broadcast()
	return n, nil
}

// Wake has Read end.
func (t *Terminal) Wake() { t.end(io.EOF) }

// Size is the terminal's.
func (t *Terminal) Size() (width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.width, t.height
}

// OnResize has a function called when Size changes; nil: none.
func (t *Terminal) OnResize(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onResize = f
}

// Write shows something on standard output.
func (t *Terminal) Write(p []byte) (int, error) { return t.send(kindOut, p) }

// Err is the terminal's standard error.
func (t *Terminal) Err() io.Writer { return errWriter{t} }

type errWriter struct{ t *Terminal }

func (w errWriter) Write(p []byte) (int, error) { return w.t.send(kindErr, p) }

// send sends bytes in frames. Who does not take them is given up.
func (t *Terminal) send(k kind, p []byte) (n int, err error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.failed != nil {
		return 0, t.failed
	}
	for n < len(p) {
		part := p[n:min(len(p), n+maxFrame)]
		_ = t.conn.SetWriteDeadline(time.Now().Add(patience))
		sent, err := t.conn.Write(appendFrame(nil, k, part))
		if err != nil {
			t.failed, t.cut = err, sent > 0
			t.giveUp()
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// giveUp ends the visit of a terminal that takes nothing.
func (t *Terminal) giveUp() {
	t.mu.Lock()
	t.slow = t.ended == nil
	t.mu.Unlock()
	t.lost()
}

// tooSlow reports whether the terminal was given up.
func (t *Terminal) tooSlow() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slow
}
