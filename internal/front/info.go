package front

import (
	"fmt"
	"strings"

	"gochat/peer"
)

// clkDigits are those of an order that are no part of the id.
const clkDigits = 12

// info is all that is known of one message, for /info.
func info(c call) Result {
	if strings.ContainsAny(c.args, " \n") {
		return failed("usage: /info, or /info ~3")
	}
	m, err := refer(c.room, strings.TrimPrefix(c.args, "~"), isOwn, noOwn)
	if err != nil && c.args == "" {
		m, err = refer(c.room, "", isAny, noAny)
	}
	if err != nil {
		return failed(err.Error())
	}
	lines := []string{
		Brief(m),
		"  number    " + Ref(m.ID) + ", of the id",
		"            " + m.ID,
		"  written   " + m.Time.Local().Format("2 Jan 2006 15:04:05") + " by its author's clock",
		"  order     " + m.Order[:min(len(m.Order), clkDigits)] + ", then by id",
	}
	if m.ReplyTo != "" {
		lines = append(lines, "  answers   "+strings.TrimPrefix(Quote(m, c.room.View), "> "))
	}
	if m.Edited {
		lines = append(lines, "  edited    this is the newest text; edits are by the author")
	}
	for _, x := range m.Reactions {
		who := people(c.room.People(x.By...))
		if more := x.Count - len(x.By); more > 0 {
			who += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, "  reaction  "+x.Emoji+" "+who)
	}
	if m.Late {
		lines = append(lines, "  late      it came long after it was written")
	}
	if m.Gap {
		lines = append(lines, "  gap       something right before it is missing")
	}
	if m.Own {
		lines = append(lines, deliveryLines(m, c.room.DeliveryOf(m.ID))...)
	}
	return Result{Lines: lines, About: c.room.Name()}
}

// deliveryLines say who has an own message, and who has not and why.
func deliveryLines(m peer.Message, members []peer.MemberDelivery) []string {
	words := DeliveryWords(m.Delivered, m.Of)
	if m.Complete {
		words = "everybody it was meant for has it"
	}
	lines := []string{"  delivery  " + words}
	for _, d := range members {
		lines = append(lines, "            "+Person(d.Person)+": "+d.Reason+copyWords(d))
	}
	return lines
}

// copyWords say where a copy waits for a member, and until when.
func copyWords(d peer.MemberDelivery) string {
	switch {
	case d.Mailbox == "":
		return ""
	case d.Until.IsZero():
		return "; a copy waits in the mailbox of " + d.Mailbox
	}
	return "; a copy waits in the mailbox of " + d.Mailbox + " until " + d.Until.Local().Format("2 Jan 15:04")
}

// DeliveryWords says how far an own message is.
func DeliveryWords(delivered, of int) string {
	switch {
	case of == 0 && delivered == 0:
		return "stored here; it goes to whoever comes"
	case delivered == 0:
		return fmt.Sprintf("stored here; none of %s has it yet", count(of, "member"))
	case delivered < of:
		return fmt.Sprintf("%d of %d members have it", delivered, of)
	}
	return "everybody has it"
}

// DeliveryMark is DeliveryWords in signs: stored here, with some, with all; !
// when it takes long.
func DeliveryMark(delivered, of int, waits bool) string {
	switch {
	case waits && delivered < of:
		return fmt.Sprintf("! %d/%d", delivered, of)
	case delivered == 0:
		return "·"
	case delivered < of:
		return fmt.Sprintf("✓ %d/%d", delivered, of)
	}
	return "✓✓"
}

// Waiting says for whom a message of ours waits, and why; "" if for nobody.
func Waiting(d peer.Delivered) string {
	if len(d.Waiting) == 0 {
		return ""
	}
	parts := make([]string, 0, len(d.Waiting)+1)
	for _, w := range d.Waiting {
		parts = append(parts, Person(w.Person)+": "+w.Reason)
	}
	if more := d.Of - d.Delivered - len(d.Waiting); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// Holes says what is missing, one line an author; "" if nothing is.
func Holes(holes []peer.Hole) string {
	var lines []string
	for i, h := range holes {
		if i == maxHoleLines {
			lines = append(lines, fmt.Sprintf("and from %d more", len(holes)-i))
			break
		}
		them, have := "them", "nobody here has "
		if h.Missing == 1 {
			them = "it"
		}
		if len(h.Holders) == 1 {
			have = people(h.Holders) + " has "
		} else if len(h.Holders) > 1 {
			have = people(h.Holders) + " have "
		}
		from := ""
		if !h.Author.Key.IsZero() {
			from = " from " + Person(h.Author)
		}
		lines = append(lines, fmt.Sprintf("%d%s missing; %s%s", h.Missing, from, have, them))
	}
	return strings.Join(lines, "\n")
}

const (
	maxHoleLines = 5
	// HolesFilled is said when Holes has nothing to say any more.
	HolesFilled = "what was missing has come"
)

// SameLine says whether a member has the same, for /same.
func SameLine(c peer.Comparison) string {
	who := Person(c.Peer)
	if c.Equal {
		return who + " has the same as you"
	}
	if c.Ours+c.Theirs == 0 {
		return who + " did not answer; /same asks again"
	}
	where := "from the beginning on"
	if !c.From.IsZero() {
		where = "from " + c.From.Local().Format("2 Jan 15:04") + " on"
	}
	var parts []string
	if c.Ours > 0 {
		s := fmt.Sprintf("lacks %d that you have", c.Ours)
		if len(c.Authors) > 0 {
			s += ", written by " + people(c.Authors)
		}
		parts = append(parts, s)
	}
	if c.Theirs > 0 {
		parts = append(parts, fmt.Sprintf("has %d that you lack", c.Theirs))
	}
	line := who + " differs " + where + ": " + strings.Join(parts, "; ")
	if !c.Answered {
		line += " (as far as it answered)"
	}
	return line
}

// Reactions is what members reacted to a message with, in one line; "" if nobody did.
func Reactions(m peer.Message) string {
	parts := make([]string, 0, len(m.Reactions))
	for _, x := range m.Reactions {
		s := fmt.Sprintf("%s %d", x.Emoji, x.Count)
		if x.Own {
			s += " (you too)"
			if x.Count == 1 {
				s = x.Emoji + " you"
			}
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "  ")
}

// FilledLine says that older messages came, and what shows them; "" as long as
// more are on the way.
func FilledLine(placed int, e peer.HistoryFilled, shows string) string {
	if e.Left > 0 || placed == 0 {
		return ""
	}
	return fmt.Sprintf("%s of before you came; %s shows messages", count(placed, "older record"), shows)
}
