package tui

import (
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// What is kept from the screen: messages of members who are ignored, and all but
// the beginning of a flood.

// quieted reports whether a message that has come is not shown. A line that
// counts stands for what is folded.
func (p *pane) quieted(m peer.Message, now time.Time) bool {
	if p.log.byID[m.ID] != nil {
		return false // it is there already
	}
	p.log.behind(m)
	p.behindFold(m)
	for _, b := range p.flood.Tick(now) {
		delete(p.folds, b.Key)
	}
	show, burst, over := p.flood.Step(now, m)
	if over != nil {
		delete(p.folds, over.Key)
	}
	if show {
		return false
	}
	p.log.latest = max(p.log.latest, m.Order) // who reads the line need not be told of them again
	p.lastBurst = burst
	if p.lastFold = p.folds[burst.Key]; p.lastFold != nil {
		p.lastFold.note = burst.Line()
		p.log.redraw(p.lastFold)
		return true
	}
	if p.folds == nil {
		p.folds = map[crypto.PublicKey]*entry{}
	}
	e := p.log.note(burst.Line(), peer.Info, now)
	e.whose = burst.Key
	p.folds[burst.Key], p.lastFold = e, e
	return true
}

// behindFold has the line of a flood name the message that has come behind it:
// however much follows, /history finds the flood by that.
func (p *pane) behindFold(m peer.Message) {
	if e := p.lastFold; e != nil && m.Order > p.log.latest {
		p.lastFold = nil
		p.lastBurst.Next = m.ID
		e.note = p.lastBurst.Line()
		p.log.redraw(e)
	}
}

// ignoreChanged takes what somebody said from the screen, or puts it back.
func (m *Model) ignoreChanged(e peer.IgnoreChanged) {
	for _, p := range m.panes {
		switch {
		case e.Ignored:
			p.log.drop(func(x *entry) bool { return x.whose == e.Key || !x.isNote() && x.msg.Author == e.Key })
			delete(p.folds, e.Key)
			p.writing(peer.Typing{Person: peer.Person{Key: e.Key}})
			if p != m.current || m.away {
				p.recount()
			}
		case len(p.log.byID) == 0:
			p.recall(recalled, m.now())
		default:
			oldest := p.log.oldest()
			p.takePast(p.room.HistoryBefore(oldest, olderPage), nil, m.now()) // of what went, some may have been older
			p.between(oldest, afterAll, m.now())
		}
		p.log.requoteAbsent()
	}
}

// recount counts anew what the user has not seen, since some of it is gone.
func (p *pane) recount() {
	p.unread, p.mentions = 0, 0
	for _, x := range p.log.entries {
		if p.kept != "" && !x.isNote() && !x.msg.Own && x.order > p.kept {
			p.missed(x.msg)
		}
	}
}

// requoteAbsent renews what is quoted of messages that are not here.
func (l *log) requoteAbsent() {
	for id := range l.answers {
		if l.byID[id] == nil {
			l.requote(id)
		}
	}
}

// Places in the order before and behind every message.
const (
	beforeAll = "0"
	afterAll  = "~"
)

// drop takes entries out. The window stays where it is, as far as it can.
func (l *log) drop(goes func(*entry) bool) {
	var gone []string
	kept := make([]*entry, 0, len(l.entries))
	anchor, unread := l.anchor, l.firstUnread()
	for i, e := range l.entries {
		if !goes(e) {
			kept = append(kept, e)
			continue
		}
		l.forget(e)
		if !e.isNote() {
			gone = append(gone, e.msg.ID)
			if i >= unread && !e.msg.Own {
				l.unread--
			}
		}
		if i < l.anchor {
			anchor--
		} else if i == l.anchor {
			l.below = 0
		}
	}
	if l.byID[l.fresh] == nil {
		l.fresh = ""
	}
	l.entries, l.anchor = kept, min(anchor, max(0, len(kept)-1))
	if l.following {
		l.bottom()
	}
	for _, id := range gone {
		l.requote(id)
	}
}

// firstUnread is the index from which on all came while the window did not follow.
func (l *log) firstUnread() int {
	i := len(l.entries)
	for n := l.unread; n > 0 && i > 0; {
		if i--; !l.entries[i].isNote() && !l.entries[i].msg.Own {
			n--
		}
	}
	return i
}

// quietRows say below a member what else is to be known of it.
func quietRows(p peer.Member, width int) (rows []row) {
	for _, x := range []struct {
		words string
		role  role
	}{{refused(p), warning}, {front.MemberAway(p), faint}, {front.IgnoredWord(p), faint}} {
		if x.words != "" {
			rows = append(rows, row{{text: text.Clip("  "+x.words, width), role: x.role}})
		}
	}
	return rows
}

// refused says in a narrow column that a member is refused the name it claims.
func refused(p peer.Member) string {
	if p.Claims == "" {
		return ""
	}
	return "! claims to be " + p.Claims
}

// muted reports whether the user wants to be told less of the room.
func (p *pane) muted() bool { return p.room != nil && p.room.Muted() != front.MuteNone }
