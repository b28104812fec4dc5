package front

import (
	"fmt"
	"strings"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/peer"
)

// whois shows everybody a name fits: it never selects anyone, so a suffix or
// a part of a key is good enough.
func whois(c call) Result {
	if c.args != "" {
		return inRoom(whoIsHere)(c)
	}
	lines := append([]string{"you are " + Self(c.sess)}, keyFact(c.sess.Key())...)
	if s := AwayWords(c.sess.Away()); s != "" {
		lines = append(lines, fact("status", s))
	}
	return Result{Lines: lines}
}

func whoIsHere(c call) Result {
	var lines []string
	wanted := text.Fold(strings.TrimPrefix(c.args, "@"))
	key, isKey := parseKey(c.args)
	for _, m := range c.room.Members() {
		if wanted == text.Fold(m.Nick) || wanted == text.Fold(Handle(m.Nick, m.Key, false)) ||
			wanted == text.Fold("#"+m.Key.Suffix()) || isKey && key == m.Key {
			lines = append(lines, Whois(m)...)
		}
	}
	if lines == nil {
		return failed(fmt.Sprintf("nobody here is called %s; /peers lists who is", text.Clip(c.args, 60)))
	}
	return Result{Lines: lines, About: c.room.Name()}
}

// Whois is everything known of one member, for /whois: a fact a line, and what to
// do at the end.
func Whois(m peer.Member) []string {
	lines := append([]string{memberName(m)}, keyFact(m.Key)...)
	lines = append(lines, fact("trust", trust(m)), fact("path", Link(m)))
	if m.Address != "" {
		lines = append(lines, fact("address", m.Address))
	}
	if s := seen(m); s != "" {
		lines = append(lines, fact("seen", s))
	}
	if s := MemberAway(m); s != "" {
		lines = append(lines, fact("status", s))
	}
	if m.Claims != "" {
		lines = append(lines, fact("warning", "it "+Refused(m)+"; so it goes by the name that is made from its key"))
	}
	if m.Impostor {
		lines = append(lines, fact("warning", "the nick "+m.Nick+" was first seen with another key: somebody else, or a new device"))
	}
	return append(lines, advice(m)...)
}

// fact is a line of /whois.
func fact(what, value string) string { return fmt.Sprintf("  %-8s%s", what, value) }

// keyFact is a key in groups, to be read aloud and compared, in rows for the
// narrowest screen that has whole rows for them. Commands take it with the
// spaces, too.
func keyFact(k crypto.PublicKey) []string {
	const perRow = 4 * 5 // letters
	rest, rows := k.String(), []string(nil)
	for label := "key"; rest != ""; label = "" {
		n := min(perRow, len(rest))
		rows = append(rows, fact(label, groups(rest[:n])))
		rest = rest[n:]
	}
	return rows
}

func trust(m peer.Member) string {
	s := "not verified"
	if m.Verified {
		s = "verified by you"
	}
	if m.Inviter {
		s += "; invited you here"
	}
	return s
}

// seen says since when a member is here, or not any more; "" if that is not known.
func seen(m peer.Member) string {
	if m.Since.IsZero() {
		return ""
	}
	at := m.Since.Local().Format("2 Jan 15:04")
	switch m.State {
	case peer.Connecting:
		return "connecting since " + at
	case peer.Unreachable:
		return "out of reach since " + at
	case peer.Left:
		return "left on " + at
	}
	return "here since " + at
}

// advice says what can be done about a member.
func advice(m peer.Member) (lines []string) {
	handle := Handle(m.Nick, m.Key, false)
	if m.Ignored {
		lines = append(lines, fact("quiet", "ignored by you: /unignore "+handle+" takes it back"))
	}
	if !m.Verified {
		lines = append(lines, fact("next", "/verify "+handle+" shows words to compare by voice"))
	}
	return lines
}

// parseKey reads a key as people type it: in capitals, or in groups.
func parseKey(s string) (k crypto.PublicKey, ok bool) {
	k, err := crypto.ParsePublicKey(strings.ToLower(strings.Join(strings.Fields(s), "")))
	return k, err == nil
}

// keyGroups is how many groups a key has, of as many letters as groups makes.
const keyGroups, groupLetters = 13, 4

// cutName splits what was typed into whom it is about and the rest. That is a
// word, or a key in groups.
func cutName(args string) (name, rest string) {
	rest = args
	for range keyGroups {
		var group string
		if group, rest = cutWord(rest); len(group) != groupLetters {
			return cutWord(args)
		}
		name += group
	}
	if _, ok := parseKey(name); !ok {
		return cutWord(args)
	}
	return name, rest
}

func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \n"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}
