package tui

import (
	"fmt"
	"slices"
	"strings"

	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// The state of a member's link in one cell, each with a shape of its own.
const (
	glyphDirect = "●"
	glyphRelay  = "◐"
	glyphPunch  = "○"
	glyphOthers = "◌"
	glyphLost   = "×"

	glyphVerified = "✓"
)

// Roster widths: none on a narrow screen, path words on a wide one.
const (
	rosterFrom     = 70 // columns of the screen
	rosterWideFrom = 100
	rosterCells    = 29
	rosterWide     = 40
)

func rosterWidth(screen int) int {
	switch {
	case screen < rosterFrom:
		return 0
	case screen < rosterWideFrom:
		return rosterCells
	}
	return rosterWide
}

func glyph(p peer.Member) string {
	switch {
	case p.State == peer.Unreachable || p.State == peer.Left:
		return glyphLost
	case p.State == peer.Present:
		return glyphOthers
	case p.State == peer.Connecting || p.Path == peer.PathNone:
		return glyphPunch
	case p.Path == peer.PathRelay:
		return glyphRelay
	}
	return glyphDirect
}

// roster is the list of who is here, at most height rows of width cells.
func (m *Model) roster(width, height int) []row {
	members := m.current.watch.Members()
	you := " (you)"
	if m.sess.Away().Away {
		you = " (you, away)"
	}
	rows := []row{{{text: "  " + clipHandle(m.sess.Nick(), "#"+m.sess.Key().Suffix(), width-2-len(you)), role: strong}, {text: you, role: faint}}}
	explain, timed := m.canExplain(members, width, height), canTime(members, width)
	for i, p := range members {
		block := rosterRows(p, width, timed)
		if explain {
			block = append(block, reasonRows(p, width)...)
		}
		if hidden := len(members) - i; len(rows)+len(block) > height-1 && (hidden > 1 || len(rows)+len(block) > height) {
			return append(rows, row{{text: fmt.Sprintf("  and %d more: /peers", hidden), role: faint}})
		}
		rows = append(rows, block...)
	}
	return rows
}

// canExplain reports whether there is room for the reasons, too.
func (m *Model) canExplain(members []peer.Member, width, height int) bool {
	if width <= rosterCells {
		return false
	}
	rows := 1
	for _, p := range members {
		rows += len(rosterRows(p, width, false)) + len(reasonRows(p, width))
	}
	return rows <= height
}

// reasonRows say below a member why it is not met directly, unless the path word
// says as much.
func reasonRows(p peer.Member, width int) []row {
	reason, rest, more := strings.Cut(p.Reason, ": ")
	if more && p.Path == peer.PathNone { // the cause is the second half
		reason = rest
	}
	if glyph(p) == glyphOthers || glyph(p) == glyphRelay && p.Punching || reason == "" {
		return nil
	}
	return []row{{{text: text.Clip("  "+reason, width), role: faint}}}
}

// canTime reports whether every member's line has room for the time of a round
// trip, too. Lines are alike: each says the path, all or none the time.
func canTime(members []peer.Member, width int) bool {
	return !slices.ContainsFunc(members, func(p peer.Member) bool {
		return text.Width(p.Nick+nameSuffix(p)) > width-3-text.Width(reached(p, width, true))
	})
}

// reached is how a member is reached: the path word, and the time of a round trip.
func reached(p peer.Member, width int, timed bool) string {
	word := pathWord(p, width > rosterCells)
	if rtt := front.RTT(p.RTT); timed && rtt != "" && p.State == peer.Joined {
		word += " " + rtt
	}
	return word
}

// nameSuffix stands behind a nick.
func nameSuffix(p peer.Member) string {
	if p.Verified && !p.Impostor {
		return " " + glyphVerified
	}
	return "#" + p.Key.Suffix()
}

// rosterRows is one member: glyph, name, path word, RTT if all have it; below it a
// warning where the name is another's.
func rosterRows(p peer.Member, width int, timed bool) []row {
	right, suffix := reached(p, width, timed), nameSuffix(p)
	room := width - 2 - text.Width(right) - 1
	handle := clipHandle(p.Nick, suffix, room)
	gap := strings.Repeat(" ", max(1, room-text.Width(handle)+1))
	role := name
	if !p.State.Here() {
		role = faint
	}
	rows := []row{{
		{text: glyph(p) + " "}, {text: handle, role: role, key: p.Key}, {text: gap}, {text: right, role: faint},
	}}
	if p.Impostor {
		rows = append(rows, row{{text: text.Clip("  ! "+front.NotYours(p.Nick, p.Namesake), width), role: warning}})
	}
	return append(rows, quietRows(p, width)...)
}

func pathWord(p peer.Member, wide bool) string {
	switch glyph(p) {
	case glyphLost:
		return "lost"
	case glyphPunch:
		if p.State == peer.Joined {
			return "no path"
		}
		return "connecting"
	case glyphOthers:
		return "via others"
	case glyphRelay:
		if p.Punching && wide {
			return "relay, punching"
		}
		return "relay"
	}
	return "direct"
}

// clipHandle shortens the nick, never the suffix that tells namesakes apart.
func clipHandle(nick, suffix string, width int) string {
	return text.Clip(nick, width-text.Width(suffix)) + suffix
}
