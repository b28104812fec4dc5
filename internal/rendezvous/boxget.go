package rendezvous

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// boxGet empties the own box: it lists what lies there, fetches it, and has
// deleted what the owner of the client has taken.
type boxGet struct {
	secret  crypto.BoxSecret
	wanted  bool
	request uint32
	asked   []uint64 // what the request under way has deleted
	waiting bool     // for the page of the latest request
	ask     piece    // that request
	next    time.Time
	pause   time.Duration // after the last BUSY
	looks   int           // pages that came since the last WELCOME
	after   uint64        // the highest seq listed and handed out
	done    []uint64      // taken, and not deleted yet
	out     map[uint64]bool
	round   uint64
	items   []*boxItem // listed, being fetched or waiting for it
}

// boxItem is an item being fetched.
type boxItem struct {
	seq    uint64
	object []byte
	parts  []piece
	whole  bool
}

// begin begins anew. What was taken and not deleted is fetched once more: the
// mailbox may be a new one, where its number is another item's.
func (g *boxGet) begin(now time.Time) {
	g.stop()
	if g.wanted {
		g.next = now
	}
}

// stop ends it until the next registration.
func (g *boxGet) stop() {
	*g = boxGet{secret: g.secret, wanted: g.wanted, request: g.request, round: g.round + 1, out: map[uint64]bool{}}
}

func (c *Client) collect(now time.Time, e Collect) {
	g := &c.box.get
	if g.wanted && g.secret == e.Secret {
		return
	}
	g.secret, g.wanted = e.Secret, true
	g.stop()
	if !c.box.known || c.box.on {
		g.begin(now)
	}
}

// taken notes what may be deleted. It goes with the next request, which is made
// at once.
func (c *Client) taken(now time.Time, e Taken) {
	g := &c.box.get
	if e.Round != g.round {
		return
	}
	for _, seq := range e.Seqs {
		if g.out[seq] {
			delete(g.out, seq)
			g.done = append(g.done, seq)
		}
	}
	if len(g.done) > 0 && g.wanted {
		g.next = now
	}
}

func (c *Client) tickGet(now time.Time) {
	g := &c.box.get
	if !g.wanted {
		return
	}
	switch {
	case g.waiting && due(now, g.ask.due()):
		c.sendGet(now)
	case !g.waiting && due(now, g.next) && len(g.items) == 0:
		g.waiting, g.ask = true, piece{}
		g.request++
		g.asked = slices.Clone(g.done[:min(len(g.done), wire.MaxBoxDone)])
		c.sendGet(now)
	}
	for _, it := range g.items[:min(len(g.items), boxFetches)] {
		sendPieces(now, it.parts, func(i int) {
			c.sendFrame(wire.TypeBoxFetch, wire.BoxFetch{Secret: g.secret, Seq: it.seq, Part: uint16(i)}.Append(nil))
		})
	}
}

func (c *Client) sendGet(now time.Time) {
	g := &c.box.get
	g.ask.sent, g.ask.tries = now, g.ask.tries+1
	c.sendFrame(wire.TypeBoxGet, wire.BoxGet{Request: g.request, Secret: g.secret, After: g.after, Done: g.asked}.Append(nil))
}

func (g *boxGet) deadline() (at time.Time) {
	switch {
	case !g.wanted:
		return at
	case g.waiting:
		at = g.ask.due()
	case len(g.items) == 0:
		at = g.next
	}
	for _, it := range g.items[:min(len(g.items), boxFetches)] {
		at = earliest(at, piecesDue(it.parts))
	}
	return at
}

func (c *Client) onBoxPage(now time.Time, f *wire.BoxPage) {
	g := &c.box.get
	if !g.waiting || f.Request != g.request {
		return
	}
	g.waiting = false
	if f.Status != wire.BoxOK && f.Status != wire.BoxUnknown {
		// A cluster that has just started, or lost a node, takes some seconds.
		g.pause = min(max(2*g.pause, boxSoon), boxPoll)
		g.next = now.Add(c.jitter(g.pause))
		if f.Status == wire.BoxOff {
			g.next = now.Add(c.jitter(boxOffPoll))
			c.boxIs(false, 0)
		}
		return
	}
	g.pause = 0
	c.boxIs(true, f.Keep)
	if f.Status == wire.BoxUnknown && !c.box.unadmitted {
		c.box.unadmitted = true
		c.out = append(c.out, NoBox{})
	}
	g.done = slices.DeleteFunc(g.done, func(seq uint64) bool { return slices.Contains(g.asked, seq) })
	for _, e := range f.Entries {
		if e.Seq <= g.after {
			continue
		}
		g.after = e.Seq
		g.items = append(g.items, &boxItem{seq: e.Seq, object: make([]byte, e.Size), parts: make([]piece, wire.BoxParts(int(e.Size)))})
	}
	g.looks++
	switch {
	case f.Left > 0 || len(g.done) > 0:
		g.next = now
	case g.looks == 1:
		g.next = now.Add(c.jitter(boxSoon))
	default:
		g.next = now.Add(c.jitter(boxPoll))
	}
}

func (c *Client) onBoxItem(now time.Time, f *wire.BoxItem) {
	g := &c.box.get
	i := slices.IndexFunc(g.items, func(it *boxItem) bool { return it.seq == f.Seq })
	if i < 0 {
		return
	}
	it := g.items[i]
	if f.Size == 0 { // its time was over
		g.items = slices.Delete(g.items, i, i+1)
		c.handOut(now)
		return
	}
	if int(f.Size) != len(it.object) || int(f.Part) >= len(it.parts) || it.parts[f.Part].ok {
		return
	}
	copy(it.object[int(f.Part)*wire.BoxPart:], f.Data)
	it.parts[f.Part].ok = true
	it.whole = !slices.ContainsFunc(it.parts, func(p piece) bool { return !p.ok })
	c.handOut(now)
}

// handOut hands out what is whole, in order.
func (c *Client) handOut(now time.Time) {
	g := &c.box.get
	for len(g.items) > 0 && g.items[0].whole {
		it := g.items[0]
		g.items = g.items[1:]
		g.out[it.seq] = true
		c.out = append(c.out, Collected{g.round, it.seq, it.object})
	}
	if len(g.items) == 0 && len(g.done) > 0 {
		g.next = now
	}
}
