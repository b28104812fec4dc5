package tui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gochat/internal/text"
)

// edit applies steps to a composer whose cursor is at the "|" in start, and
// returns the text with the cursor marked.
func edit(start string, steps ...func(*composer)) string {
	before, after, _ := strings.Cut(start, "|")
	c := &composer{text: before + after, cursor: len(before)}
	for _, step := range steps {
		step(c)
	}
	return c.text[:c.cursor] + "|" + c.text[c.cursor:]
}

func TestEditing(t *testing.T) {
	type steps = []func(*composer)
	family := "👨‍👩‍👧"
	for _, c := range []struct {
		name, start string
		steps       steps
		want        string
	}{
		{"backspace", "ab|c", steps{(*composer).backspace}, "a|c"},
		{"backspace takes a whole emoji", "a" + family + "|", steps{(*composer).backspace}, "a|"},
		{"backspace joins lines", "a\n|b", steps{(*composer).backspace}, "a|b"},
		{"backspace at the start", "|a", steps{(*composer).backspace}, "|a"},
		{"delete", "a|" + family + "b", steps{(*composer).delete}, "a|b"},
		{"delete at the end", "a|", steps{(*composer).delete}, "a|"},
		{"left over an accent", "ae\u0301|", steps{(*composer).left}, "a|e\u0301"},
		{"left and right", "a" + family + "|b", steps{(*composer).left, (*composer).right, (*composer).right, (*composer).right}, "a" + family + "b|"},
		{"right over a newline", "a|\nb", steps{(*composer).right}, "a\n|b"},
		{"home and end of the line", "x\nab|c\ny", steps{(*composer).home}, "x\n|abc\ny"},
		{"end", "x\nab|c\ny", steps{(*composer).end}, "x\nabc|\ny"},
		{"word left", "one two  |three", steps{(*composer).wordLeft}, "one |two  three"},
		{"word right", "one| two three", steps{(*composer).wordRight}, "one two| three"},
		{"word right at the end", "one| ", steps{(*composer).wordRight}, "one |"},
		{"kill word, yank twice", "one two|", steps{(*composer).killWord, func(c *composer) { c.yank(); c.yank() }}, "one twotwo|"},
		{"kill word behind a wide space", "日本\u3000語|", steps{(*composer).killWord}, "日本\u3000|"},
		{"kill word right", "one |two three", steps{(*composer).killWordRight, (*composer).end, func(c *composer) { c.yank() }}, "one  threetwo|"},
		{"kill to end", "x\na|bc\ny", steps{(*composer).killToEnd}, "x\na|\ny"},
		{"kill to home", "x\nab|c\ny", steps{(*composer).killToHome}, "x\n|c\ny"},
		{"control runes are not typed", "a|", steps{func(c *composer) { c.typed('\x1b'); c.typed('\u202e'); c.typed('b') }}, "ab|"},
		{"a skin tone in two runes", "|b c", steps{func(c *composer) { c.typed('👍'); c.typed('🏽') }}, "👍🏽|b c"},
	} {
		if got := edit(c.start, c.steps...); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUpAndDownRecallWhatWasSubmitted(t *testing.T) {
	const width = 20
	var c composer
	for _, s := range []string{"first", "second", "second", ""} {
		c.insert(s)
		c.take()
	}
	c.insert("draft")
	for i, step := range []struct {
		do   func(*composer, int)
		want string
	}{
		{(*composer).up, "second"}, {(*composer).up, "first"}, {(*composer).up, "first"},
		{(*composer).down, "second"}, {(*composer).down, "draft"}, {(*composer).down, "draft"},
	} {
		if step.do(&c, width); c.text != step.want {
			t.Fatalf("step %d: got %q, want %q", i, c.text, step.want)
		}
	}
}

func TestLastWord(t *testing.T) {
	var c composer
	for _, s := range []string{"see é", "open it now", " ", "x"} {
		c.insert(s)
		c.take()
	}
	last := func() { c.lastWord() }
	for i, step := range []struct {
		do   func()
		want string
	}{
		{last, "x"}, {last, "now"}, {last, "é"}, {last, "é"},
		{func() { c.insert(" ") }, "é "}, {last, "é x"},
		{func() { c.set("日本"); c.cursor = len("日") }, "日本"}, {last, "日x本"}, {last, "日now本"},
	} {
		if step.do(); c.text != step.want {
			t.Fatalf("step %d: got %q, want %q", i, c.text, step.want)
		}
	}
}

func TestUpAndDownMoveWithinTheText(t *testing.T) {
	up := func(c *composer) { c.up(6) }
	down := func(c *composer) { c.down(6) }
	for _, c := range []struct {
		start string
		step  func(*composer)
		want  string
	}{
		{"abc\nde|f", up, "ab|c\ndef"},
		{"abc\n日本|", up, "abc|\n日本"},
		{"ab|c\nd", down, "abc\nd|"},
		{"a|bcdefgh", down, "abcdef|gh"}, // rows of five
		{"abcdef|gh", up, "a|bcdefgh"},
		{"|abc", up, "|abc"},
	} {
		if got := edit(c.start, c.step); got != c.want {
			t.Errorf("%q: got %q, want %q", c.start, got, c.want)
		}
	}
}

func TestComposerIsBounded(t *testing.T) {
	var c composer
	if !c.insert(strings.Repeat("x", maxDraft)) || c.typed('y') || c.insert("\n") {
		t.Error("no bound")
	}
	var d composer
	if d.insert(strings.Repeat("x", maxDraft+1)) || d.text != "" {
		t.Error("a part of too long a paste was taken")
	}
	for range 2 * maxSubmitted {
		d.insert(strings.Repeat("x", len(d.submitted)%7+1))
		d.take()
	}
	if len(d.submitted) > maxSubmitted {
		t.Errorf("%d texts are kept", len(d.submitted))
	}
}

func FuzzComposer(f *testing.F) {
	f.Add("hello\nworld 日本 👍🏽", []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 8)
	f.Add("\u0301e\u200d\n\n", []byte{15, 14, 2, 2, 0, 0, 13}, 1)
	f.Fuzz(func(t *testing.T, s string, keys []byte, width int) {
		width = max(1, min(width, 200))
		var c composer
		c.insert(cleanPaste(s))
		acts := []func(){
			c.backspace, c.delete, c.left, c.right, c.wordLeft, c.wordRight, c.home, c.end, c.killToEnd, c.killToHome,
			c.killWord, func() { c.yank() }, func() { c.up(width) }, func() { c.down(width) }, func() { c.take() }, func() { c.insert("\n") },
			c.killWordRight, func() { c.lastWord() },
		}
		for _, k := range keys[:min(len(keys), 200)] {
			acts[int(k)%len(acts)]()
			if c.cursor < 0 || c.cursor > len(c.text) || !utf8.ValidString(c.text[:c.cursor]) {
				t.Fatalf("cursor %d in %q", c.cursor, c.text)
			}
			rows := c.rows(width)
			row, column := c.place(rows)
			if row >= len(rows) || column > max(width-1, 4) {
				t.Fatalf("cursor at %d, %d of %d rows, width %d", row, column, len(rows), width)
			}
			for _, r := range rows {
				if got := text.Width(c.text[r.Start:r.End]); got > max(width-1, 4) {
					t.Fatalf("row of %d cells, width %d", got, width)
				}
			}
		}
	})
}
