package store

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNoWords says that a query has no letter, digit or symbol to search for.
var ErrNoWords = errors.New("nothing to search for: type a word")

const (
	maxQueryBytes = 1 << 10
	maxQueryTerms = 32
)

// phrase is terms that stand next to each other; if open, more letters may
// follow the last.
type phrase struct {
	terms []string
	open  bool
}

// parseQuery reads what somebody typed: words, each of which must occur, and
// "phrases in quotes". A word that may still be being typed, the last, finds
// those that begin with it. There is no further syntax, and no query is
// wrong; what cannot be searched for does not count.
func parseQuery(q string) (phrases []phrase) {
	q = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(cut(q, maxQueryBytes))
	left := maxQueryTerms
	add := func(text string, typing bool) {
		if p, ok := newPhrase(text, left, typing); ok {
			phrases = append(phrases, p)
			left -= len(p.terms)
		}
	}
	for quoted := false; ; quoted = !quoted {
		part, rest, more := strings.Cut(q, `"`)
		typing := !more && endsInWord(part)
		if quoted {
			add(part, typing)
		} else {
			words := strings.Fields(part)
			for i, w := range words {
				add(w, typing && i == len(words)-1)
			}
		}
		if !more || left <= 0 {
			return phrases
		}
		q = rest
	}
}

// newPhrase makes a phrase of a text, unless there is nothing in it.
func newPhrase(text string, limit int, typing bool) (p phrase, ok bool) {
	terms := split(text, limit)
	if len(terms) == 0 {
		return p, false
	}
	// What closes a run in the query need not close it in a message.
	p.open = typing
	switch last := len(terms) - 1; terms[last].run {
	case 0:
	case 1:
		p.open = true
	default:
		terms, p.open = terms[:last], false
	}
	for _, t := range terms {
		p.terms = append(p.terms, t.text)
	}
	return p, true
}

// match is the phrase in the language of FTS5, each term with a prefix. Terms
// are letters, digits and symbols: nothing in them has a meaning there.
func (p phrase) match(prefix string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, t := range p.terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(prefix)
		b.WriteString(t)
	}
	b.WriteByte('"')
	if p.open {
		b.WriteByte('*')
	}
	return b.String()
}

// matchAll is the expression for messages in which all phrases occur.
func matchAll(phrases []phrase, prefix string) string {
	all := make([]string, len(phrases))
	for i, p := range phrases {
		all[i] = p.match(prefix)
	}
	return strings.Join(all, " AND ")
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && !unicode.IsSpace(r) && classify(r) != classSeparator
}

// cut shortens s to at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
