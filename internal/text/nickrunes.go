package text

import (
	"strings"
	"unicode"
)

// emoji are the pictures that a nick may have: of the characters with Unicode's
// property Extended_Pictographic those that the fronts, or readers, do not take for
// signs. Checks, crosses, circles, squares, arrows, stars of ratings, question
// marks, letters on buttons and the like are none of them.
var emoji = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x231a, 0x231b, 1}, {0x2328, 0x2328, 1}, {0x23f0, 0x23f0, 1}, {0x23f3, 0x23f3, 1},
		{0x2600, 0x2604, 1}, {0x260e, 0x260e, 1}, {0x2614, 0x2615, 1}, {0x2618, 0x2618, 1}, {0x261d, 0x261d, 1},
		{0x2620, 0x2620, 1}, {0x262e, 0x262f, 1}, {0x2638, 0x263a, 1}, {0x2640, 0x2642, 2}, {0x2648, 0x2653, 1},
		{0x265f, 0x2660, 1}, {0x2663, 0x2665, 2}, {0x2666, 0x2668, 2}, {0x267b, 0x267b, 1}, {0x2692, 0x2697, 1},
		{0x2699, 0x269b, 2}, {0x269c, 0x269c, 1}, {0x26a1, 0x26a7, 6}, {0x26b0, 0x26b1, 1}, {0x26bd, 0x26be, 1},
		{0x26c4, 0x26c5, 1}, {0x26c8, 0x26ce, 6}, {0x26cf, 0x26cf, 1}, {0x26d1, 0x26d3, 2}, {0x26e9, 0x26ea, 1},
		{0x26f0, 0x26f5, 1}, {0x26f7, 0x26fa, 1}, {0x26fd, 0x26fd, 1}, {0x2702, 0x2702, 1}, {0x2708, 0x270d, 1},
		{0x270f, 0x270f, 1}, {0x2712, 0x2712, 1}, {0x2728, 0x2728, 1}, {0x2744, 0x2744, 1}, {0x2763, 0x2764, 1},
		{0x2b50, 0x2b50, 1},
	},
	R32: []unicode.Range32{
		{0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1}, {0x1f1e6, 0x1f1ff, 1}, // flags are made of the last
		{0x1f300, 0x1f4f1, 1}, {0x1f4f7, 0x1f4fd, 1}, {0x1f509, 0x1f50f, 1}, {0x1f511, 0x1f517, 1},
		{0x1f525, 0x1f52f, 1}, {0x1f54a, 0x1f5f3, 1}, {0x1f5fa, 0x1f64f, 1}, {0x1f680, 0x1f6aa, 1},
		{0x1f6ac, 0x1f6ac, 1}, {0x1f6b2, 0x1f6b2, 1}, {0x1f6b4, 0x1f6b6, 1}, {0x1f6c0, 0x1f6c0, 1},
		{0x1f6cb, 0x1f6d0, 1}, {0x1f6d2, 0x1f6d7, 1}, {0x1f6dc, 0x1f6ff, 1}, {0x1f90c, 0x1f9ff, 1},
		{0x1fa70, 0x1faff, 1},
	},
}

// imitations are letters that look like the signs which the fronts set beside a
// nick: bars, and colons of triangles.
const imitations = "ǀǁǂǃː"

// nickRune reports what a nick is made of.
func nickRune(r rune) bool {
	switch {
	case strings.ContainsRune("-_.'", r), r == zwj, r == vs16, r == keycap, 0x1f3fb <= r && r <= 0x1f3ff:
		return true
	case strings.ContainsRune(imitations, r):
		return false
	}
	return unicode.In(r, unicode.L, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Nl, emoji)
}

// readable reports runes that make a nick one, rather than an ornament.
func readable(r rune) bool { return unicode.In(r, unicode.L, unicode.Nd, unicode.Nl, emoji) }

// reserved are words with which the program itself speaks of people, or of what is
// no person: who bore one as a nick would put words into its mouth.
var reserved = []string{
	"you", "all", "none", "nobody", "everybody", "everyone", "anybody", "anyone", "somebody", "someone",
	"gochat", "bootnode", "mailbox", "system",
}

// Reserved reports whether a nick reads as one of the program's own words.
func Reserved(nick string) bool {
	nick = strings.Trim(nick, "-_.'")
	for _, word := range reserved {
		if readsAs(nick, word) {
			return true
		}
	}
	return false
}

// readsAs reports whether a nick looks like a word. Fold does not tell i from l,
// but readers do, in lower case: Ali is a name, and not everybody.
func readsAs(nick, word string) bool {
	if Fold(nick) != Fold(word) {
		return false
	}
	letters := []rune(word)
	i := 0
	for _, r := range strings.ToLower(nick) {
		if unicode.Is(unicode.M, r) || invisible(r) || r == zwj || r == zwnj {
			continue
		}
		if i < len(letters) && letters[i] == 'l' && strings.ContainsRune("iìíîïĩīĭįỉịії", r) {
			return false
		}
		i++
	}
	return true
}
