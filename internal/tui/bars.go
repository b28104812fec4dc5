package tui

import (
	"fmt"
	"slices"
	"strings"

	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// part is a piece of a bar in its forms, longest first; the last may be "".
type part struct {
	forms []string
	rank  int // of two parts, the one with the lower rank gets room first
}

const between = " · "

// fit joins the parts in width cells: all in their shortest forms, then each
// in turn one form longer as long as there is room.
func fit(parts []part, width int) string {
	chosen := make([]int, len(parts))
	byRank := make([]int, len(parts))
	for i, p := range parts {
		chosen[i], byRank[i] = len(p.forms)-1, i
	}
	slices.SortStableFunc(byRank, func(a, b int) int { return parts[a].rank - parts[b].rank })
	for grown := true; grown; {
		grown = false
		for _, i := range byRank {
			if chosen[i] == 0 {
				continue
			}
			if chosen[i]--; text.Width(join(parts, chosen)) > width {
				chosen[i]++
			} else {
				grown = true
			}
		}
	}
	return text.Clip(join(parts, chosen), width)
}

func join(parts []part, chosen []int) string {
	var shown []string
	for i, p := range parts {
		if s := p.forms[chosen[i]]; s != "" {
			shown = append(shown, s)
		}
	}
	return " " + strings.Join(shown, between)
}

// header is the top bar: the room, who may join, who is here, the bootnode.
func (m *Model) header(width int) string {
	r := m.current.room
	if r == nil {
		return fit([]part{{[]string{"in no room"}, 0}, {append(m.bootnode(), ""), 1}}, width)
	}
	openness, short := front.Openness(r), "open room"
	switch {
	case r.Between() != nil:
		short = "conversation"
	case r.Private():
		short = "private room"
	}
	here := fmt.Sprintf("%d here", m.current.watch.Joined()+1)
	return fit([]part{
		{[]string{r.Name(), text.Clip(r.Name(), 24), text.Clip(r.Name(), 12)}, 0},
		{[]string{openness, short, ""}, 3},
		{[]string{"word: " + r.Word(), r.Word(), ""}, 4},
		{[]string{here, ""}, 1},
		{append(m.bootnode(), ""), 2},
	}, width)
}

// bootnode tells the state of the bootnode, in forms for fit.
func (m *Model) bootnode() []string {
	b, ok := m.bootnodes.Best()
	if !ok {
		return []string{"no bootnode yet"}
	}
	what, state := "bootnode ", b.State.String()
	if b.Embedded {
		what = "nearby bootnode "
	}
	if b.State == peer.BootnodeUnreachable {
		return []string{what + b.Address + " does not answer", "bootnode does not answer", "no bootnode"}
	}
	return []string{what + b.Address + " " + state, "bootnode " + state, state}
}

// status is the lower bar: how the members are reached, or the latest hint,
// and what is below the window.
func (m *Model) status(width int) string {
	right := m.below()
	left := " " + m.hint
	switch {
	case m.hint != "":
	case m.overlay != nil:
		left = fit([]part{{m.overlay.status(), 0}}, width-text.Width(right)-1)
	default:
		var parts []part
		if a := m.sess.Away(); a.Away { // others go by it: it is forgotten easily
			parts = append(parts, part{[]string{"you are " + front.AwayWords(a), "you are away", "away"}, 0})
		}
		parts = append(parts,
			part{[]string{front.Self(m.sess), ""}, 3},
			part{append(m.paths(), ""), 2},
		)
		if writing := front.Writing(m.current.writers); writing != "" {
			parts = append(parts, part{[]string{writing, "typing…", ""}, 1})
		}
		if m.roomsHidden(width) {
			parts = append(parts, part{[]string{m.roomsInBrief(width * 3 / 4)}, 0})
		}
		left = fit(parts, width-text.Width(right)-1)
	}
	left = text.Clip(left, width-text.Width(right)-1)
	return left + strings.Repeat(" ", max(0, width-text.Width(left)-text.Width(right))) + right
}

// below says what is below the window, if that is in sight.
func (m *Model) below() string {
	switch l := m.current.log; {
	case m.overlay != nil && m.place() != selecting:
		return ""
	case l.unread > 0:
		return fmt.Sprintf("↓ %d new ", l.unread)
	case l.moreBelow():
		return "↓ more "
	}
	return ""
}

// paths counts the members by how they are reached, in forms for fit.
func (m *Model) paths() []string {
	var direct, relay, lost, other int
	for _, p := range m.current.watch.Members() {
		switch glyph(p) {
		case glyphDirect:
			direct++
		case glyphRelay:
			relay++
		case glyphLost:
			lost++
		default:
			other++
		}
	}
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{direct, "direct"}, {relay, "relay"}, {other, "connecting"}, {lost, "lost"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	switch p := m.current; {
	case p.room == nil:
		return []string{"/join name enters a room", "/join name"}
	case p.reading() && p.queued > 0:
		return []string{fmt.Sprintf("reading history…, then %d to send", p.queued), "reading history…"}
	case p.reading():
		return []string{"reading history…"}
	}
	if counts == nil {
		return m.nobody()
	}
	return []string{strings.Join(counts, ", ")}
}

// nobody says why nobody is here, as far as that is known.
func (m *Model) nobody() []string {
	switch b, ok := m.bootnodes.Best(); {
	case !ok:
		return []string{"looking for a bootnode…", "looking…"}
	case b.State == peer.BootnodeConnecting:
		return []string{"asking the bootnode who is here…", "asking…"}
	case b.State == peer.BootnodeUnreachable:
		return []string{"no bootnode answers; trying again", "no bootnode"}
	}
	return []string{"nobody else here yet", "nobody here"}
}
