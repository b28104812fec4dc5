package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxEmojiBytes bounds an emoji: enough for a family of four with skin tones.
const maxEmojiBytes = 64

// CleanEmoji returns s as one emoji, cleaned: one character as readers count,
// that is a symbol, a flag or a keycap. ok is false if it is anything else.
func CleanEmoji(s string) (emoji string, ok bool) {
	if len(s) > maxEmojiBytes {
		return "", false
	}
	emoji = Clean(strings.TrimSpace(s), maxEmojiBytes)
	n := 0
	for _, cells := range Clusters(emoji) {
		if n++; n > 1 || cells < 1 || cells > maxClusterCells {
			return "", false
		}
	}
	return emoji, strings.ContainsFunc(emoji, symbol) && !strings.ContainsRune(emoji, utf8.RuneError)
}

// symbol reports what makes an emoji one. Letters and digits are none, or
// reactions could be read as words.
func symbol(r rune) bool {
	switch r {
	case keycap, '\u203c', '\u2049', '\u2194': // the exclamations and the arrow are no symbols to Unicode
		return true
	}
	return r > unicode.MaxLatin1 && unicode.Is(unicode.So, r) || r == '\u00a9' || r == '\u00ae'
}

const keycap = '\u20e3'
