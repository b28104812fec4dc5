package tui

import (
	"slices"
	"sort"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

const (
	// jumpPage is how many messages are read at once on the way to an old one.
	jumpPage = 1000
	// jumpAround is how many are read on each side of one that was left out: more
	// than half a screen.
	jumpAround = 50
)

// jump has a message selected, in the middle of the window. What is not here is
// read first, beside: all that lies between it and the oldest message here, or,
// if it was left out behind that one, as what is folded in a flood is, what is
// around it. hint is said there.
func (m *Model) jump(p *pane, to peer.Message, hint string) {
	if p.log.index(to.ID) >= 0 {
		m.arrive(p, to.ID, hint)
		return
	}
	oldest, space := p.log.oldest(), maxEntries-roomForNews-len(p.log.entries)
	r := p.room
	m.hint = working
	m.beside(func() outcome {
		var past []peer.Message
		missing := "that message is not in the history any more"
		if oldest == "" || to.Order >= oldest {
			past = around(r, to.Order)
		} else if page, reached := pastUpTo(r, oldest, to.Order, space); reached {
			past = page
		} else {
			missing = "that is too far back; /history 50 " + front.Ref(to.ID) + " shows what was before it"
		}
		return outcome{then: func() { m.land(p, to, past, hint, missing) }}
	})
}

// land takes in what a jump has read, and ends it, with another hint if the
// message is missing.
func (m *Model) land(p *pane, to peer.Message, past []peer.Message, hint, missing string) {
	id := to.ID
	if to.Order < p.log.oldest() {
		p.takePast(past, near(past, id), m.now())
	} else {
		p.log.prepend(past, m.now()) // it was folded, and so is all around it
	}
	switch {
	case p.log.index(id) < 0:
		m.hint = missing
	case p == m.current && m.hint == working:
		m.arrive(p, id, hint)
	default: // letters being typed must not become commands
		m.hint = "it is on the screen of " + p.name() + " now; Ctrl-S goes to it"
	}
}

// near has what is around a message shown, whether or not it is part of a flood.
func near(past []peer.Message, id string) (keep map[string]bool) {
	keep = map[string]bool{}
	if at := slices.IndexFunc(past, func(m peer.Message) bool { return m.ID == id }); at >= 0 {
		for _, m := range past[max(0, at-jumpAround):min(len(past), at+jumpAround+1)] {
			keep[m.ID] = true
		}
	}
	return keep
}

func (m *Model) arrive(p *pane, id, hint string) {
	p.log.center(p.log.index(id))
	m.selectIn(p, id)
	m.hint = hint
}

// pastUpTo reads what is older than one place in the order, down to another;
// reached is false if that would be more than so many messages.
func pastUpTo(r front.Room, before, to string, most int) (past []peer.Message, reached bool) {
	var pages [][]peer.Message
	for n := 0; before > to; {
		page := r.HistoryBefore(before, jumpPage)
		if n += len(page); len(page) == 0 || n > most {
			return nil, false
		}
		pages = append(pages, page)
		before = page[0].Order
	}
	slices.Reverse(pages)
	return slices.Concat(pages...), true
}

// around reads what stands at a place in the order, and what is on both sides.
func around(r front.Room, order string) []peer.Message {
	list, from := r.HistoryBefore(order, jumpAround), beforeAll
	if n := len(list); n > 0 {
		from = list[n-1].Order
	}
	return slices.Concat(list, r.HistoryAfter(from, 1+jumpAround))
}

// prepend takes in a stretch of the past, as far as it is older than all that is
// here as a whole: one by one would move all that is here for each.
func (l *log) prepend(past []peer.Message, now time.Time) {
	oldest := l.oldest()
	var older []*entry
	for _, m := range past {
		if l.byID[m.ID] != nil || oldest != "" && m.Order >= oldest {
			l.place(m, now)
			continue
		}
		e := &entry{order: m.Order, msg: m, seen: now}
		l.byID[m.ID] = e
		older = append(older, e)
	}
	for _, e := range older {
		if to := e.msg.ReplyTo; to != "" {
			e.quote = front.Quote(e.msg, l.find)
			l.answers[to] = append(l.answers[to], e)
		}
		l.requote(e.msg.ID)
	}
	if len(older) == 0 {
		return
	}
	first := older[0].order
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].order > first })
	l.entries = slices.Insert(l.entries, i, older...)
	if i <= l.anchor {
		l.anchor += len(older)
	}
	l.latest = max(l.latest, older[len(older)-1].order)
	if l.following {
		l.bottom()
	}
}

// index finds the entry of a message, -1 if there is none.
func (l *log) index(id string) int {
	e := l.byID[id]
	if e == nil {
		return -1
	}
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].order >= e.order })
	for i < len(l.entries) && l.entries[i] != e {
		i++
	}
	return i
}

// center moves the window so that entry i stands in its middle.
func (l *log) center(i int) {
	l.following, l.anchor, l.below = false, i, 0
	l.scrollDown(max(0, l.height-len(l.rows(i))) / 2)
}

// reveal moves the window as little as possible, so that entry i is in it.
func (l *log) reveal(i int) {
	if i > l.anchor || i == l.anchor && l.below > 0 {
		l.anchor, l.below = i, 0
		return
	}
	hidden := -l.below - l.height // rows above the window, from i on
	for j := i; j <= l.anchor && hidden <= 0; j++ {
		hidden += len(l.rows(j))
	}
	if hidden > 0 {
		l.following, l.anchor, l.below = false, i, 0
		l.scrollDown(max(0, l.height-len(l.rows(i))))
	}
}
