package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"pgregory.net/rapid"

	"gochat/internal/text"
)

// roster is what stands right of the lines, at the edge.
const roster = "│ roster"

// window is a screen in a stubborn terminal, drawn as tview draws.
type window struct {
	tty   *stubborn
	tap   *screenTap
	open  bool // no roster is there
	lines []string
}

func newWindow(t interface{ Fatal(...any) }, w, h int, o opinion) *window {
	info, err := tcell.LookupTerminfo("tmux-256color")
	if err != nil {
		t.Fatal(err)
	}
	tty := newStubborn(w, h, o)
	screen, err := screenOn(tty, info)
	if err != nil {
		t.Fatal(err)
	}
	tap := &screenTap{Screen: screen}
	if err := tap.Init(); err != nil {
		t.Fatal(err)
	}
	return &window{tty: tty, tap: tap}
}

func (o *window) draw(lines []string) {
	o.lines = lines
	o.tap.Clear()
	w, h := o.tap.Size()
	beside := o.beside()
	for y := range min(h, len(lines)) {
		area{0, y, w - text.Width(beside), 1}.put(o.tap, 0, 0, lines[y], base)
		area{0, y, w, 1}.put(o.tap, w-text.Width(beside), 0, beside, base)
	}
	o.tap.Show()
}

func (o *window) beside() string {
	if o.open {
		return ""
	}
	return roster
}

// wrong tells what ordinary text is not where it belongs.
func (o *window) wrong() error {
	for y := range min(o.tty.h, len(o.lines)) {
		shown, edge := o.tty.row(y), o.tty.w-text.Width(o.beside())
		x, run := 0, 0
		for cluster, cells := range text.Clusters(o.lines[y]) {
			if x+cells > edge {
				break
			}
			runes := shaped(cluster)
			odd := doubtful(runes[0], len(runes) > 1)
			switch {
			case odd && run >= 0:
				run++
			case run > 0:
				run = -1
			}
			ok := odd || holds(shown[x:], cluster, cells)
			if own := o.tty.opinion.width(runes[0]); odd && 0 < run && run <= int(ordinary) && 0 < own && own <= cells {
				ok = shown[x] == string(runes[0]) // none of the line's first such characters goes, either
			}
			if !ok {
				return fmt.Errorf("row %d, column %d: no %q of %q in %q", y, x, cluster, o.lines[y], shown)
			}
			x += cells
		}
		if got := strings.Join(shown[x:], ""); got != strings.Repeat(" ", edge-x)+o.beside() {
			return fmt.Errorf("row %d: %q behind %q", y, got, o.lines[y])
		}
	}
	return nil
}

// holds reports whether a character stands at the beginning of those cells, in as
// many as it takes.
func holds(cells []string, cluster string, width int) bool {
	return cells[0] == cluster && !slices.ContainsFunc(cells[1:width], func(s string) bool { return s != "" }) &&
		(width == len(cells) || cells[width] != "")
}

// hardWords are those of hardText, and such ones close together.
var hardWords = append(strings.Fields(strings.Join(hardText, " ")),
	"👍🏽👋🏿☝🏻", "e\u0301e\u0301e\u0301e\u0301", "1️⃣2️⃣", "❤️a", "☺☹☺☹", "☝️", "☝🏻x", "🏽", "日👍🏽本", "\U0001fae9", "é👨‍👩‍👧‍👦é")

// Whatever a terminal thinks of a character, at whatever column, what stands
// behind it stays in its own: also when all is drawn anew, and when the rows move.
func TestColumnsStay(t *testing.T) {
	for name, o := range opinions {
		t.Run(name, func(t *testing.T) {
			const w = 30
			win := newWindow(t, w, len(hardWords), o)
			defer win.tap.Fini()
			for shift := range w {
				win.open = shift%4 >= 2
				lines := make([]string, len(hardWords))
				for y, word := range hardWords {
					lines[y] = strings.Repeat("x", shift) + word + " end"
				}
				moved := append(slices.Clone(lines[1:]), lines[0])
				steps := []func(){
					func() { win.draw(lines) },
					func() { win.draw(lines) }, // nothing has changed
					func() { win.tap.Sync(); win.draw(lines) },
					func() { win.draw(moved) },
					func() { win.resize(w, len(lines)-1); win.draw(moved) },
					func() { win.resize(w, len(lines)); win.draw(moved) },
					func() { win.draw(slices.Repeat([]string{strings.Repeat("plain ", 5)}, len(lines))) },
				}
				for i, step := range steps {
					step()
					if err := win.wrong(); err != nil {
						t.Fatalf("shift %d, step %d: %v", shift, i, err)
					}
				}
			}
		})
	}
}

// So it is for all lines made of such words, whatever happens to the screen.
func TestColumnsStayInAnyLine(t *testing.T) {
	word := rapid.OneOf(rapid.SampledFrom(hardWords), rapid.SampledFrom([]string{"a", "word", "日本", "", "👍", "é"}))
	line := rapid.Custom(func(t *rapid.T) string {
		between := rapid.SampledFrom([]string{"", " ", "x"})
		var b strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "words") {
			b.WriteString(word.Draw(t, "word") + between.Draw(t, "between"))
		}
		return b.String()
	})
	rapid.Check(t, func(t *rapid.T) {
		const h = 4
		win := newWindow(t, 30, h, opinions[rapid.SampledFrom(slices.Sorted(maps.Keys(opinions))).Draw(t, "opinion")])
		defer win.tap.Fini()
		win.open = rapid.Bool().Draw(t, "without a roster")
		lines := make([]string, h)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "scroll", "nothing", "sync", "resize", "suspend"}).Draw(t, "step") {
			case "write":
				lines = slices.Clone(lines)
				lines[rapid.IntRange(0, h-1).Draw(t, "row")] = line.Draw(t, "line")
			case "scroll":
				lines = append(slices.Clone(lines[1:]), line.Draw(t, "line"))
			case "sync":
				win.tap.Sync()
			case "resize":
				win.resize(rapid.IntRange(10, 40).Draw(t, "width"), rapid.IntRange(1, h).Draw(t, "height"))
			case "suspend":
				if err := win.suspend(); err != nil {
					t.Fatal(err)
				}
			}
			win.draw(lines)
			if err := win.wrong(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// resize gives the window another size, and has it drawn before and after the
// word of it.
func (o *window) resize(w, h int) {
	if was, _ := o.tty.WindowSize(); was.Width == w && was.Height == h {
		return
	}
	o.tty.resize(w, h)
	o.draw(o.lines)
	for {
		if _, ok := o.tap.PollEvent().(*tcell.EventResize); ok {
			return
		}
	}
}

// suspend leaves the terminal to another program for a while.
func (o *window) suspend() error {
	if err := o.tap.Suspend(); err != nil {
		return err
	}
	return o.tap.Resume()
}
