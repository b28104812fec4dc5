package config

import (
	"strconv"
	"strings"
)

// Error is a setting that cannot be used. It is the user's to mend: exit 2.
type Error struct {
	Option  string // as a flag, or what else was read ("arguments", ".env")
	Source  Source // where the value came from
	Value   string // "" if there is none; secrets are masked
	Problem string
	Allowed string // what would be right
}

// Error is one line that names option, value, source, problem and what is
// allowed. The value is quoted: it may hold anything.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Option)
	if e.Value != "" {
		b.WriteString(" " + quote(e.Value))
	}
	if e.Source.Name != "" && e.Source.Kind != Flag {
		b.WriteString(" (" + e.Source.String() + ")")
	}
	b.WriteString(": " + e.Problem)
	switch {
	case strings.HasPrefix(e.Allowed, suggestion):
		b.WriteString("; " + e.Allowed)
	case e.Allowed != "":
		b.WriteString(" (allowed: " + e.Allowed + ")")
	}
	return b.String()
}

// suggestion begins an Allowed that is a guess at what was meant.
const suggestion = "did you mean "

func didYouMean(what string) string { return suggestion + what + "?" }

const maxQuoted = 80 // bytes

// clip shortens what goes into a message; it may cut a character in two,
// which quote makes visible.
func clip(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}

// quote makes any text fit to print on one line.
func quote(s string) string { return strconv.Quote(clip(s)) }

// nearest returns the word that was probably meant, or "".
func nearest(s string, words []string) string {
	best, least := "", 1+max(1, len(s)/3)
	for _, w := range words {
		if d := distance(strings.ToLower(clip(s)), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: how many letters are
// missing, too many, wrong or swapped with their neighbour.
func distance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
