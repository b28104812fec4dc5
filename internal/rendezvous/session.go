package rendezvous

import (
	"net/netip"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// A bootnode's intervals win over ours, within reason.
const (
	minHeartbeat = 100 * time.Millisecond
	maxHeartbeat = 10 * time.Minute
	maxTimeout   = time.Hour

	resendBeat = time.Second            // after an unanswered beat
	updateGap  = 250 * time.Millisecond // between different announcements
	goneWindow = 64                     // frames back a GONE may refer to
)

// session is one registration's keys and what its channels mean.
type session struct {
	key       crypto.SessionKey
	box       *crypto.Session
	channel   uint32
	byChannel map[uint32]crypto.SessionID
	since     time.Time
	until     time.Time // when a former session is forgotten
	alive     bool      // as far as we know, the bootnode has it too
	worn      bool      // its relay counters near their end
	first     uint64    // control counters used so far, both included
	last      uint64
}

// openSession takes the session of a WELCOME. It reports whether it is the one
// we have: a bootnode answers a repeated REGISTER with the same WELCOME, and
// beginning the same key's counters anew would repeat nonces.
func (c *Client) openSession(now time.Time, w *wire.Welcome) (repeated bool) {
	if s := c.session; s != nil && s.key == w.Key {
		s.alive, s.since = true, now
		return true
	}
	if c.former = c.session; c.former != nil {
		c.former.until = now.Add(formerLife)
	}
	c.session = &session{
		key:       w.Key,
		box:       crypto.NewSession(w.Key, crypto.RoleClient),
		channel:   w.Channel,
		byChannel: map[uint32]crypto.SessionID{},
		since:     now,
		alive:     true,
	}
	return false
}

func (s *session) sentLately(n uint64) bool {
	return s.first != 0 && s.first <= n && n <= s.last && s.last-n < goneWindow
}

// sendFrame seals and sends a frame under the session and returns its counter.
func (c *Client) sendFrame(t wire.RendezvousType, body []byte) uint64 {
	s := c.session
	p, n := wire.SealSession(nil, t, c.self, s.box, body)
	if s.first == 0 {
		s.first = n
	}
	s.last = n
	c.send(p)
	return n
}

func (c *Client) onSessionFrame(now time.Time, p []byte) {
	id, _, err := wire.SessionFrame(p)
	if err != nil || c.phase != phaseRegistered || id != c.self {
		return
	}
	body, err := wire.OpenSession(p, c.session.box)
	if err != nil {
		return
	}
	c.beat.heard = now
	switch wire.RendezvousKind(p) {
	case wire.TypeBeatAck:
		if f, err := wire.ParseBeatAck(body); err == nil {
			c.onBeatAck(now, f)
		}
	case wire.TypeProbe:
		c.sendBeat(now)
	case wire.TypeChallenge:
		if f, err := wire.ParseToken(body); err == nil {
			c.sendFrame(wire.TypeChallengeEcho, f[:])
		}
	case wire.TypeUpdateAck:
		if f, err := wire.ParseUpdateAck(body); err == nil {
			c.update.acked(f.Counter)
		}
	case wire.TypeRoster:
		if f, err := wire.ParseRoster(body); err == nil {
			c.applyPage(now, &f)
		}
	case wire.TypeBye:
		c.lose(now, Unreachable, "the bootnode shut down")
	}
}

func (c *Client) tickSession(now time.Time) {
	b := &c.beat
	switch {
	case c.session.worn:
		c.restart(now) // the session stays usable until the next one is there
		c.tickConnect(now)
		return
	case due(now, b.giveUp()):
		c.lose(now, Unreachable, noAnswer)
		c.tickConnect(now)
		return
	case due(now, b.due):
		scheduled := b.due
		c.sendBeat(now)
		// From the schedule, not from the late timer: no drift. After a long
		// sleep the schedule begins anew.
		if next := scheduled.Add(b.every); next.Sub(now) > b.every/2 {
			b.due = next
		}
	case due(now, b.resend()):
		c.sendBeat(now)
	}
	if u := &c.update; due(now, u.due) {
		u.sent(now, c.sendFrame(wire.TypeUpdate, c.announcement), c.jitter(backoff(u.tries+1)))
	}
	if r := &c.roster; due(now, r.fetchDue) {
		r.asked(now)
		c.sendFrame(wire.TypeRosterGet, wire.RosterGet{Since: r.version}.Append(nil))
	}
	if due(now, c.roster.missingDue) {
		c.dropMissing()
	}
}

// beat keeps a registration alive.
type beat struct {
	every, timeout time.Duration
	due            time.Time // next scheduled beat
	lastSent       time.Time
	waiting        time.Time // since when a beat is unanswered; zero: none is
	heard          time.Time // last authentic frame
	counter        uint64    // of the last beat
	stated         uint64    // roster version in the last beat
	observed       netip.AddrPort
	stunPort       uint16
}

func (b *beat) begin(now time.Time, w *wire.Welcome) {
	b.every = min(max(w.Heartbeat, minHeartbeat), maxHeartbeat)
	b.timeout = min(max(w.Timeout, b.every), maxTimeout)
	b.due, b.heard, b.waiting = now.Add(b.every), now, time.Time{}
}

func (b *beat) deadline() time.Time { return earliest(b.due, b.resend(), b.giveUp()) }

func (b *beat) resend() time.Time {
	if b.waiting.IsZero() {
		return time.Time{}
	}
	return b.lastSent.Add(min(resendBeat, b.every))
}

// giveUp is when the bootnode counts as gone: nothing came for its timeout,
// and beats went unanswered for half of it, so that neither a bad spell nor
// the machine's sleep ends a session that lives.
func (b *beat) giveUp() time.Time {
	if b.waiting.IsZero() {
		return time.Time{}
	}
	return later(b.heard.Add(b.timeout), b.waiting.Add(b.timeout/2))
}

func (c *Client) sendBeat(now time.Time) {
	b := &c.beat
	b.stated = c.roster.version
	b.counter = c.sendFrame(wire.TypeBeat, wire.Beat{Version: b.stated}.Append(nil))
	b.lastSent, b.due = now, now.Add(b.every)
	if b.waiting.IsZero() {
		b.waiting = now
	}
}

func (c *Client) onBeatAck(now time.Time, f wire.BeatAck) {
	b := &c.beat
	b.waiting = time.Time{}
	c.observe(f.Observed, b.stunPort)
	if f.Counter == b.counter && f.Version < b.stated {
		// Versions rise; this bootnode has begun a new count. So do we.
		c.roster.restart(now.Add(b.timeout))
	}
	c.roster.learn(now, f.Version)
}

func (c *Client) observe(a netip.AddrPort, stunPort uint16) {
	b := &c.beat
	if a.IsValid() && (a != b.observed || stunPort != b.stunPort) {
		b.observed, b.stunPort = a, stunPort
		c.out = append(c.out, Observed{a, stunPort})
	}
}

// update carries a changed announcement to the bootnode.
type update struct {
	due      time.Time // next UPDATE; zero: acknowledged
	lastSent time.Time
	tries    int
	first    uint64 // counter of the first UPDATE with this announcement
}

func (u *update) begin(now time.Time) {
	u.due, u.tries, u.first = later(now, u.lastSent.Add(updateGap)), 0, 0
}

func (u *update) sent(now time.Time, counter uint64, wait time.Duration) {
	if u.first == 0 {
		u.first = counter
	}
	u.tries++
	u.lastSent, u.due = now, now.Add(wait)
}

func (u *update) acked(counter uint64) {
	if u.first != 0 && counter >= u.first {
		u.due = time.Time{}
	}
}
