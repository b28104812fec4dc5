package front

import (
	"fmt"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// Bell says what of a room the user is called for while he looks elsewhere.
type Bell string

// The levels. A mention is also what answers the user, or is written to him
// alone.
const (
	BellOff     Bell = "off"
	BellMention Bell = "mention"
	BellAll     Bell = "all"
)

// ParseBell reads a level; what is none is BellMention, and not ok.
func ParseBell(s string) (b Bell, ok bool) {
	switch b := Bell(s); b {
	case BellOff, BellMention, BellAll:
		return b, true
	}
	return BellMention, false
}

// in says what a level does.
func (b Bell) in(room string) string {
	switch b {
	case BellOff:
		return room + " never calls you"
	case BellAll:
		return room + " calls you for every message while you look elsewhere"
	}
	return room + " calls you while you look elsewhere if a message names you, answers you or is to you alone"
}

func bell(c call) Result {
	if c.args == "" {
		return Result{Lines: []string{c.room.Bell().in(c.room.Name()) + "; /bell off, /bell mention or /bell all changes that"}}
	}
	level, ok := ParseBell(strings.ToLower(c.args))
	if !ok {
		return failed(takes("/bell", c.args, "off, mention or all"))
	}
	c.room.SetBell(level)
	return Result{Lines: []string{level.in(c.room.Name())}}
}

// takes says what a command takes.
func takes(command, given, words string) string {
	return fmt.Sprintf("%s %s is unknown: it takes %s", command, text.Clip(given, 40), words)
}

// ParseTyping reads who learns of writing: both, send, receive, off.
func ParseTyping(s string) (u peer.TypingUse, ok bool) {
	switch s {
	case "both":
		return peer.TypingUse{Tell: true, Hear: true}, true
	case "send":
		return peer.TypingUse{Tell: true}, true
	case "receive":
		return peer.TypingUse{Hear: true}, true
	}
	return peer.TypingUse{}, s == "off"
}

func typing(c call) Result {
	if c.args == "" {
		return Result{Lines: []string{typingLine(c.sess.TypingUse()) + "; /typing both, send, receive or off changes that"}}
	}
	use, ok := ParseTyping(strings.ToLower(c.args))
	if !ok {
		return failed(takes("/typing", c.args, "both, send, receive or off"))
	}
	c.sess.SetTypingUse(use)
	return Result{Lines: []string{typingLine(use) + ", in this run; --typing keeps it"}}
}

func typingLine(u peer.TypingUse) string {
	switch {
	case u.Tell && u.Hear:
		return "others see that you write, and you that they do"
	case u.Tell:
		return "others see that you write; you do not see that they do"
	case u.Hear:
		return "you see that others write; they do not see that you do"
	}
	return "nobody sees that somebody writes"
}

// Themes are the words that /theme takes.
const Themes = "auto, dark, light or mono"

// theme asks the full screen for other colours; other fronts have none.
func theme(c call) Result {
	name := strings.ToLower(c.args)
	switch name {
	case "auto", "dark", "light", "mono":
		return Result{Theme: name}
	case "":
		return Result{Lines: []string{"/theme auto, dark, light or mono changes the colours of the full screen; --theme keeps them"}}
	}
	return failed(takes("/theme", c.args, Themes))
}

// maxWriters is how many who write are named.
const maxWriters = 2

// Writing says who is writing, "" if nobody is.
func Writing(who []peer.Person) string {
	switch n := len(who); {
	case n == 0:
		return ""
	case n > maxWriters:
		return fmt.Sprintf("%d people are typing", n)
	case n == 1:
		return Person(who[0]) + " is typing"
	}
	return Person(who[0]) + " and " + Person(who[1]) + " are typing"
}
