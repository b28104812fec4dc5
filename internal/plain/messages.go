package plain

import (
	"cmp"

	"gochat/internal/front"
	"gochat/peer"
)

// book is what was told about the messages of one room.
type book struct {
	shown   front.Shown
	placed  int    // records of the past, since they were told of
	waiting string // for whom messages wait, as last told
}

func (p *printer) book(room string) *book {
	if p.books[room] == nil {
		p.books[room] = &book{}
	}
	return p.books[room]
}

func (p *printer) message(e peer.MessageEvent) {
	e.Show()
	p.book(e.Room).shown.Show(e.Message)
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
