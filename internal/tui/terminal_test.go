package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"gochat/internal/front/fronttest"
)

// far is a terminal elsewhere.
type far struct {
	*io.PipeReader
	keys  *io.PipeWriter
	width int

	mu    sync.Mutex
	shown bytes.Buffer
}

func newFar() *far {
	r, w := io.Pipe()
	return &far{PipeReader: r, keys: w, width: 60}
}

func (f *far) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shown.Write(p)
}

func (f *far) Wake()            { f.keys.Close() }
func (f *far) Size() (w, h int) { return f.width, 10 }
func (f *far) OnResize(func())  {}

// The full screen on a terminal that is not this process's.
func TestFarTerminal(t *testing.T) {
	s, f := fronttest.New(), newFar()
	screen, err := NewScreen(f, "xterm-256color")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := Run(context.Background(), s, Options{Screen: screen})
		ended <- err
	}()
	if _, err := f.keys.Write([]byte("hello\r/quit\r")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if sent := s.Sent(); len(sent) != 1 || sent[0] != "hello" {
		t.Errorf("%q", sent)
	}
	if shown := f.shown.String(); !strings.Contains(shown, "lobby") || !strings.Contains(shown, "\x1b[?1049l") {
		t.Errorf("%q", shown)
	}
}

func TestTerminalsThatWillNotDo(t *testing.T) {
	for _, term := range []string{"", "dumb", "-x", "no such kind", "a;b", "../../etc/passwd", "gochat-no-such-terminal", strings.Repeat("x", 100)} {
		if _, err := NewScreen(newFar(), term); !errors.Is(err, ErrUnsuitable) {
			t.Errorf("%q: %v", term, err)
		}
	}
}
