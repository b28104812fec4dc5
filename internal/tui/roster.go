package tui

import (
	"fmt"
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
)

// Roster widths: none on a narrow screen, path words on a wide one.
const (
	rosterFrom     = 70 // columns of the screen
	rosterWideFrom = 100
	rosterCells    = 27
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
	rows := []row{{{text: "  " + clipHandle(m.sess.Nick(), "#"+m.sess.Key().Suffix(), width-8), role: strong}, {text: " (you)", role: faint}}}
	for i, p := range members {
		block := rosterRows(p, width)
		if hidden := len(members) - i; len(rows)+len(block) > height-1 && (hidden > 1 || len(rows)+len(block) > height) {
			return append(rows, row{{text: fmt.Sprintf("  and %d more: /peers", hidden), role: faint}})
		}
		rows = append(rows, block...)
	}
	return rows
}

// rosterRows is one member: glyph, name, path word if there is room, RTT;
// below it a warning where the name is another's.
func rosterRows(p peer.Member, width int) []row {
	wide := width > rosterCells
	right := front.RTT(p.RTT)
	if wide {
		right = strings.TrimPrefix(pathWord(p)+" "+right, " ")
	}
	if p.State != peer.Joined {
		right = ""
		if wide {
			right = pathWord(p)
		}
	}
	suffix := "#" + p.Key.Suffix()
	if p.Verified && !p.Impostor {
		suffix = ""
	}
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
		rows = append(rows, row{{text: text.Clip("  ! not the "+p.Nick+" you know", width), role: warning}})
	}
	return rows
}

func pathWord(p peer.Member) string {
	switch glyph(p) {
	case glyphLost:
		return "lost"
	case glyphPunch:
		return "connecting"
	case glyphOthers:
		return "via others"
	case glyphRelay:
		if p.Punching {
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
