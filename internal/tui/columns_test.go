package tui

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/text"
)

// stubborn is a terminal with an opinion of its own on how wide characters are.
type stubborn struct {
	w, h  int
	width func(r rune) int
	gone  chan struct{}

	mu   sync.Mutex
	rows [][]string
	x, y int
}

func (s *stubborn) Start() error        { return nil }
func (s *stubborn) Stop() error         { return nil }
func (s *stubborn) Drain() error        { close(s.gone); return nil }
func (s *stubborn) Close() error        { return nil }
func (s *stubborn) NotifyResize(func()) {}
func (s *stubborn) WindowSize() (tcell.WindowSize, error) {
	return tcell.WindowSize{Width: s.w, Height: s.h}, nil
}
func (s *stubborn) Read([]byte) (int, error) { <-s.gone; return 0, io.EOF }
func (s *stubborn) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := string(p); rest != ""; {
		rest = s.take(rest)
	}
	return len(p), nil
}

// take does what stands at the beginning of what was written.
func (s *stubborn) take(in string) (rest string) {
	switch {
	case strings.HasPrefix(in, "\x1b["):
		end := strings.IndexFunc(in[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
		var row, column int
		if n, _ := fmt.Sscanf(in[2:end], "%d;%d", &row, &column); n == 2 && in[end] == 'H' {
			s.y, s.x = row-1, column-1
		} else if in[end] == 'H' {
			s.y, s.x = 0, 0
		}
		return in[end+1:]
	case strings.HasPrefix(in, "\x1b]"):
		_, rest, _ = strings.Cut(in, "\x1b\\")
		return rest
	case strings.HasPrefix(in, "\x1b("):
		return in[3:]
	case in[0] == '\x1b':
		return in[2:]
	case in[0] == '\b':
		s.x--
		return in[1:]
	}
	r := []rune(in)[0]
	if r >= ' ' {
		s.print(r, s.width(r))
	}
	return in[len(string(r)):]
}

func (s *stubborn) print(r rune, cells int) {
	if s.y >= s.h || s.x+cells > s.w {
		return
	}
	for i := range cells {
		s.rows[s.y][s.x+i] = map[bool]string{true: string(r), false: ""}[i == 0]
	}
	s.x += cells
}

func (s *stubborn) row(y int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.rows[y]...)
}

// Whatever a terminal thinks of a character, what stands behind it stays in its
// column, also when the rows move.
func TestColumnsStay(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	for name, width := range map[string]func(rune) int{
		"narrow": func(r rune) int {
			if r > 0x7f && r != '│' && (unicode.Is(unicode.M, r) || r == vs16) {
				return 0
			}
			return 1
		},
		"each rune":         func(r rune) int { return map[bool]int{true: 2, false: 1}[r > 0x2fff] },
		"marks take a cell": func(r rune) int { return map[bool]int{true: 2, false: 1}[r > 0x1f000] },
	} {
		t.Run(name, func(t *testing.T) {
			const w = 60
			tty := &stubborn{w: w, h: len(hardText), width: width, gone: make(chan struct{})}
			for range tty.h {
				tty.rows = append(tty.rows, make([]string, w))
			}
			screen, err := tcell.NewTerminfoScreenFromTty(tty)
			if err != nil {
				t.Fatal(err)
			}
			tap := &screenTap{Screen: screen}
			if err := tap.Init(); err != nil {
				t.Fatal(err)
			}
			defer tap.Fini()
			for shift := range 3 {
				tap.Clear()
				for y := range hardText {
					a := area{0, y, w - 8, 1}
					line := hardText[(y+shift)%len(hardText)]
					x := a.put(tap, 0, 0, strings.Repeat("x", shift)+line+" ", base)
					area{0, y, w, 1}.put(tap, x+1, 0, "end", base)
					area{0, y, w, 1}.put(tap, w-8, 0, "│ roster", base)
				}
				tap.Show()
				for y := range hardText {
					row := tty.row(y)
					at := shift + text.Width(hardText[(y+shift)%len(hardText)]) + 2
					if got := strings.Join(row[at:at+3], ""); got != "end" {
						t.Errorf("shift %d, row %d: %q instead of the end in %q", shift, y, got, row)
					}
					if got := strings.Join(row[w-8:], ""); got != "│ roster" {
						t.Errorf("shift %d, row %d: %q instead of the roster in %q", shift, y, got, row)
					}
				}
			}
		})
	}
}
