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

// statusRows is the lower bar: how the members are reached, or the latest hint,
// and what is below the window. A hint that is too long for one row takes more, at
// most so many; what has no room then ends with an ellipsis.
func (m *Model) statusRows(width, most int) []string {
	below := m.below()
	short := below[len(below)-1]
	room := width - 2 - text.Width(short)
	said := m.hint
	if said == "" && m.overlay != nil {
		said = longest(m.overlay.status(), room)
	}
	if said == "" {
		return []string{beside(m.summary(width, width-text.Width(below[0])-1), below[0], width)}
	}
	if m.completion != nil {
		most = 1 // the candidates go on behind the one chosen, and change with each Tab
	}
	said = strings.ReplaceAll(said, "\n", " ")
	spans := text.Wrap(said, room)
	rows := make([]string, min(len(spans), most))
	for i := range rows {
		rows[i] = " " + said[spans[i].Start:spans[i].End]
	}
	last := len(rows) - 1
	rows[last] = " " + text.Clip(said[spans[last].Start:], room)
	for i, line := range rows {
		right := ""
		if i == last {
			right = longest(below, width-1-text.Width(line))
		}
		rows[i] = beside(line, right, width)
	}
	return rows
}

// longest is the first of some forms that has room, or the last.
func longest(forms []string, width int) string {
	for _, s := range forms {
		if text.Width(s) <= width {
			return s
		}
	}
	return forms[len(forms)-1]
}

// beside has one text at the left end of a row and another at the right one.
func beside(left, right string, width int) string {
	left = text.Clip(left, width-text.Width(right))
	return left + strings.Repeat(" ", max(0, width-text.Width(left)-text.Width(right))) + right
}

// below tells what is below the window, if that is in sight, in forms, longest first.
func (m *Model) below() []string {
	switch l := m.current.log; {
	case m.overlay != nil && m.place() != selecting:
	case l.unread > 0:
		return []string{fmt.Sprintf("↓ %d new ", l.unread), fmt.Sprintf("↓%d ", l.unread)}
	case l.moreBelow():
		return []string{"↓ more ", "↓ "}
	}
	return []string{""}
}

// summary is the lower bar while there is no hint, in so many cells of a screen.
func (m *Model) summary(screen, width int) string {
	var parts []part
	if joining := m.joiningNow(); joining != nil {
		parts = append(parts, part{joining, 0})
	}
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
	if m.roomsHidden(screen) {
		parts = append(parts, part{[]string{m.roomsInBrief(screen * 3 / 4)}, 0})
	}
	return fit(parts, width)
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

// joiningNow says which rooms are still to be joined, in forms for fit; nil: none.
func (m *Model) joiningNow() []string {
	names := m.joining()
	if len(names) == 0 {
		return nil
	}
	now, short := "joining "+names[0]+"…", fmt.Sprintf("joining %s…", text.Clip(names[0], 16))
	if more := len(names) - 1; more > 0 {
		now, short = fmt.Sprintf("%s, then %d more", now, more), fmt.Sprintf("joining %d rooms…", len(names))
	}
	return []string{now, short, "joining…"}
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
