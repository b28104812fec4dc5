package text

import (
	"strings"
	"unicode/utf8"
)

// BeginsWithAt reports whether a text begins with the sign @ or what is taken for
// it. The names of conversations do, and those of no other rooms.
func BeginsWithAt(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimSpace(s))
	return strings.ContainsRune("@＠﹫", first)
}
