package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The largest nick, in bytes and in cells.
const (
	MaxNickBytes = 32
	MaxNickCells = 24
)

// nickRule says what a nick may be, for people.
const nickRule = "use letters, digits, emoji and - _ . '"

// CleanNick keeps what a nick may have of s: letters, marks, digits, emoji and
// - _ . ' — no spaces, nothing that the fronts set next to a nick (# and :), so
// that no nick can imitate a suffix or the end of a name, and no symbols that they
// use as signs, such as ✓ and │. At most MaxNickBytes and MaxNickCells. ok is false
// if nothing readable is left, or a word that is Reserved.
func CleanNick(s string) (nick string, ok bool) {
	var kept strings.Builder
	for _, r := range Clean(s, 64*MaxNickBytes) {
		if r != unicode.ReplacementChar && nickRune(r) {
			kept.WriteRune(r)
		}
	}
	// Once more: what was dropped may have stood between marks.
	clean := Clean(kept.String(), MaxNickBytes)
	end, cells := 0, 0
	for cluster, w := range Clusters(clean) {
		if cells += w; cells > MaxNickCells {
			break
		}
		end += len(cluster)
		ok = ok || strings.ContainsFunc(cluster, readable)
	}
	nick = strings.TrimRight(clean[:end], "\u200d")
	if !ok || Reserved(nick) {
		return "", false
	}
	return nick, true
}

// ValidNick says what is wrong with a nick the user chose, nil if nothing.
func ValidNick(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("the nick is empty: " + nickRule)
	}
	if nick, ok := CleanNick(s); ok && nick == s {
		return nil
	}
	if len(s) > MaxNickBytes || Width(s) > MaxNickCells {
		return fmt.Errorf("the nick is too long: at most %d bytes and %d columns", MaxNickBytes, MaxNickCells)
	}
	for _, r := range s {
		if unicode.IsSpace(r) {
			return errors.New("a nick is one word, without spaces: " + nickRule)
		}
		if r == unicode.ReplacementChar || !nickRune(r) || r == zwnj {
			return fmt.Errorf("a nick may not contain %q: %s", r, nickRule)
		}
	}
	if Reserved(s) {
		return fmt.Errorf("%s is a word that gochat itself uses, and would be read as such: choose another nick", s)
	}
	return fmt.Errorf("%q is no readable nick: %s", s, nickRule)
}
