package rendezvous

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// The mailbox of a bootnode, from the member's side: objects are put into
// others' boxes (boxput.go), and the own box is emptied (boxget.go). Every frame
// is repeated until it is answered; nothing is given up while the registration
// stands, and with a new one everything that is not settled begins anew.
const (
	boxWindow   = 8 // parts of one object under way
	boxPuts     = 4 // objects being put at a time
	boxFetches  = 8 // objects being fetched at a time
	boxRetry    = 500 * time.Millisecond
	maxBoxRetry = 4 * time.Second
	boxAnew     = 5 * time.Second  // after the last part, if the outcome does not come
	boxBusy     = time.Second      // after BUSY, doubling
	maxBoxBusy  = 30 * time.Second //
	boxSoon     = 8 * time.Second  // the second look, for what was put as we came; also after BUSY, doubling
	boxPoll     = time.Minute
	boxOffPoll  = 30 * time.Minute
)

type (
	// Deposit puts an object into a box; Deposited answers with the same Ref. It
	// waits for a registration. Object is not changed afterwards.
	Deposit struct {
		Ref    uint64
		Box    crypto.BoxID
		Object []byte
	}
	// Collect has the own box emptied from now on: what lies in it comes as
	// Collected, and is deleted there once Taken names it.
	Collect struct{ Secret crypto.BoxSecret }
	// Taken says that items of a round (see Collected) are stored, or of no use:
	// they may be deleted.
	Taken struct {
		Round uint64
		Seqs  []uint64
	}
)

type (
	// Deposited tells the outcome of a Deposit. Keep is how long it is kept; 0:
	// unknown.
	Deposited struct {
		Ref    uint64
		Status wire.BoxStatus // neither BoxPartial nor BoxBusy
		Keep   time.Duration
	}
	// Mailbox tells, once for each registration, whether the bootnode keeps what
	// is for members who are away.
	Mailbox struct {
		On   bool
		Keep time.Duration
	}
	// Collected is one item of the own box, the oldest first. With another
	// registration another round begins, in which all that was not deleted comes
	// again.
	Collected struct {
		Round  uint64
		Seq    uint64
		Object []byte
	}
	// NoBox tells, once for each registration, that the mailbox has no place for one
	// more box of our network: nothing is kept for us. It is asked again.
	NoBox struct{}
)

func (Deposit) event() {}
func (Collect) event() {}
func (Taken) event()   {}

func (Deposited) action() {}
func (Mailbox) action()   {}
func (Collected) action() {}
func (NoBox) action()     {}

// box is what a client has to do with the mailbox.
type box struct {
	known, on bool // what the bootnode said since the last WELCOME
	keep      time.Duration
	// unadmitted: it was told since the last WELCOME that there is no box for us.
	unadmitted bool
	puts       []*boxPut
	transfer   uint32
	get        boxGet
}

// piece is one part of an object under way.
type piece struct {
	sent  time.Time
	tries int
	ok    bool
}

// due is when a part has to be sent (again); zero: never sent.
func (p *piece) due() time.Time {
	if p.tries == 0 {
		return time.Time{}
	}
	return p.sent.Add(min(boxRetry<<min(p.tries-1, 8), maxBoxRetry))
}

// send goes through the parts of an object, as many as the window allows.
func sendPieces(now time.Time, parts []piece, send func(i int)) {
	window := boxWindow
	for i := range parts {
		p := &parts[i]
		if p.ok {
			continue
		}
		if window--; window < 0 {
			return
		}
		if p.tries == 0 || due(now, p.due()) {
			p.sent, p.tries = now, p.tries+1
			send(i)
		}
	}
}

// piecesDue is when the next part has to be sent again; zero: none is under way.
func piecesDue(parts []piece) (at time.Time) {
	for i := range parts {
		if !parts[i].ok {
			at = earliest(at, parts[i].due())
		}
	}
	return at
}

// beginBox begins anew with a new registration.
func (c *Client) beginBox(now time.Time) {
	b := &c.box
	b.known, b.unadmitted = false, false
	for _, p := range b.puts {
		c.restartPut(p)
	}
	b.get.begin(now)
}

// boxIs notes whether there is a mailbox.
func (c *Client) boxIs(on bool, keep time.Duration) {
	b := &c.box
	if b.known && b.on == on {
		return
	}
	b.known, b.on, b.keep = true, on, keep
	c.out = append(c.out, Mailbox{on, keep})
	if !on {
		b.get.stop()
		b.get.next = c.now.Add(c.jitter(boxOffPoll)) // another node's mailbox may be back
		for _, p := range b.puts {
			c.out = append(c.out, Deposited{p.ref, wire.BoxOff, 0})
		}
		b.puts = nil
	}
}

func (c *Client) tickBox(now time.Time) {
	c.tickPuts(now)
	c.tickGet(now)
}

func (b *box) deadline() time.Time {
	at := b.get.deadline()
	for _, p := range b.puts[:min(len(b.puts), boxPuts)] {
		at = earliest(at, p.deadline())
	}
	return at
}

// onBoxFrame handles an answer of the mailbox.
func (c *Client) onBoxFrame(now time.Time, kind wire.RendezvousType, body []byte) {
	switch kind {
	case wire.TypeBoxPutAck:
		if f, err := wire.ParseBoxPutAck(body); err == nil {
			c.onPutAck(now, f)
		}
	case wire.TypeBoxPage:
		if f, err := wire.ParseBoxPage(body); err == nil {
			c.onBoxPage(now, &f)
		}
	case wire.TypeBoxItem:
		if f, err := wire.ParseBoxItem(body); err == nil {
			c.onBoxItem(now, &f)
		}
	}
}
