package front

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gochat/crypto"
	"gochat/peer"
)

// Name is how a member is called on every screen: nick#abcd until the user
// has verified the key, the bare nick after that. A key that uses a nick
// first seen with another key is always marked, verified or not: of says whose it
// is.
func Name(nick string, key crypto.PublicKey, verified, impostor bool, of peer.Namesake) string {
	if impostor {
		return fmt.Sprintf("%s (%s)", Handle(nick, key, false), NotYours(nick, of))
	}
	return Handle(nick, key, verified)
}

// NotYours says who an impostor is not.
func NotYours(nick string, of peer.Namesake) string {
	if of.Own {
		return "a name like yours"
	}
	return "not the " + cmp.Or(of.Nick, nick) + " you know"
}

// Handle is Name without the mark in words, for columns that show the mark in
// another way.
func Handle(nick string, key crypto.PublicKey, verified bool) string {
	if verified {
		return nick
	}
	return nick + "#" + key.Suffix()
}

// Mentions reports whether a text has a nick in it, as a word of its own.
func Mentions(body, nick string) bool {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	body, nick = strings.ToLower(body), strings.ToLower(nick)
	for at := 0; nick != ""; {
		i := strings.Index(body[at:], nick)
		if i < 0 {
			break
		}
		before, _ := utf8.DecodeLastRuneInString(body[:at+i])
		after, _ := utf8.DecodeRuneInString(body[at+i+len(nick):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		at += i + len(nick)
	}
	return false
}

// Self is how others see this member.
func Self(sess Session) string { return Handle(sess.Nick(), sess.Key(), false) }

func memberName(m peer.Member) string { return Name(m.Nick, m.Key, m.Verified, m.Impostor, m.Namesake) }

// Author is the Name of a message's author.
func Author(m peer.Message) string { return Name(m.Nick, m.Author, m.Verified, m.Impostor, m.Namesake) }

// Person is the Name of somebody who need not be here; "you" for oneself.
func Person(p peer.Person) string {
	if p.Own {
		return "you"
	}
	return Name(p.Nick, p.Key, p.Verified, p.Impostor, p.Namesake)
}

func people(list []peer.Person) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = Person(p)
	}
	return strings.Join(names, ", ")
}

// Clock is a time of day as the fronts show it, in the user's zone.
func Clock(t time.Time) string { return t.Local().Format("15:04") }

// RTT is a round-trip time in words, "" if it was not measured.
func RTT(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
