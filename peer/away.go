package peer

import (
	"strings"
	"time"

	"gochat/internal/text"
	"gochat/internal/wire"
)

// MaxStatus bounds what somebody says of being away, in bytes.
const MaxStatus = wire.MaxStatus

// Away is what somebody says of being at the keyboard. It lasts as long as the
// process.
type Away struct {
	Away bool
	Text string // why, in one line of cleaned text, at most MaxStatus bytes; "" if not said
}

// statusEvery is the least time between two changes of somebody's status that are
// shown: who changes it all the time must not fill the screen.
const statusEvery = 3 * time.Second

// status is what a member says of itself, and what is shown of it.
type status struct {
	shown, latest Away
	since         time.Time // of shown
}

// take notes what a member says, and reports whether it is to be shown now.
func (s *status) take(now time.Time, a Away) bool {
	s.latest = a
	return s.tick(now)
}

// tick shows what is due, and reports whether anything changed.
func (s *status) tick(now time.Time) bool {
	if s.latest == s.shown || now.Before(s.due()) {
		return false
	}
	s.shown, s.since = s.latest, now
	return true
}

// due is from when on a change is shown.
func (s *status) due() time.Time {
	if s.since.IsZero() {
		return time.Time{}
	}
	return s.since.Add(statusEvery)
}

// nextDeadline is when tick has something to do; zero: never.
func (s *status) nextDeadline() time.Time {
	if s.latest == s.shown {
		return time.Time{}
	}
	return s.due()
}

// cleanStatus makes the text of a status safe to show, in one line.
func cleanStatus(raw string) string {
	return text.Clean(strings.Join(strings.Fields(text.Clean(raw, MaxStatus)), " "), MaxStatus)
}

// Away is what this member says of itself.
func (n *Node) Away() (a Away) {
	_ = n.do(func(time.Time) { a = n.away })
	return a
}

// SetAway tells everybody who is linked that the user is away, or back (then there
// is no text). The error is ErrStatus or ErrClosed.
func (n *Node) SetAway(away bool, why string) error {
	why = strings.Join(strings.Fields(text.Clean(why, text.MaxGrowth*len(why))), " ")
	if len(why) > MaxStatus {
		return ErrStatus
	}
	if !away {
		why = ""
	}
	return n.do(func(time.Time) {
		a := Away{away, why}
		if a == n.away {
			return
		}
		n.away, n.wasAway = a, true
		for _, r := range n.rooms {
			for _, m := range r.members {
				if m.link != nil && m.presence.linked {
					m.tellStatus()
				}
			}
		}
	})
}

// tellStatus tells a member, whose link is proven, what we say of ourselves.
// Nothing is said as long as we never were away.
func (m *member) tellStatus() {
	if n := m.room.node; n.wasAway {
		m.link.write(wire.AppendLinkFrame(nil, wire.LinkStatus{Away: n.away.Away, Text: n.away.Text}))
	}
}

// receivedStatus takes a member's status from its link.
func (m *member) receivedStatus(now time.Time, l *link, frame []byte) {
	f, err := wire.ParseLinkFrame(frame)
	s, ok := f.(wire.LinkStatus)
	if err != nil || !ok {
		m.room.shun(now, l, "sent a status that is none")
		return
	}
	a := Away{s.Away, cleanStatus(s.Text)}
	if !a.Away {
		a.Text = ""
	}
	if m.status.take(now, a) {
		m.report()
	}
}

// nextDeadline is when tick has something to do; zero: never.
func (m *member) nextDeadline() time.Time {
	return earliest(earliest(m.presence.nextDeadline(), m.status.nextDeadline()), m.nicks.nextDeadline(m.nick))
}
