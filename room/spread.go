package room

import (
	"slices"

	"gochat/internal/wire"
)

// spread passes a committed record on. The author pushes on all links. In a
// mesh, whoever hears it from the author announces it, for those the author
// cannot reach; in a large room it is pushed along the tree and announced on
// the other links. What repairs the past is announced to links that were in step.
func (e *Engine) spread(in *incoming) {
	en := in.entry
	switch r := e.rumours.byHint[en.id.Hint()]; {
	case in.own:
		e.spreadOwn(en)
	case r != nil && r.news:
		e.spreadNews(en, r)
	default:
		e.announceTo(e.some(e.lacking(en, func(l *link) bool { return l.synced }), announceLinks), en)
	}
}

func (e *Engine) spreadOwn(en *entry) {
	it := item{entry: en, hop: 1}
	if e.overlay.complete() {
		it.flags = wire.PushToAll
	}
	for _, l := range e.links {
		l.tell(it)
	}
	e.rumours.add(&rumour{hint: en.id.Hint(), author: e.self, at: e.now, news: true, teller: noLink})
}

// spreadNews passes another's record on while it is news.
func (e *Engine) spreadNews(en *entry, r *rumour) {
	var push, announce []*link
	lacking := e.lacking(en, func(*link) bool { return true })
	switch {
	case e.overlay.large:
		for _, l := range lacking {
			if l.lazy {
				announce = append(announce, l)
			} else {
				push = append(push, l)
			}
		}
		if n := len(push) - e.overlay.shape.most; n > 0 { // the mesh it was is not taken down yet
			push = e.some(push, len(push))
			push, announce = push[n:], append(announce, push[:n]...)
		}
		announce = e.some(announce, announceLinks)
	case r.toAll:
		announce = e.some(lacking, insuranceLinks)
	case r.direct || len(e.links) > announceLinks:
		announce = e.some(lacking, announceLinks)
	default:
		push = lacking
	}
	for _, l := range push {
		l.tell(item{entry: en, hop: r.nextHop()})
	}
	e.announceTo(announce, en)
}

func (l *link) tell(it item) {
	if len(l.news) < maxNews {
		l.news = append(l.news, it)
	}
}

// lacking are the links whose peers are not known to have a record.
func (e *Engine) lacking(en *entry, may func(*link) bool) (out []*link) {
	h := en.id.Hint()
	for _, l := range e.links {
		if l.peer != en.chain.key.author && !l.known.has(h) && may(l) {
			out = append(out, l)
		}
	}
	return out
}

// some are up to n of the links, at random.
func (e *Engine) some(links []*link, n int) []*link {
	if len(links) > n {
		e.cfg.Rand.Shuffle(len(links), func(i, j int) { links[i], links[j] = links[j], links[i] })
		links = links[:n]
	}
	return links
}

// announceTo announces a record, a little later, together with others.
func (e *Engine) announceTo(links []*link, en *entry) {
	for _, l := range links {
		if len(l.announce) == 0 {
			l.announceAt = e.now.Add(announceDelay)
		}
		if len(l.announce) < wire.MaxHints { // the rest is left to the digests
			l.announce = append(l.announce, en.id.Hint())
		}
	}
}

// flushAnnounce sends what is due, or can go along with something else.
func (e *Engine) flushAnnounce(l *link) {
	if len(l.announce) == 0 || e.now.Before(l.announceAt) && len(l.out) == 0 {
		return
	}
	hints := slices.DeleteFunc(l.announce, l.known.has)
	if len(hints) > 0 {
		e.send(l, wire.LinkIHave{Hints: hints})
	}
	l.announce, l.announceAt = nil, noTime
}

// announced takes an IHAVE.
func (e *Engine) announced(l *link, hints []wire.Hint) {
	for _, h := range hints {
		if e.log.byHint[h] == nil {
			e.wantAnnounced(l, h)
		} else {
			e.overheard(l, h)
		}
		l.known.add(h)
		e.tracker.got(e, l.peer, h)
	}
}

// asked takes a WANT. What is news still goes before all that repairs the past.
func (e *Engine) asked(l *link, want wire.LinkWant) {
	for _, h := range want.Hints {
		for _, en := range e.log.hinted(h) {
			switch r := e.rumours.byHint[h]; {
			case !en.held():
			case r != nil && r.news:
				l.tell(item{entry: en, hop: r.nextHop(), asked: true})
			default:
				l.repair(en, true)
			}
		}
	}
	for _, s := range want.Spans {
		c := e.log.chains[chainKey{s.Author, s.Chain}]
		if c == nil {
			continue
		}
		c.from(s.From, func(en *entry) bool {
			if en.seq < s.From+s.Count {
				l.repair(en, true)
			}
			return en.seq < s.From+s.Count
		})
	}
}
