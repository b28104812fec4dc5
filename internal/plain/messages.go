package plain

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// book is what was told about the messages of one room.
type book struct {
	shown   front.Shown
	flood   front.Flood
	placed  int    // records of the past, since they were told of
	waiting string // for whom messages wait, as last told
}

func (p *printer) book(room string) *book {
	if p.books[room] == nil {
		p.books[room] = &book{}
	}
	return p.books[room]
}

// recall prints the last messages of a room that was there before this front, and
// of floods one line, as of those that come.
func (p *printer) recall(r front.Room) {
	if p.opts.Recall == 0 {
		return
	}
	missed := slices.DeleteFunc(slices.Clone(p.opts.Missed), func(m peer.MessageEvent) bool { return m.Room != r.Name() })
	ready := front.IsReady(r) // what is read later need not have all that was missed
	past := recalled(r, p.opts.Recall, missed)
	for _, m := range past {
		p.book(r.Name()).shown.Show(m) // what is folded is told of, too
	}
	p.past(r, past)
	for _, m := range missed {
		if p.err == nil && ready {
			m.Show()
		}
	}
}

// past prints a stretch of the past.
func (p *printer) past(r front.Room, past []peer.Message) {
	if len(past) == 0 {
		return
	}
	shown, folds := front.FoldPast(r.HistoryBefore(past[0].Order, front.FoldContext), past, "", nil)
	for _, m := range shown {
		for len(folds) > 0 && folds[0].Order < m.Order {
			p.say(r.Name(), folds[0].Line())
			folds = folds[1:]
		}
		p.lines(m)
	}
	for _, f := range folds {
		p.say(r.Name(), f.Line())
	}
}

// recallPage is how many messages are fetched at a time, until all are there.
const recallPage = 500

// recalled are a room's last messages, at least n, and all since the oldest that
// was missed. How many those are by now is not known before: more may have come.
func recalled(r front.Room, n int, missed []peer.MessageEvent) []peer.Message {
	past := r.History(n)
	if len(missed) == 0 {
		return past
	}
	oldest := slices.MinFunc(missed, func(a, b peer.MessageEvent) int { return cmp.Compare(a.Order, b.Order) }).Order
	for len(past) > 0 && past[0].Order > oldest {
		page := r.HistoryBefore(past[0].Order, recallPage)
		if len(page) == 0 {
			break
		}
		first := slices.IndexFunc(page, func(m peer.Message) bool { return m.Order >= oldest })
		if first < 0 {
			break
		}
		past = slices.Concat(page[first:], past)
	}
	return past
}

func (p *printer) message(e peer.MessageEvent) {
	if p.err == nil {
		e.Show()
	}
	b := p.book(e.Room)
	if p.opts.Recall > 0 && b.shown.Knows(e.ID) {
		return // it came while the past was printed
	}
	show, _, over := b.flood.Step(time.Now(), e.Message)
	if over != nil {
		p.say(e.Room, over.Line())
	}
	if !show {
		p.awaitFloods()
		return
	}
	b.shown.Show(e.Message)
	if e.Ahead {
		p.say(e.Room, front.AheadLine(e.Message))
	}
	if !e.Own || !p.opts.InputEchoed {
		p.lines(e.Message)
	}
	if len(e.Reactions) > 0 {
		p.reactions(e.Message) // they were here first
	}
}

// changed prints a message again that is no more as it was printed; what
// others think of it is no message.
func (p *printer) changed(e peer.MessageChanged) {
	text, reactions := p.book(e.Room).shown.Change(e.Message)
	if text {
		p.lines(e.Message)
	}
	if reactions {
		p.reactions(e.Message)
	}
}

func (p *printer) reactions(m peer.Message) {
	line := cmp.Or(front.Reactions(m), "none any more")
	p.say(m.Room, "reactions to "+front.Ref(m.ID)+", "+front.Brief(m)+" — "+line)
}

// lines prints a message with what it answers.
func (p *printer) lines(m peer.Message) {
	view := func(string) (peer.Message, bool) { return peer.Message{}, false }
	if r := front.Find(p.sess, m.Room); r != nil {
		view = r.View
	}
	if p.opts.InputEchoed {
		m = front.ClipText(m) // somebody reads it; a log is whole
	}
	p.print(p.opts.Out, m.Room, front.MessageLines(m, front.Quote(m, view)))
}

// filled tells of the past once it is complete.
func (p *printer) filled(e peer.HistoryFilled) {
	b := p.book(e.Room)
	b.placed += e.Count
	if line := front.FilledLine(b.placed, e, "/history"); line != "" {
		p.say(e.Room, line)
		b.placed = 0
	}
}

// delivered tells what takes long, once for all messages with the same reason.
func (p *printer) delivered(e peer.Delivered) {
	b := p.book(e.Room)
	why := front.Waiting(e)
	if why != "" && why != b.waiting {
		what := "a change of yours"
		if b.shown.Knows(e.ID) {
			what = front.Ref(e.ID)
		}
		p.say(e.Room, "! "+what+" is not with everybody yet: "+why)
	}
	if why != "" || e.Delivered >= e.Of {
		b.waiting = why
	}
}

// never is later than anything is due.
const never = 1 << 40 * time.Microsecond

// tellFloods tells of messages that are folded, as far as that is due.
func (p *printer) tellFloods(now time.Time) {
	for _, room := range slices.Sorted(maps.Keys(p.books)) {
		for _, b := range p.books[room].flood.Tick(now) {
			p.say(room, b.Line())
		}
	}
	p.awaitFloods()
}

// awaitFloods has tellFloods called when the next thing is due.
func (p *printer) awaitFloods() {
	p.floods = nil
	var first time.Time
	for _, b := range p.books {
		if at := b.flood.NextDeadline(); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if !first.IsZero() {
		p.floods = time.After(time.Until(first))
	}
}
