// Package text makes text from strangers safe to show, and measures and wraps
// what is shown: cleaning, nicks, widths in terminal cells, line breaking.
//
// It knows no terminal and draws nothing; colours and layout belong to the
// fronts. It is the one package that imports uniseg.
package text

import (
	"iter"
	"strings"

	"github.com/rivo/uniseg"
)

// Width is how many terminal cells s takes on one line.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	n := 0
	for _, cells := range Clusters(s) {
		n += cells
	}
	return n
}

// Toned reports whether a cluster is an emoji with a skin tone.
func Toned(cluster string) bool {
	return len(cluster) > len("🏻") && strings.ContainsFunc(cluster, func(r rune) bool { return 0x1f3fb <= r && r <= 0x1f3ff })
}

// Clusters yields the grapheme clusters of s (UAX #29), each with its width in
// cells: what a reader calls one character, never to be cut.
func Clusters(s string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		state := -1
		for s != "" {
			var cluster string
			var width int
			cluster, s, width, state = uniseg.FirstGraphemeClusterInString(s, state)
			if width == 1 && Toned(cluster) {
				width = 2 // ☝ alone is a symbol of one cell; uniseg v0.4.7 takes that for the whole
			}
			if !yield(cluster, width) {
				return
			}
		}
	}
}

// Clip returns s if it fits into width cells, else its longest beginning that
// fits together with the mark "…" behind it. Width below 1 gives "".
func Clip(s string, width int) string {
	if width < 1 {
		return ""
	}
	if Width(s) <= width {
		return s
	}
	end, cells := 0, 0
	for cluster, w := range Clusters(s) {
		if cells+w > width-1 {
			break
		}
		cells += w
		end += len(cluster)
	}
	return s[:end] + "…"
}

// ExpandTabs puts four spaces for each tab, for a screen of cells.
func ExpandTabs(s string) string { return strings.ReplaceAll(s, "\t", "    ") }

// isPlain reports whether s is printable ASCII, one cell a byte.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
