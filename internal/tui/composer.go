package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gochat/internal/text"
)

// maxDraft is the longest text the composer holds, in bytes; messages have
// their own, lower limit.
const maxDraft = 128 << 10

// maxSubmitted is how many submitted texts Up brings back.
const maxSubmitted = 500

// composer is the input line: some text, a cursor in it, and what was
// submitted before. Its keys are readline's.
type composer struct {
	text   string
	cursor int // byte offset, between grapheme clusters
	killed string

	submitted []string
	recall    int    // index into submitted; len(submitted): the draft
	draft     string // what was being written when Up was first pressed

	argument argument // the word that lastWord has put in
}

// insert puts s before the cursor and reports whether there was room for it.
func (c *composer) insert(s string) bool {
	if len(c.text)+len(s) > maxDraft {
		return false
	}
	c.text = c.text[:c.cursor] + s + c.text[c.cursor:]
	c.cursor += len(s)
	return true
}

// typed inserts a rune as it comes from the keyboard. Emoji and accents may
// come in several; the whole is cleaned when it is sent.
func (c *composer) typed(r rune) bool {
	if !unicode.IsGraphic(r) && r != '\u200d' {
		return true
	}
	return c.insert(string(r))
}

func (c *composer) set(s string) { c.text, c.cursor = s, len(s) }

// take empties the composer and returns its text, kept for Up.
func (c *composer) take() string {
	s := c.text
	c.set("")
	if n := len(c.submitted); s != "" && (n == 0 || c.submitted[n-1] != s) {
		c.submitted = append(c.submitted, s)
		c.submitted = c.submitted[max(0, len(c.submitted)-maxSubmitted):]
	}
	c.recall = len(c.submitted)
	return s
}

// cut removes from a to b, for yank to bring back.
func (c *composer) cut(a, b int) {
	if a < b {
		c.killed = c.text[a:b]
		c.remove(a, b)
	}
}

func (c *composer) remove(a, b int) {
	c.text = c.text[:a] + c.text[b:]
	c.cursor = a
}

func (c *composer) yank() bool  { return c.insert(c.killed) }
func (c *composer) backspace()  { c.remove(c.before(), c.cursor) }
func (c *composer) delete()     { c.remove(c.cursor, c.after()) }
func (c *composer) left()       { c.cursor = c.before() }
func (c *composer) right()      { c.cursor = c.after() }
func (c *composer) wordLeft()   { c.cursor = c.wordStart() }
func (c *composer) wordRight()  { c.cursor = c.wordEnd() }
func (c *composer) home()       { c.cursor = c.lineStart() }
func (c *composer) end()        { c.cursor = c.lineEnd() }
func (c *composer) killToEnd()  { c.cut(c.cursor, c.lineEnd()) }
func (c *composer) killToHome() { c.cut(c.lineStart(), c.cursor) }
func (c *composer) killWord()   { c.cut(c.wordStart(), c.cursor) }

func (c *composer) lineStart() int { return strings.LastIndexByte(c.text[:c.cursor], '\n') + 1 }

func (c *composer) lineEnd() int {
	if i := strings.IndexByte(c.text[c.cursor:], '\n'); i >= 0 {
		return c.cursor + i
	}
	return len(c.text)
}

// before is the cluster boundary left of the cursor.
func (c *composer) before() int {
	if c.cursor == c.lineStart() {
		return max(0, c.cursor-1) // the newline
	}
	pos := c.lineStart()
	for cluster := range text.Clusters(c.text[pos:]) {
		if pos+len(cluster) >= c.cursor {
			break
		}
		pos += len(cluster)
	}
	return pos
}

// after is the cluster boundary right of the cursor.
func (c *composer) after() int {
	for cluster := range text.Clusters(c.text[c.cursor:]) {
		return c.cursor + len(cluster)
	}
	return c.cursor
}

func (c *composer) wordStart() int {
	s := strings.TrimRightFunc(c.text[:c.cursor], unicode.IsSpace)
	word := strings.LastIndexFunc(s, unicode.IsSpace)
	if word < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(s[word:])
	return word + size
}

func (c *composer) wordEnd() int {
	rest := c.text[c.cursor:]
	word := strings.TrimLeftFunc(rest, unicode.IsSpace)
	if i := strings.IndexFunc(word, unicode.IsSpace); i >= 0 {
		return len(c.text) - len(word) + i
	}
	return len(c.text)
}

// rows breaks the text into lines of less than width cells, so that the
// cursor has room behind each; unlike text.Wrap it hides nothing.
func (c *composer) rows(width int) []text.Span {
	limit := max(width-1, 1)
	var spans []text.Span
	var row text.Span
	for cluster, cells := range text.Clusters(c.text) {
		if cluster == "\n" {
			spans = append(spans, row)
			row = text.Span{Start: row.End + 1, End: row.End + 1}
			continue
		}
		if row.Width+cells > limit && row.Width > 0 {
			spans = append(spans, row)
			row = text.Span{Start: row.End, End: row.End}
		}
		row.End += len(cluster)
		row.Width += cells
	}
	return append(spans, row)
}

// place is the cursor's row and column among rows.
func (c *composer) place(rows []text.Span) (row, column int) {
	for i, r := range rows {
		if r.Start <= c.cursor {
			row = i
		}
	}
	return row, text.Width(c.text[rows[row].Start:c.cursor])
}

// up moves a row up, or from the first row to the text submitted before.
func (c *composer) up(width int) {
	rows := c.rows(width)
	if row, column := c.place(rows); row > 0 {
		c.moveTo(rows[row-1], column)
	} else if c.recall > 0 {
		if c.recall == len(c.submitted) {
			c.draft = c.text
		}
		c.recall--
		c.set(c.submitted[c.recall])
	}
}

// down moves a row down, or from the last row to the text submitted after.
func (c *composer) down(width int) {
	rows := c.rows(width)
	if row, column := c.place(rows); row < len(rows)-1 {
		c.moveTo(rows[row+1], column)
	} else if c.recall < len(c.submitted) {
		c.recall++
		if c.recall == len(c.submitted) {
			c.set(c.draft)
		} else {
			c.set(c.submitted[c.recall])
		}
	}
}

func (c *composer) moveTo(row text.Span, column int) {
	c.cursor = row.Start
	for cluster, cells := range text.Clusters(c.text[row.Start:row.End]) {
		if column -= cells; column < 0 {
			return
		}
		c.cursor += len(cluster)
	}
}
