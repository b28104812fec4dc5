package room

import (
	"crypto/aes"
	"crypto/cipher"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// link is one neighbour. Nothing of it outlives the link: a neighbour that
// lost its store must not be starved by what we remember of it.
type link struct {
	id     LinkID
	peer   crypto.PublicKey
	block  cipher.Block // salts the sums
	hello  bool
	offset time.Duration
	floor  wire.Clk
	left   bool // said goodbye: it is only answered yet
	gone   bool // and that was told
	synced bool // was once in step

	// What goes out: news first, then what it lacks of the past.
	news          []item
	supply        supply
	inflight      map[wire.Hint]int
	inflightBytes int
	known         recent[wire.Hint] // it has them
	announce      []wire.Hint
	announceAt    time.Time
	ask           wire.LinkWant

	// What comes in.
	unanswered int
	held       []wire.Hint
	refused    []wire.Hint
	inbound    bucket
	recon      bucket
	strikes    int
	wanted     int // hints that it announced and we lack

	sync syncState

	neighbour
	lazy     bool      // the peer pruned us
	pruned   bool      // we pruned the peer
	broken   int       // announcements that came to nothing
	pushedAt time.Time // last

	out  []wire.LinkFrame // of this Step
	sums setSums
	same *comparing
}

// item is a record to be pushed. Without an entry it marks the place in the
// supply where a reconciliation ends.
type item struct {
	entry *entry
	hop   uint8
	flags wire.PushFlags
	asked bool // even if it seems to have it
}

func (e *Engine) linkUp(ev LinkUp) {
	if e.link(ev.Link) != nil || e.leaving || e.refuseBanned(ev) {
		return
	}
	block, err := aes.NewCipher(ev.Key[:])
	if err != nil {
		return // not with 16 bytes
	}
	l := &link{
		id: ev.Link, peer: ev.Peer, block: block,
		inflight: make(map[wire.Hint]int),
		known:    recent[wire.Hint]{limit: maxKnown},
		inbound:  bucket{rate: inboundRate, burst: inboundBurst},
		recon:    bucket{rate: reconRate, burst: reconBurst},
		sync:     syncState{dirtyAt: e.now},
		pushedAt: e.now,
	}
	e.neighbourUp(l)
	e.links = append(e.links, l)
	e.tracker.joined(e, ev.Peer)
	e.send(l, wire.LinkHello{Now: clkOf(e.now), Floor: e.floor})
	e.introduce(l)
	e.sendDigest(l, false)
	e.wants.hurry(e.now)
}

// introduce pushes our own records that nobody has yet, and, if they are few,
// those of the last hour, right behind the HELLO: what was typed before anybody
// was there must not wait for two sides to compare what they have, and is news
// however old it is. In a large room the first link is enough.
func (e *Engine) introduce(l *link) {
	if e.overlay.large && len(e.links) > 1 {
		return
	}
	alone := e.tracker.alone()
	if e.own.line.n <= introduceMax {
		since := clkOf(e.roomNow().Add(-recentPast))
		e.own.from(0, func(en *entry) bool {
			if en.clk >= since && !e.tracker.has(en, l.peer) && !slices.Contains(alone, en) {
				l.tell(item{entry: en, hop: 1})
			}
			return true
		})
	}
	if len(alone) > 0 {
		e.tellProfile(l)
	}
	for _, en := range alone {
		l.tell(item{entry: en, hop: 1})
	}
}

// tellProfile pushes our newest profile. It is written at the start, so the
// first words of a run build on it, and would wait until it is asked for.
func (e *Engine) tellProfile(l *link) {
	if a := e.log.authors[e.self]; a != nil && len(a.profiles) > 0 {
		l.tell(item{entry: a.profiles[len(a.profiles)-1], hop: 1})
	}
}

func (e *Engine) linkDown(l *link) {
	for i, o := range e.links {
		if o == l {
			e.links = append(e.links[:i:i], e.links[i+1:]...)
			break
		}
	}
	if e.session != nil && e.session.link == l {
		e.session = nil
	}
	e.neighbourDown(l)
	if !e.linked(l.peer) {
		e.typing.ended(e, l.peer)
	}
	if e.overlay.large && !e.linked(l.peer) {
		e.tracker.left(e, l.peer) // others bring it what it lacks, and nobody need tell us
	}
	if l.same != nil {
		e.sameDone(l)
	}
	e.wants.hurry(e.now)
}

// send queues a frame. Those of one Step go out together at its end, so that
// the small ones travel in one packet.
func (e *Engine) send(l *link, f wire.LinkFrame) {
	if !e.leaving && !l.left {
		l.out = append(l.out, f)
	}
}

func (e *Engine) flushOut(l *link) {
	for _, f := range l.out {
		e.act(Send{Link: l.id, Frame: wire.AppendLinkFrame(nil, f)})
	}
	l.out = nil
}

// frame takes one frame from a link.
func (e *Engine) frame(l *link, data []byte) {
	f, err := wire.ParseLinkFrame(data)
	if err != nil {
		e.strike(l)
		return
	}
	hello, isHello := f.(wire.LinkHello)
	if isHello == l.hello && f != nil { // first HELLO, and then never again
		e.strike(l)
		return
	}
	switch f := f.(type) {
	case wire.LinkHello:
		l.hello = true
		e.greeted(l, hello)
	case wire.LinkPush:
		e.pushed(l, f)
	case wire.LinkIHave:
		e.announced(l, f.Hints)
	case wire.LinkWant:
		e.asked(l, f)
	case wire.LinkDigest:
		e.digestCame(l, f)
	case wire.LinkRecon:
		e.reconCame(l, f)
	case wire.LinkAck:
		e.acked(l, f)
	case wire.LinkPrune:
		l.lazy = true
	case wire.LinkGraft:
		l.lazy = false
	case wire.LinkNeighbour:
		e.neighbourSaid(l, f.Priority)
	case wire.LinkDisconnect:
		e.disconnected(l)
	case wire.LinkFloor:
		l.floor = max(l.floor, f.Floor)
	case wire.LinkSame:
		e.sameCame(l, f)
	case wire.LinkTyping:
		e.typing.began(e, l.peer)
	case wire.LinkBye:
		l.left = true
		e.typing.ended(e, l.peer)
		e.tracker.left(e, l.peer)
	}
}

// bucket is a token bucket that may run into debt. It starts full.
type bucket struct {
	rate, burst float64 // tokens a second, tokens
	spent       float64
	at          time.Time
}

func (b *bucket) refill(now time.Time) {
	if now.After(b.at) {
		if !b.at.IsZero() {
			b.spent = max(0, b.spent-b.rate*now.Sub(b.at).Seconds())
		}
		b.at = now
	}
}

// take spends n tokens and reports whether they were there.
func (b *bucket) take(now time.Time, n float64) bool {
	b.refill(now)
	b.spent += n
	return b.spent <= b.burst
}

// paid is when the debt is paid; not after now if there is none.
func (b *bucket) paid(now time.Time) time.Time {
	b.refill(now)
	if b.spent <= b.burst {
		return now
	}
	// A millisecond more: rounding must not let the timer come too early for ever.
	return now.Add(time.Duration((b.spent-b.burst)/b.rate*float64(time.Second)) + time.Millisecond)
}
