package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// Digests tell whether two members hold the same. If not, one of them, the
// one that has less, starts a session, with one link at a time: an empty
// member must not be sent the room's past by everybody at once.

// session is the reconciliation that is being led from here.
type session struct {
	link     *link
	deadline time.Time
	brought  int // bytes since the deadline was last put off
}

// syncState is what a link knows of the comparison of both sets.
type syncState struct {
	count    uint64 // in the last digest sent
	theirs   uint64 // in the last digest received
	sum      wire.SetSum
	sent     time.Time
	equalAt  uint64    // the version of the log that equalled the peer's, plus one
	dirtyAt  time.Time // when it ceased to
	need     bool      // sets differ, and it is ours to start
	needAt   uint64    // the version then
	pressed  bool      // asked again once, because the set had changed
	past     bool      // the next session is about the past
	notUntil time.Time
	stalled  int // sessions in a row that did not come to an end
}

func (e *Engine) sendDigest(l *link, answer bool) {
	all := e.piece(l, zeroBound, endBound)
	l.sync.count, l.sync.sum, l.sync.sent = uint64(all.n), l.sum(e, all), e.now
	e.send(l, wire.LinkDigest{Answer: answer, Count: l.sync.count, Sum: l.sync.sum})
}

func (e *Engine) digestCame(l *link, d wire.LinkDigest) {
	if !l.recon.take(e.now, 1) {
		return
	}
	if d.Answer {
		e.sendDigest(l, false)
	}
	s := &l.sync
	s.theirs = d.Count
	all := e.piece(l, zeroBound, endBound)
	if d.Count == uint64(all.n) && d.Sum == l.sum(e, all) {
		l.synced, s.need, s.pressed, s.past = true, false, false, false
		s.equalAt = e.log.version + 1
		e.ownAnswered()
		e.tracker.gotRange(e, l.peer, zeroBound, endBound)
		return
	}
	switch {
	case d.Count == s.count && d.Sum == s.sum:
		// Equal when ours was sent; what came since is on its way.
		l.synced, s.need = true, false
	case d.Count == 0 && s.count <= listMax:
		for _, en := range e.entries(all) {
			l.repair(en, false)
		}
	case s.count == 0 && d.Count <= listMax:
		// The peer, by the same rule, sends all it has.
	case s.count < d.Count || s.count == d.Count && e.self.Compare(l.peer) < 0:
		s.need, s.needAt = true, e.log.version
	}
}

// sessionDeadline is when the next session may start; zero if none is wanted.
func (e *Engine) sessionDeadline() (at time.Time) {
	for _, l := range e.links {
		if l.sync.need && !e.settling(l) && (at.IsZero() || l.sync.notUntil.Before(at)) {
			at = l.sync.notUntil
			if at.Before(e.now) {
				at = e.now
			}
		}
	}
	return at
}

// settling reports whether what a link was found to have more may be on its
// way into the store: a session that has just ended brought it.
func (e *Engine) settling(l *link) bool {
	return l.sync.needAt == e.log.version && e.batch != nil
}

func (e *Engine) dueSessions() {
	if e.session != nil && !e.now.Before(e.session.deadline) {
		s := &e.session.link.sync
		s.stalled = min(s.stalled+1, maxStalled)
		s.notUntil = e.now.Add(sessionPause << s.stalled)
		e.session = nil
	}
	if e.session != nil || !slices.ContainsFunc(e.links, func(l *link) bool { return l.sync.need }) {
		return
	}
	for _, l := range e.waitingLongest() {
		if e.session != nil {
			return
		}
		s := &l.sync
		if !s.need || e.now.Before(s.notUntil) || e.settling(l) {
			continue
		}
		s.need = false
		if s.needAt != e.log.version && !s.pressed {
			s.pressed = true // another session may have brought it all
			e.sendDigest(l, true)
			continue
		}
		s.pressed = false
		s.notUntil = e.now.Add(sessionPause)
		e.session = &session{link: l, deadline: e.now.Add(sessionTimeout)}
		e.send(l, e.opening(l))
	}
}

// waitingLongest lists the links in the order in which they may lead a session:
// who stalls must not keep the turn.
func (e *Engine) waitingLongest() []*link {
	links := slices.Clone(e.links)
	slices.SortStableFunc(links, func(a, b *link) int { return a.sync.notUntil.Compare(b.sync.notUntil) })
	return links
}

// sessionProgress keeps the session alive while its link brings something, and
// more than a trickle.
func (e *Engine) sessionProgress(l *link, bytes int) {
	if s := e.session; s != nil && s.link == l {
		if s.brought += bytes; s.brought >= sessionLeast {
			s.brought, s.deadline = 0, e.now.Add(sessionTimeout)
		}
	}
}

func (e *Engine) reconCame(l *link, f wire.LinkRecon) {
	if len(f.Ranges) > 0 && !l.recon.take(e.now, 1) {
		return
	}
	e.sessionProgress(l, sessionLeast)
	if len(f.Ranges) == 0 {
		if f.Initiator {
			l.markEnd()
		} else if e.session != nil && e.session.link == l {
			e.session = nil
			e.sessionDone(l)
		}
		return
	}
	reply := e.compare(l, f)
	switch {
	case reply.open:
		e.send(l, wire.LinkRecon{Initiator: !f.Initiator, Start: f.Start, Ranges: reply.out})
	case f.Initiator:
		l.markEnd()
	default:
		e.flushAsk(l)
		e.send(l, wire.LinkRecon{Initiator: true})
	}
}

// markEnd lets the peer know when all that was queued for it so far is out.
func (l *link) markEnd() {
	l.supply.end = true
}

// dirty reports whether a link's set may differ from ours by our doing.
func (e *Engine) dirty(l *link) bool { return l.sync.equalAt != e.log.version+1 }

// digestDeadline is when a periodic digest is due.
func (e *Engine) digestDeadline() (at time.Time) {
	for _, l := range e.links {
		t := l.sync.sent.Add(digestIdle)
		if e.dirty(l) {
			t = e.changed.Add(digestQuiet)
			if over := l.sync.dirtyAt.Add(digestOverdue); over.Before(t) {
				t = over
			}
		}
		if t.Before(e.digest) {
			t = e.digest
		}
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// dueDigest sends a periodic digest: to a link that is overdue, or to a random
// one among those that may differ.
func (e *Engine) dueDigest() {
	if e.now.Before(e.digest) {
		return
	}
	at := e.digestDeadline()
	if at.IsZero() || e.now.Before(at) {
		return
	}
	var candidates []*link
	for _, l := range e.links {
		idle := !e.now.Before(l.sync.sent.Add(digestIdle))
		if idle || e.dirty(l) {
			candidates = append(candidates, l)
		}
	}
	l := candidates[e.cfg.Rand.IntN(len(candidates))]
	e.sendDigest(l, true)
	jitter := time.Duration(e.cfg.Rand.Int64N(int64(2 * time.Second)))
	e.digest = e.now.Add(digestInterval - time.Second + jitter)
}
