package tui

import (
	"sort"
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// takePast takes in a stretch of the past, in which floods are folded as they are
// while they come; keep are messages that are shown also if they are part of one
// (nil: none). It returns what is shown.
func (p *pane) takePast(past []peer.Message, keep map[string]bool, now time.Time) []peer.Message {
	if len(past) == 0 {
		return nil
	}
	l, from, to := p.log, past[0].Order, past[len(past)-1].Order
	live := l.unfold(from, to)
	shown, folds := front.FoldPast(
		p.room.HistoryBefore(from, front.FoldContext), past, l.next(to),
		func(id string) bool { return l.byID[id] != nil || keep[id] },
	)
	l.prepend(shown, now)
	for _, f := range folds {
		if !live[f.Key] {
			l.fold(f)
		}
	}
	l.latest = max(l.latest, to) // who reads the line need not be told of them again
	return shown
}

// at is the index of the first entry at a place in the order, or behind it.
func (l *log) at(order string) int {
	return sort.Search(len(l.entries), func(i int) bool { return l.entries[i].order >= order })
}

// next is the id of the first message behind a place in the order, "" if there is none.
func (l *log) next(order string) string {
	for _, e := range l.entries[l.at(order):] {
		if !e.isNote() && e.order > order {
			return e.msg.ID
		}
	}
	return ""
}

// unfold takes the lines of floods out that were folded in a stretch of the past,
// which is read anew; live says whose floods are folded there that came since.
func (l *log) unfold(from, to string) (live map[crypto.PublicKey]bool) {
	live = map[crypto.PublicKey]bool{}
	past := false
	for _, e := range l.entries[l.at(from):] {
		if e.order > to {
			break
		}
		past = past || e.fold != nil
		if e.fold == nil && !e.whose.IsZero() {
			live[e.whose] = true
		}
	}
	if past {
		l.drop(func(e *entry) bool { return e.fold != nil && from <= e.order && e.order <= to })
	}
	return live
}

// fold puts the line of a flood of the past in its place, or makes one of it and
// the line of the same flood that it follows, or that follows it.
func (l *log) fold(f front.PastFold) {
	i := l.at(f.Order)
	if i > 0 && l.entries[i-1].fold != nil && l.entries[i-1].whose == f.Key {
		l.refold(l.entries[i-1], l.entries[i-1].fold.Join(f))
		return
	}
	if i < len(l.entries) && l.entries[i].fold != nil && l.entries[i].whose == f.Key {
		e := l.entries[i]
		e.order, e.seen = f.Order, f.Begin
		l.refold(e, f.Join(*e.fold))
		return
	}
	e := &entry{order: f.Order, whose: f.Key, seen: f.Begin}
	l.refold(e, f)
	l.insert(i, e)
}

// refold has a line tell of another burst.
func (l *log) refold(e *entry, f front.PastFold) {
	e.fold, e.note = &f, f.Line()
	l.redraw(e)
	if f.Next == "" {
		l.last = e
	}
}

// behind has the line of a flood that was the end of the past name the message that
// has come behind it.
func (l *log) behind(m peer.Message) {
	if e := l.last; e != nil && m.Order > l.latest {
		l.last = nil
		f := *e.fold
		f.Next = m.ID
		l.refold(e, f)
	}
}
