package room

import (
	"math"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// rumour is what is remembered of a record while it is news.
type rumour struct {
	hint   wire.Hint
	author crypto.PublicKey
	at     time.Time // first heard, or written
	news   bool      // brought as news, not as a repair
	direct bool      // on the author's own link
	toAll  bool      // who pushed it to everybody present
	hop    uint8     // links it came over
	by     []LinkID  // links that pushed it
	teller LinkID    // the first that announced it because it was pruned
}

// nextHop is the hop with which it is pushed on; nothing depends on it.
func (r *rumour) nextHop() uint8 { return min(r.hop, math.MaxUint8-1) + 1 }

// rumours are those of the last seconds, the oldest first.
type rumours struct {
	byHint map[wire.Hint]*rumour
	order  []*rumour
}

func (r *rumours) init() { r.byHint = make(map[wire.Hint]*rumour) }

func (r *rumours) add(x *rumour) {
	if r.byHint[x.hint] == nil {
		r.byHint[x.hint] = x
		r.order = append(r.order, x)
	}
}

// expire forgets what is news no more and hands it out.
func (r *rumours) expire(now time.Time, yield func(*rumour)) {
	for len(r.order) > 0 && (len(r.order) > maxRumours || now.Sub(r.order[0].at) >= rumourLife) {
		x := r.order[0]
		r.order = r.order[1:]
		delete(r.byHint, x.hint)
		yield(x)
	}
}

// heard notes the first copy of a record from a link. Repairs of what is old
// are no news and never were.
func (e *Engine) heard(l *link, r *wire.Record, id wire.RecordID, push wire.LinkPush) {
	news := push.Flags&wire.PushRepair == 0
	if !news && timeOf(r.Clk).Add(rumourLife).Before(e.roomNow()) {
		return
	}
	direct := push.Hop == 1 && l.peer == r.Author
	x := &rumour{
		hint: id.Hint(), author: r.Author, at: e.now, teller: noLink, by: []LinkID{l.id}, hop: push.Hop,
		news: news, direct: direct, toAll: direct && push.Flags&wire.PushToAll != 0,
	}
	e.rumours.add(x)
	x.credit(l)
}

// credit counts for a link that it told of another's news before it was told.
func (r *rumour) credit(l *link) {
	if l.peer != r.author && !l.known.has(r.hint) {
		l.useful++
	}
}

// heardAgain takes a further copy of a record that is known already.
func (e *Engine) heardAgain(l *link, en *entry, push wire.LinkPush) {
	r := e.rumours.byHint[en.id.Hint()]
	if r == nil || push.Flags&wire.PushRepair != 0 || slices.Contains(r.by, l.id) {
		return
	}
	r.credit(l)
	r.by = append(r.by, l.id)
	if e.overlay.large && len(r.by) > eagerFloor && l.peer != r.author {
		e.prune(l)
	}
	if !r.news { // it came as a repair before: by chance, or to slow it down
		r.news, r.hop = true, push.Hop
		if en.held() && en.state != early {
			e.spreadNews(en, r)
		}
	}
}
