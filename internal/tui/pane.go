package tui

import (
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// recalled is how many messages of the past a room begins with.
const recalled = 1000

// pane is one room as the screen shows it, and what is being written to it.
type pane struct {
	room     front.Room // nil: in no room at all
	watch    *front.Watch
	log      *log
	composer composer
	unread   int // messages of others that came while another pane was in front
	mentions int // of those, how many name us, or are to us alone
	placed   int // records of the past that came, since the user was told
}

func newPane(r front.Room, nick string, now time.Time) *pane {
	p := &pane{room: r, watch: front.NewWatch(nil), log: newLog()}
	if r == nil {
		return p
	}
	p.watch = front.NewWatch(r.Members())
	p.log.view = r.View
	past := r.History(recalled)
	read := r.ReadUpTo()
	if read == "" {
		read = beginReading(r, past)
	}
	for _, m := range past {
		p.log.message(m, now)
		if m.Order > read {
			p.missed(m, nick)
		}
	}
	p.log.missing(front.Holes(r.Holes()), now)
	return p
}

// beginReading is for a room that was never looked at: from now on what comes is
// unread, over restarts too. What was there before is not, but in a conversation,
// which may begin with somebody's first words.
func beginReading(r front.Room, past []peer.Message) (read string) {
	read = "0" // before every order
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
func (p *pane) missed(m peer.Message, nick string) {
	if m.Own {
		return
	}
	if p.unread == 0 {
		p.log.fresh = m.ID
	}
	p.unread++
	if to, ok := p.log.find(m.ReplyTo); front.Mentions(m.Text, nick) || p.room.Between() != nil || ok && to.Own {
		p.mentions++
	}
}

// read notes that the user sees the latest message.
func (p *pane) read() {
	p.unread, p.mentions = 0, 0
	if order := p.log.latest; p.room != nil && order > p.room.ReadUpTo() {
		p.room.SetReadUpTo(order)
	}
}

// note adds a line of the program's own; "" is nothing to show.
func (p *pane) note(s string, level peer.Level, now time.Time) {
	if s != "" {
		p.log.note(s, level, now)
	}
}

// alone reports whether nobody else is in the room.
func (p *pane) alone() bool { return p.room != nil && len(p.watch.Members()) == 0 }
