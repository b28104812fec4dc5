package room

import (
	"slices"

	"gochat/internal/wire"
)

// spread passes a committed record on. The author pushes on all links; whoever
// hears it from the author only announces it, for those the author cannot
// reach. What came another way is pushed on while it is news, and announced,
// to links that were in step, when it repairs the past.
func (e *Engine) spread(in *incoming) {
	switch {
	case in.own:
		for _, l := range e.links {
			l.tell(item{entry: in.entry, hop: 1, flags: wire.PushToAll})
		}
	case in.flags&wire.PushRepair != 0:
		e.announceTo(in.entry, func(l *link) bool { return l.synced })
	case in.flags&wire.PushToAll != 0 && in.hop == 1 || in.hop >= maxHop || len(e.links) > announceLinks:
		e.announceTo(in.entry, func(*link) bool { return true })
	default:
		for _, l := range e.links {
			if l.peer != in.entry.chain.key.author && !slices.Contains(in.from, l.id) {
				l.tell(item{entry: in.entry, hop: in.hop + 1})
			}
		}
	}
}

func (l *link) tell(it item) {
	if len(l.news) < maxNews {
		l.news = append(l.news, it)
	}
}

// announceTo announces a record on a few links that may lack it, at random.
func (e *Engine) announceTo(en *entry, may func(*link) bool) {
	h := en.id.Hint()
	var to []*link
	for _, l := range e.links {
		if l.peer != en.chain.key.author && !l.known.has(h) && may(l) {
			to = append(to, l)
		}
	}
	if len(to) > announceLinks {
		e.cfg.Rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
		to = to[:announceLinks]
	}
	for _, l := range to {
		if len(l.announce) == 0 {
			l.announceAt = e.now.Add(announceDelay)
		}
		if len(l.announce) < wire.MaxHints { // the rest is left to the digests
			l.announce = append(l.announce, h)
		}
	}
}

func (e *Engine) flushAnnounce(l *link) {
	if len(l.announce) == 0 || e.now.Before(l.announceAt) {
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
		l.known.add(h)
		e.tracker.got(e, l.peer, h)
		if e.log.byHint[h] == nil {
			e.wantAnnounced(l, h)
		}
	}
}

// asked takes a WANT.
func (e *Engine) asked(l *link, want wire.LinkWant) {
	for _, h := range want.Hints {
		for _, en := range e.log.hinted(h) {
			if en.held() {
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
