package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// Flow control: every PUSH is answered by an ACK entry once the record is
// committed or refused, and at most a window of them is unanswered. So a slow
// disk or a slow path slows its senders down, and nobody's memory fills. The
// same ACKs tell an author who has his record.

// admit counts a PUSH of so many bytes; false if the sender ignores the window.
func (l *link) admit(now time.Time, size int) bool {
	l.inbound.take(now, 1+float64(size/inboundUnit))
	l.unanswered++
	return l.unanswered <= 2*window // twice: duplicates are answered late, too
}

// answer queues the answer to a PUSH.
func (l *link) answer(id wire.RecordID, held bool) {
	if held {
		l.held = append(l.held, id.Hint())
	} else {
		l.refused = append(l.refused, id.Hint())
	}
}

// ackDeadline is when held-back answers may go; zero if there are none.
func (l *link) ackDeadline(now time.Time) time.Time {
	if len(l.held)+len(l.refused) == 0 {
		return time.Time{}
	}
	return l.inbound.paid(now)
}

// acked takes the answers to our pushes.
func (e *Engine) acked(l *link, ack wire.LinkAck) {
	for _, h := range ack.Held {
		l.landed(e.now, h)
		l.known.add(h)
		e.tracker.got(e, l.peer, h)
	}
	for _, h := range ack.Refused {
		l.landed(e.now, h)
	}
}

func (l *link) landed(now time.Time, h wire.Hint) {
	l.supply.pacer.landed(now, h)
	l.inflightBytes -= l.inflight[h]
	delete(l.inflight, h)
}

// flushLink sends what a link has waiting for it.
func (e *Engine) flushLink(l *link) {
	if l.left {
		e.farewell(l)
		return
	}
	if due := l.ackDeadline(e.now); !due.IsZero() && !due.After(e.now) {
		e.send(l, wire.LinkAck{Held: l.held, Refused: l.refused})
		l.unanswered -= len(l.held) + len(l.refused)
		l.held, l.refused = nil, nil
	}
	e.flushAsk(l)
	for len(l.inflight) < window && l.inflightBytes < windowBytes {
		it, ok := e.next(l)
		if !ok {
			break
		}
		if it.entry == nil {
			e.send(l, wire.LinkRecon{})
			continue
		}
		e.push(l, it)
	}
	e.flushAnnounce(l) // last, as a passenger
	e.flushOut(l)
}

// farewell tells that a member left once it has all answers to what it sent
// last: it waits for them.
func (e *Engine) farewell(l *link) {
	if l.gone || !e.leaving && e.storing(l) {
		return
	}
	if len(l.held)+len(l.refused) > 0 && !e.leaving {
		l.out = append(l.out, wire.LinkAck{Held: l.held, Refused: l.refused})
		l.held, l.refused = nil, nil
	}
	e.flushOut(l)
	l.gone = true
	e.act(PeerLeft{Link: l.id, Peer: l.peer})
}

// SaidBye reports whether a link's member said goodbye, and waits for answers
// perhaps; see PeerLeft.
func (e *Engine) SaidBye(id LinkID) bool {
	l := e.link(id)
	return l != nil && l.left
}

// storing reports whether something that a link brought waits for the store.
func (e *Engine) storing(l *link) bool {
	brought := func(in *incoming) bool { return slices.Contains(in.from, l.id) }
	return slices.ContainsFunc(e.queue, brought) || e.batch != nil && slices.ContainsFunc(e.batch.in, brought)
}

func (e *Engine) flushAsk(l *link) {
	if len(l.ask.Hints)+len(l.ask.Spans) > 0 {
		e.send(l, l.ask)
		l.ask = wire.LinkWant{}
	}
}

func (e *Engine) next(l *link) (it item, ok bool) {
	if len(l.news) > 0 {
		it, l.news = l.news[0], l.news[1:]
		return it, true
	}
	return e.nextRepair(l)
}

func (e *Engine) push(l *link, it item) {
	h := it.entry.id.Hint()
	if _, flying := l.inflight[h]; flying || !it.entry.held() || l.known.has(h) && !it.asked {
		return
	}
	raw := e.encoded(it.entry)
	if raw == nil {
		return
	}
	l.inflight[h] = len(raw)
	l.inflightBytes += len(raw)
	if it.flags&wire.PushRepair != 0 {
		l.supply.pacer.pushed(e.now, h, len(raw))
	}
	e.send(l, wire.LinkPush{Hop: it.hop, Flags: it.flags, Record: raw})
}

// repair queues a record that the link lacks.
func (l *link) repair(en *entry, asked bool) {
	if en.clk >= l.floor {
		l.supply.add(en, asked)
	}
}
