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
	screen, err := screenOn(tty, *info)
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
		if err := o.wrongIn(o.lines[y], o.tty.row(y)); err != nil {
			return fmt.Errorf("row %d: %w", y, err)
		}
	}
	return nil
}

func (o *window) wrongIn(line string, shown []string) error {
	edge := o.tty.w - text.Width(o.beside())
	x, odds, first := 0, 0, true
	for cluster, cells := range text.Clusters(line) {
		if x+cells > edge {
			break
		}
		runes := shaped(cluster)
		switch {
		case !doubtful(runes[0], len(runes) > 1):
			if !holds(shown[x:], cluster, cells) {
				return fmt.Errorf("column %d: no %q of %q in %q", x, cluster, line, shown)
			}
			first = odds == 0
		case first && odds < int(ordinary): // nor does one of these make another go
			if own := o.tty.opinion.width(runes[0]); 0 < own && own <= cells && shown[x] != string(runes[0]) {
				return fmt.Errorf("column %d: no %q of %q in %q", x, cluster, line, shown)
			}
			odds += 2 - cells // as many as there are in passes of their own
		}
		x += cells
	}
	if got := strings.Join(shown[x:], ""); got != strings.Repeat(" ", edge-x)+o.beside() {
		return fmt.Errorf("%q behind %q", got, line)
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
var hardWords = append(slices.DeleteFunc(strings.Fields(strings.Join(hardText, " ")), func(s string) bool { return text.Width(s) == len(s) }),
	strings.Repeat("👍🏽", 10), strings.Repeat("e\u0301", 9), "👍🏽👋🏿☝🏻", "e\u0301e\u0301e\u0301e\u0301", "1️⃣2️⃣", "❤️a", "☺☹☺☹", "☝️", "☝🏻x", "🖐🏽x", "\U0001fae9🏽", "🏽", "日👍🏽本", "\U0001fae9", "é👨‍👩‍👧‍👦é")

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

// What looks another way is written anew.
func TestColumnsLooks(t *testing.T) {
	win := newWindow(t, 30, 1, opinions["each rune"])
	defer win.tap.Fini()
	for _, style := range []tcell.Style{base, base.Bold(true), base.Reverse(true)} {
		win.tap.Clear()
		area{0, 0, 30, 1}.put(win.tap, 0, 0, "☺ 👍 end", style)
		win.tap.Show()
		for _, r := range "☺👍n" {
			if was, want := win.tty.looks[r], win.tty.looks['e']; was != want {
				t.Errorf("%q: %q, not %q", r, was, want)
			}
		}
	}
	if got := win.tty.looks['e']; got != "7" {
		t.Errorf("the text is %q, not reverse", got)
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
