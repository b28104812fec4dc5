package tui

import (
	"slices"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// What changes on the screen after it was drawn: messages, in place, and the
// line that says what is missing.

// changed shows a message as it is now; one that is not here is none of ours.
func (l *log) changed(m peer.Message) {
	e := l.byID[m.ID]
	if e == nil {
		return
	}
	e.msg = m
	if m.ReplyTo == "" {
		e.quote = "" // deleted: it says nothing any more, nor to whom
	}
	l.redraw(e)
	l.requote(m.ID)
}

func (l *log) delivered(d peer.Delivered) {
	if e := l.byID[d.ID]; e != nil {
		e.msg.Delivered, e.msg.Of, e.waiting = d.Delivered, d.Of, front.Waiting(d)
		e.msg.Complete = false
		l.redraw(e)
	}
}

// requote renews what is quoted of a message.
func (l *log) requote(id string) {
	for _, e := range l.answers[id] {
		if e.msg.ReplyTo == id {
			e.quote = front.Quote(e.msg, l.find)
			l.redraw(e)
		}
	}
}

// find finds a message to be quoted.
func (l *log) find(id string) (peer.Message, bool) {
	if e := l.byID[id]; e != nil {
		return e.msg, true
	}
	if l.view == nil || id == "" {
		return peer.Message{}, false
	}
	return l.view(id)
}

// redraw lays an entry out anew. The window's edge stays in it.
func (l *log) redraw(e *entry) {
	e.changed()
	if !l.following && l.anchor < len(l.entries) && l.entries[l.anchor] == e {
		l.below = min(l.below, len(l.rows(l.anchor))-1)
	}
}

// missing says what is missing, in one place; "" if nothing is any more.
func (l *log) missing(s string, now time.Time) {
	switch {
	case l.holes == nil && s != "":
		l.holes = l.note(s, peer.Warning, now)
	case l.holes != nil && s != "":
		l.holes.note = s
		l.redraw(l.holes)
	case l.holes != nil:
		l.holes.note, l.holes.level = front.HolesFilled, peer.Info
		l.redraw(l.holes)
		l.holes = nil
	}
}

// cameOrWent notes a member's change, which is put into words. What follows
// another of its kind, on the same day, goes into the same line.
func (l *log) cameOrWent(e peer.MemberChanged, line string, now time.Time) {
	n := len(l.entries)
	if n > 0 && l.comings == l.entries[n-1] && sameDay(l.comings.seen, now) && l.folded.Take(e, line) {
		l.comings.note = l.folded.String()
		l.redraw(l.comings)
		return
	}
	if line == "" {
		return
	}
	note := l.note(line, peer.Info, now)
	if folded := (front.Comings{}); folded.Take(e, line) {
		l.comings, l.folded = note, folded
	}
}

// forget drops what is kept about an entry that goes.
func (l *log) forget(e *entry) {
	if e == l.holes {
		l.holes = nil
	}
	if e == l.last {
		l.last = nil
	}
	if e == l.comings {
		l.comings = nil
	}
	if e.isNote() {
		return
	}
	delete(l.byID, e.msg.ID)
	to := e.msg.ReplyTo
	if l.answers[to] = slices.DeleteFunc(l.answers[to], func(x *entry) bool { return x == e }); len(l.answers[to]) == 0 {
		delete(l.answers, to)
	}
}

// oldest is the order of the first message here, or of one that is folded; "" if
// there is none.
func (l *log) oldest() string {
	for _, e := range l.entries {
		if !e.isNote() || e.fold != nil {
			return e.order
		}
	}
	return ""
}
