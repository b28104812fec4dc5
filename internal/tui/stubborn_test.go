package tui

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/text"
)

// stubborn is a terminal with an opinion of its own on how wide characters are.
// As in a real one, what writes over a part of a wide character makes blanks of
// its other cells.
type stubborn struct {
	opinion opinion

	mu   sync.Mutex
	w, h int
	gone chan struct{}
	rows [][]string // of each cell its rune, "" where one to the left takes it
	x, y int
	wrap bool // it goes on in the next row where one ends

	written int // bytes

	look  string          // what the last command about it said
	looks map[rune]string // those that characters were last written with
}

// opinion is how many cells it thinks characters take on whose width terminals
// disagree: symbols, emoji and marks. On ordinary ones it agrees with us.
type opinion struct{ symbol, emoji, mark int }

var opinions = map[string]opinion{
	"narrow":            {1, 1, 0},
	"each rune":         {1, 2, 0}, // as tmux 3.3a
	"marks take a cell": {1, 2, 1},
	"all wide":          {2, 2, 2},
	"wider":             {3, 4, 3},
	"nothing":           {0, 0, 0},
}

func (o opinion) width(r rune) int {
	switch {
	case unicode.Is(unicode.M, r), r == 0x200d:
		return o.mark
	case !doubtful(r, false):
		return text.Width(string(r))
	case r < 0x1f000:
		return o.symbol
	}
	return o.emoji
}

func newStubborn(w, h int, o opinion) *stubborn {
	s := &stubborn{opinion: o, w: w, h: h, wrap: true, looks: map[rune]string{}}
	s.clear()
	return s
}

func (s *stubborn) Start() error        { s.gone = make(chan struct{}); return nil }
func (s *stubborn) Stop() error         { return nil }
func (s *stubborn) Drain() error        { close(s.gone); return nil }
func (s *stubborn) Close() error        { return nil }
func (s *stubborn) NotifyResize(func()) {}
func (s *stubborn) WindowSize() (tcell.WindowSize, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return tcell.WindowSize{Width: s.w, Height: s.h}, nil
}
func (s *stubborn) Read([]byte) (int, error) { <-s.gone; return 0, io.EOF }
func (s *stubborn) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += len(p)
	for rest := string(p); rest != ""; {
		rest = s.take(rest)
	}
	return len(p), nil
}

// resize gives the window another size. Nothing of what it showed is left.
func (s *stubborn) resize(w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w, s.h = w, h
	s.clear()
}

func (s *stubborn) clear() {
	s.rows = make([][]string, s.h)
	for y := range s.rows {
		s.rows[y] = slices.Repeat([]string{" "}, s.w)
	}
}

// take does what stands at the beginning of what was written.
func (s *stubborn) take(in string) (rest string) {
	switch {
	case strings.HasPrefix(in, "\x1b["):
		end := strings.IndexFunc(in[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
		s.command(in[2:end], in[end])
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
	r, size := utf8.DecodeRuneInString(in)
	if r >= ' ' {
		s.print(r, s.opinion.width(r))
	}
	return in[size:]
}

func (s *stubborn) command(arguments string, kind byte) {
	switch kind {
	case 'H':
		s.x, s.y = 0, 0
		var row, column int
		if n, _ := fmt.Sscanf(arguments, "%d;%d", &row, &column); n == 2 {
			s.y, s.x = row-1, column-1
		}
	case 'J':
		s.clear()
	case 'm':
		s.look = arguments
	case 'h', 'l':
		if arguments == "?7" {
			s.wrap = kind == 'h'
		}
	}
}

func (s *stubborn) print(r rune, cells int) {
	s.looks[r] = s.look
	if s.x+cells > s.w && s.wrap {
		if s.x = 0; s.y == s.h-1 {
			s.rows = append(s.rows[1:], slices.Repeat([]string{" "}, s.w))
		} else {
			s.y++
		}
	}
	if s.y >= s.h || s.x+cells > s.w || cells == 0 {
		return
	}
	for i := range cells {
		s.free(s.rows[s.y], s.x+i)
		s.rows[s.y][s.x+i] = ""
	}
	s.rows[s.y][s.x] = string(r)
	s.x += cells
}

// free makes blanks of the character that takes a cell.
func (s *stubborn) free(row []string, x int) {
	from, to := x, x+1
	for from > 0 && row[from] == "" {
		from--
	}
	for to < len(row) && row[to] == "" {
		to++
	}
	for i := from; i < to; i++ {
		row[i] = " "
	}
}

func (s *stubborn) row(y int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows[y])
}
