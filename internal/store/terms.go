package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTermRunes is where a longer word is cut, in the index and in a query alike.
const maxTermRunes = 32

// term is what the search index holds: a word, folded; or, of writing that puts
// no spaces between words, and of emoji, each two neighbouring characters and
// the last one of a run.
//
//	Łódź, 東京都! → lodz · 東京 · 京都 · 都
type term struct {
	text string
	run  int // it closes a run of so many characters; 0: it does not
}

// split returns the first terms of a text, at most limit.
func split(text string, limit int) []term {
	s := splitter{limit: limit}
	for _, r := range text {
		if r >= 0xff01 && r <= 0xff5e { // full width forms of ASCII
			r -= 0xff01 - '!'
		}
		switch classify(r) {
		case classLetter:
			s.endRun()
			s.letter(r)
		case classUnspaced:
			s.endWord()
			s.unspaced(r)
		case classIgnored:
			continue
		default:
			s.endWord()
			s.endRun()
		}
		if len(s.terms) >= limit {
			return s.terms[:limit]
		}
	}
	s.endWord()
	s.endRun()
	return s.terms[:min(limit, len(s.terms))]
}

type splitter struct {
	terms   []term
	limit   int
	word    strings.Builder
	letters int
	last    rune // of the run
	run     int
}

func (s *splitter) letter(r rune) {
	if s.letters++; s.letters <= maxTermRunes {
		fold(&s.word, r)
	}
}

func (s *splitter) unspaced(r rune) {
	if s.run++; s.run > 1 {
		s.terms = append(s.terms, term{text: string(s.last) + string(r)})
	}
	s.last = r
}

func (s *splitter) endWord() {
	if s.letters > 0 {
		s.terms = append(s.terms, term{text: s.word.String()})
		s.word.Reset()
		s.letters = 0
	}
}

func (s *splitter) endRun() {
	if s.run > 0 {
		s.terms = append(s.terms, term{string(s.last), s.run})
		s.run = 0
	}
}

type class int

const (
	classSeparator class = iota
	classLetter          // of a word
	classUnspaced        // stands alone or with its neighbours
	classIgnored         // as if it were not there
)

// unspacedScripts are written without spaces between words.
var unspacedScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// firstUnspaced is where the first of those scripts begins.
const firstUnspaced = 0x0e00

// marks lists what may be left out in writing: accents put above Latin, Greek
// and Cyrillic letters, the vowels of Hebrew and Arabic, hyphens and joiners
// that are not seen, and the choice of an emoji's colours.
var marks = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},
	{Lo: 0x0591, Hi: 0x05bd, Stride: 1},
	{Lo: 0x05bf, Hi: 0x05c7, Stride: 1},
	{Lo: 0x0610, Hi: 0x061a, Stride: 1},
	{Lo: 0x0640, Hi: 0x0640, Stride: 1},
	{Lo: 0x064b, Hi: 0x065f, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1},
	{Lo: 0x200c, Hi: 0x200d, Stride: 1},
	{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
}, R32: []unicode.Range32{{Lo: 0x1f3fb, Hi: 0x1f3ff, Stride: 1}}}

func classify(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return classLetter
		}
		return classSeparator
	case r == utf8.RuneError:
		return classSeparator
	case unicode.Is(marks, r):
		return classIgnored
	case r >= firstUnspaced && unicode.In(r, unspacedScripts...),
		r == 'ー', r == 'ｰ', unicode.Is(unicode.So, r):
		return classUnspaced
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return classLetter
	}
	return classSeparator
}
