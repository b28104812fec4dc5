package tui

import (
	"slices"
	"sort"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// jumpPage is how many messages are read at once on the way to an old one.
const jumpPage = 1000

// jump has a message selected, in the middle of the window; what lies between
// it and the oldest message here is read first, beside. hint is said there.
func (m *Model) jump(p *pane, to peer.Message, hint string) {
	if p.log.index(to.ID) >= 0 {
		m.arrive(p, to.ID, hint)
		return
	}
	oldest, space := p.log.oldest(), maxEntries-roomForNews-len(p.log.entries)
	if oldest == "" || to.Order >= oldest {
		m.hint = "it is not on the screen; /history 50 " + front.Ref(to.ID) + " shows what was before it"
		return
	}
	m.hint = working
	r := p.room
	m.beside(func() outcome {
		past, reached := pastUpTo(r, oldest, to.Order, space)
		return outcome{then: func() {
			p.log.prepend(past, m.now())
			switch {
			case !reached || p.log.index(to.ID) < 0:
				m.hint = "that is too far back; /history 50 " + front.Ref(to.ID) + " shows what was before it"
			case p == m.current && m.hint == working:
				m.arrive(p, to.ID, hint)
			default: // letters being typed must not become commands
				m.hint = "it is on the screen of " + p.name() + " now; Ctrl-S goes to it"
			}
		}}
	})
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

// prepend takes in a stretch of the past that ends at the oldest message here,
// as a whole: one by one would move all that is here for each.
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
