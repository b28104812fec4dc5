package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gochat/internal/tui"
)

// paper is a terminal that keeps what is written to it.
type paper struct {
	mu    sync.Mutex
	text  bytes.Buffer
	awake chan struct{}
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) Read([]byte) (int, error) { <-p.awake; return 0, io.EOF }
func (p *paper) Wake()                    { close(p.awake) }
func (p *paper) Size() (int, int)         { return 80, 24 }
func (p *paper) OnResize(func())          {}

// All that a full screen sets is taken back.
func TestSane(t *testing.T) {
	p := &paper{awake: make(chan struct{})}
	screen, err := tui.NewScreen(p, "xterm-256color")
	if err != nil {
		t.Fatal(err)
	}
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.EnableMouse()
	screen.EnablePaste()
	screen.EnableFocus()
	screen.HideCursor()
	screen.Show()
	p.mu.Lock()
	set := p.text.String()
	p.mu.Unlock()
	screen.Fini()
	// Both kinds of mode end as they are in a shell.
	shell := map[string]string{"7": "h", "25": "h"}
	modes := regexp.MustCompile(`\x1b\[\?([0-9]+)[hl]`).FindAllStringSubmatch(set, -1)
	if len(modes) < 5 {
		t.Fatalf("the full screen sets %q", set)
	}
	for _, m := range modes {
		end := shell[m[1]]
		if end == "" {
			end = "l"
		}
		if back := "\x1b[?" + m[1] + end; !strings.Contains(sane, back) {
			t.Errorf("%q is not taken back by %q", m[0], back)
		}
	}
	for on, off := range map[string]string{"\x1b=": "\x1b>", "\x1b[>4;2m": "\x1b[>4;0m", "\x1b[>1u": "\x1b[<u"} {
		if !strings.Contains(set, on) || !strings.Contains(sane, off) {
			t.Errorf("%q is set: %v; %q takes it back: %v", on, strings.Contains(set, on), off, strings.Contains(sane, off))
		}
	}
	if !strings.HasSuffix(sane, "\x1b[?1049l") {
		t.Error("the other screen is left before what is counted for it")
	}
}
