package front

import (
	"fmt"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// Link tells in words how a member is reached, or why not: "direct, 12 ms".
func Link(m peer.Member) string {
	switch m.State {
	case peer.Left:
		return "left"
	case peer.Present:
		return "reached through others"
	case peer.Unreachable:
		return because("unreachable", m.Reason)
	case peer.Connecting:
		return "connecting" + inBrackets(m.Reason)
	}
	parts := []string{"no path yet" + inBrackets(m.Reason)}
	switch m.Path {
	case peer.PathDirect:
		parts[0] = "direct"
	case peer.PathRelay:
		parts[0] = "relay" + inBrackets(m.Reason)
	}
	if rtt := RTT(m.RTT); rtt != "" {
		parts = append(parts, rtt)
	}
	if m.Punching && m.Path != peer.PathDirect && m.Reason == "" {
		parts = append(parts, "looking for a direct path")
	}
	return strings.Join(parts, ", ")
}

// Peers is the table of /peers: one line a member, in words.
func Peers(members []peer.Member) []string {
	if len(members) == 0 {
		return []string{"nobody else is here"}
	}
	column := 0
	for _, m := range members {
		column = max(column, text.Width(memberName(m)))
	}
	lines := make([]string, len(members))
	for i, m := range members {
		name := memberName(m)
		lines[i] = name + strings.Repeat(" ", column-text.Width(name)+2) + Link(m)
		if m.Verified {
			lines[i] += ", verified"
		}
		var invited string
		if m.Inviter {
			invited = "invited you"
		}
		for _, s := range []string{invited, Refused(m), MemberAway(m), IgnoredWord(m)} {
			if s != "" {
				lines[i] += ", " + s
			}
		}
	}
	return lines
}

// Refused says that a member is refused the name it calls itself; "" if not.
func Refused(m peer.Member) string {
	if m.Claims == "" {
		return ""
	}
	return "calls itself " + m.Claims + ", but is not the one you verified"
}

// IgnoredWord says that the user ignores a member; "" if not.
func IgnoredWord(m peer.Member) string {
	if m.Ignored {
		return "ignored"
	}
	return ""
}

// NoticeLine is a notice with its level in words.
func NoticeLine(n peer.Notice) string {
	switch n.Level {
	case peer.Warning:
		return "warning: " + n.Text
	case peer.Failure:
		return "error: " + n.Text
	}
	return n.Text
}

// Greeting says which room this is.
func Greeting(r Room) string {
	if r.Between() != nil {
		return "conversation " + r.Name() + " (" + Openness(r) + ")"
	}
	return fmt.Sprintf("room %s (%s); room word: %s", r.Name(), Openness(r), r.Word())
}

// Openness says who can join the room.
func Openness(r Room) string {
	switch {
	case r.Between() != nil:
		return confidants(r)
	case r.Private():
		return "private room: name and secret are needed to join"
	}
	return "open room: anyone who knows the name can join"
}

// ShellWord quotes s for a POSIX shell if it needs it.
func ShellWord(s string) string {
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,", r))
	}
	if s != "" && !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func because(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + reason
}

func inBrackets(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}
