package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Limits of one grapheme cluster. Real text stays below them: the longest
// emoji in use (a couple with skin tones) has 10 runes, and no orthography
// stacks more than three marks on a letter.
const (
	maxMarks        = 3
	maxClusterRunes = 16
	maxClusterCells = 4
)

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
	vs15 = '\ufe0e'
	vs16 = '\ufe0f'
)

// MaxGrowth bounds how much longer Clean makes a text: U+FFFD takes three bytes
// where a control character or a broken byte took one.
const MaxGrowth = 3

// Clean turns any bytes into text that is safe to show and to log: valid
// UTF-8; lines end in \n; tabs stay, other control characters are U+FFFD;
// characters that show nothing or turn the writing direction are gone
// (Trojan Source, CVE-2021-42574), as are floods of combining marks. It holds
// at most maxBytes bytes, cut between grapheme clusters, and no trailing
// newline. Clean(Clean(s)) is Clean(s); it is at most MaxGrowth times as long as s.
func Clean(s string, maxBytes int) string {
	if len(s) <= maxBytes && isPlain(s) {
		return s
	}
	c := cleaner{max: maxBytes}
	c.out.Grow(min(len(s), max(maxBytes, 0)) + utf8.UTFMax)
	for i, r := range s {
		size := 1
		if r != utf8.RuneError {
			size = utf8.RuneLen(r)
		} else if _, n := utf8.DecodeRuneInString(s[i:]); n > 1 {
			size = n
		}
		if !c.rune(r, s[i+size:]) {
			break
		}
	}
	// A cut may leave a joiner without the letter it joined.
	return strings.TrimRight(c.text(), "\n\u200c\u200d")
}

// cleaner builds clean text rune by rune; it decides by what it has written
// and by the next rune only, so that clean text passes unchanged.
type cleaner struct {
	out   strings.Builder
	max   int
	cut   int  // length to cut to, once full
	full  bool // max reached
	prev  rune // last rune written
	start int  // where the last cluster begins in out
	runes int  // in the last cluster
	marks int  // in the last cluster
}

// text is what was written, cut before the cluster that did not fit.
func (c *cleaner) text() string {
	if c.full {
		return c.out.String()[:c.cut]
	}
	return c.out.String()
}

// rune takes one rune; rest is the raw text behind it. It reports whether
// there is room for more.
func (c *cleaner) rune(r rune, rest string) bool {
	switch {
	case r == '\r':
		if strings.HasPrefix(rest, "\n") {
			return true // the \n follows
		}
		return c.put('\n')
	case r == '\n', r == '\u2028', r == '\u2029':
		return c.put('\n')
	case r == '\t':
		return c.put(r)
	case unicode.IsControl(r):
		return c.put(utf8.RuneError)
	case r == zwnj, r == zwj:
		if next, _ := utf8.DecodeRuneInString(rest); !joins(c.prev, r, next) {
			return true
		}
		return c.put(r)
	case invisible(r):
		return true
	case r == '\u2e3a' || r == '\u2e3b': // dashes three and four cells wide
		return c.put('—')
	}
	return c.put(r)
}

// put writes r unless it would overload the cluster it falls into.
func (c *cleaner) put(r rune) bool {
	mark := unicode.Is(unicode.M, r)
	if c.prev < utf8.RuneSelf && r < utf8.RuneSelf {
		c.begin()
	} else {
		cluster := c.out.String()[c.start:] + string(r)
		first, rest, width, _ := uniseg.FirstGraphemeClusterInString(cluster, -1)
		switch {
		case mark && (c.out.Len() == 0 || c.prev == '\n'):
			return true // nothing to stand on
		case rest != "":
			c.begin()
		case mark && c.marks == maxMarks,
			c.runes == maxClusterRunes,
			width > maxClusterCells && first == cluster && c.runes > 0:
			return true
		}
	}
	c.out.WriteRune(r)
	c.prev = r
	c.runes++
	if mark {
		c.marks++
	}
	if c.out.Len() > c.max {
		c.full, c.cut = true, c.start
	}
	return !c.full
}

// begin starts a new cluster.
func (c *cleaner) begin() { c.start, c.runes, c.marks = c.out.Len(), 0, 0 }

// invisible reports characters that show nothing, hide data or turn the
// writing direction. Flags made of tag characters lose their tags.
func invisible(r rune) bool {
	if r < 0xad {
		return false
	}
	switch {
	case r == vs15, r == vs16:
		return false
	case r == '\u034f', r == '\u2800': // grapheme joiner, blank braille
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// joining are the scripts whose spelling needs joiners (UAX #31, §2.3).
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
	unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer,
}

// joins reports whether joiner j does anything between prev and next: in an
// emoji made of several, or inside a word of a joining script.
func joins(prev, j, next rune) bool {
	if j == zwj && pictograph(next) {
		return pictograph(prev) || prev == vs16 || 0x1f3fb <= prev && prev <= 0x1f3ff
	}
	return unicode.In(prev, joining...) && unicode.IsLetter(next) && unicode.In(next, joining...)
}

// pictograph reports the symbols emoji are joined from.
func pictograph(r rune) bool {
	return unicode.Is(unicode.So, r) && r >= 0x2190 && r != utf8.RuneError ||
		r == '↔' || r == '♀' || r == '♂'
}
