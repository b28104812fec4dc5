package tui

import (
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

const (
	// recalled is how many messages of the past a room begins with.
	recalled = 1000
	// recalledFirst is how many while the rest is still read: some screens.
	recalledFirst = 200
)

// pane is one room as the screen shows it, and what is being written to it.
type pane struct {
	room     front.Room    // nil: in no room at all
	nick     func() string // our own
	watch    *front.Watch
	log      *log
	composer composer
	unread   int           // messages of others that came while another pane was in front
	mentions int           // of those, how many name us, or are to us alone
	writers  []peer.Person // who is writing, as they began
	kept     string        // the order up to which the room knows that we have read
	placed   int           // records of the past that came, since the user was told

	hits []peer.Message // of the last search, oldest first
	hit  int            // the one jumped to last

	flood front.Flood
	folds map[crypto.PublicKey]*entry // the lines of floods that go on, by whose they are
	// The line of a flood that has nothing behind it yet, and what it tells of;
	// nil: none.
	lastFold  *entry
	lastBurst front.Folded

	// Input that waits for the room to be read is done in order.
	queued int           // so many lines wait
	behind chan struct{} // closed when the last of them is done
}

func newPane(r front.Room, nick func() string, now time.Time) *pane {
	p := &pane{room: r, nick: nick, watch: front.NewWatch(nil), log: newLog()}
	if r == nil {
		return p
	}
	p.watch = front.NewWatch(r.Members())
	p.log.view, p.log.forUs = r.View, p.forUs
	n := recalled
	if p.reading() {
		n = recalledFirst
	}
	p.recall(n, now)
	return p
}

// recall takes in the last messages, and counts those the user has not seen.
func (p *pane) recall(n int, now time.Time) {
	past := p.room.History(n)
	read := p.room.ReadUpTo()
	if read == "" && !p.reading() {
		read = beginReading(p.room, past)
	}
	p.kept = max(p.kept, read)
	p.unread, p.mentions = 0, 0
	p.log.fresh = ""
	for _, m := range p.takePast(past, nil, now) {
		if read != "" && m.Order > read {
			p.missed(m)
		}
	}
	p.log.missing(front.Holes(p.room.Holes()), now)
}

// reading reports whether the room is not read yet.
func (p *pane) reading() bool { return p.room != nil && !front.IsReady(p.room) }

// enqueue makes work wait for the work before it.
func (p *pane) enqueue(work func() outcome) func() outcome {
	before, done := p.behind, make(chan struct{})
	p.behind = done
	p.queued++
	return func() outcome {
		defer close(done)
		if before != nil {
			<-before
		}
		o := work()
		o.queued = true
		return o
	}
}

// beginReading is for a room that was never looked at: from now on what comes is
// unread, over restarts too. What was there before is not, but in a conversation,
// which may begin with somebody's first words.
func beginReading(r front.Room, past []peer.Message) (read string) {
	read = beforeAll
	if len(past) > 0 && r.Between() == nil {
		read = past[len(past)-1].Order
	}
	r.SetReadUpTo(read)
	return read
}

func (p *pane) name() string {
	if p.room == nil {
		return ""
	}
	return p.room.Name()
}

// missed notes a message that the user has not seen.
func (p *pane) missed(m peer.Message) {
	if m.Own {
		return
	}
	if p.log.fresh == "" {
		p.log.fresh = m.ID
	}
	names := p.forUs(m) || p.room.Between() != nil
	if !p.room.Muted().Counts(names) {
		return
	}
	p.unread++
	if names {
		p.mentions++
	}
}

// forUs reports whether a message of somebody else names us or answers us.
func (p *pane) forUs(m peer.Message) bool {
	if m.Own {
		return false
	}
	to, ok := p.log.find(m.ReplyTo)
	return ok && to.Own || front.Mentions(m.Text, p.nick())
}

// read notes that the user sees the latest message.
func (p *pane) read(keep func(front.Room, string)) {
	p.unread, p.mentions = 0, 0
	if order := p.log.latest; p.room != nil && order > p.kept {
		p.kept = order
		keep(p.room, order)
	}
}

// note adds a line of the program's own; "" is nothing to show.
func (p *pane) note(s string, level peer.Level, now time.Time) {
	if s != "" {
		p.log.note(s, level, now)
	}
}

// alone reports whether nobody else is in the room.
func (p *pane) alone() bool { return p.room != nil && !p.reading() && len(p.watch.Members()) == 0 }
