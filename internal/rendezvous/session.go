package rendezvous

import (
	"math"
	"net/netip"
	"slices"
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
	leastQuick = 150 * time.Millisecond // after one that is urgent
	quickBeats = 4                      // urgent ones in a row
	updateGap  = 250 * time.Millisecond // between different announcements
	goneWindow = 64                     // frames back a GONE may refer to
)

// session is one registration's keys and what its channels mean.
type session struct {
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

// keyring remembers the latest session keys: beginning the counters of one anew
// would repeat nonces.
type keyring struct {
	keys [64]crypto.SessionKey
	next int
}

// take reports whether a key is new, and notes it.
func (r *keyring) take(k crypto.SessionKey) bool {
	if k == (crypto.SessionKey{}) || slices.Contains(r.keys[:], k) {
		return false
	}
	r.keys[r.next] = k
	r.next = (r.next + 1) % len(r.keys)
	return true
}

// openSession takes the session of a WELCOME.
func (c *Client) openSession(now time.Time, w *wire.Welcome) {
	if c.former = c.session; c.former != nil {
		c.former.until = now.Add(formerLife)
	}
	c.session = &session{
		box:       crypto.NewSession(w.Key, crypto.RoleClient),
		channel:   w.Channel,
		byChannel: map[uint32]crypto.SessionID{},
		since:     now,
		alive:     true,
	}
}

func (s *session) sentLately(n uint64) bool {
	return s.first != 0 && s.first <= n && n <= s.last && s.last-n < goneWindow
}

// sendFrame seals and sends a frame under the session and returns its counter.
func (c *Client) sendFrame(t wire.RendezvousType, body []byte) uint64 {
	v, _ := c.ways.current()
	return c.sendSealed(t, body, v)
}

// sendSealed is sendFrame by a given way. A frame for a way that is closed is
// lost.
func (c *Client) sendSealed(t wire.RendezvousType, body []byte, v Via) uint64 {
	s := c.session
	p, n := wire.SealSession(nil, t, c.self, s.box, body)
	if s.first == 0 {
		s.first = n
	}
	s.last = n
	if c.ways.open[v] {
		c.send(p, v)
	}
	return n
}

func (c *Client) onSessionFrame(now time.Time, p []byte, v Via) {
	id, _, err := wire.SessionFrame(p)
	if err != nil || c.phase != phaseRegistered || id != c.self {
		return
	}
	body, err := wire.OpenSession(p, c.session.box)
	if err != nil {
		return
	}
	c.beat.heard = now
	c.ways.heard[v] = now
	switch wire.RendezvousKind(p) {
	case wire.TypeBeatAck:
		if f, err := wire.ParseBeatAck(body); err == nil {
			if w := &c.ways; w.moving && w.to == v {
				c.arrive(v)
			}
			c.onBeatAck(now, f, v)
		}
	case wire.TypeProbe:
		c.sendBeat(now)
	case wire.TypeChallenge:
		if f, err := wire.ParseToken(body); err == nil {
			c.onChallenge(now, f, v)
		}
	case wire.TypeUpdateAck:
		if f, err := wire.ParseUpdateAck(body); err == nil {
			c.update.acked(f.Counter)
		}
	case wire.TypeRoster:
		if f, err := wire.ParseRoster(body); err == nil {
			c.applyPage(now, &f)
		}
	case wire.TypeReachAck:
		if f, err := wire.ParseReachAck(body); err == nil && f.Sent && f.Counter == c.reach && c.reach != 0 {
			c.reach = 0
			c.out = append(c.out, Reached{})
		}
	case wire.TypeNotice:
		c.onNotice(now, body)
	case wire.TypeText:
		if f, err := wire.ParseText(body); err == nil {
			c.onText(f)
		}
	case wire.TypeMoved:
		if f, err := wire.ParseMoved(body); err == nil {
			c.onMoved(now, f)
		}
	case wire.TypeBoxPutAck, wire.TypeBoxPage, wire.TypeBoxItem:
		c.onBoxFrame(now, wire.RendezvousKind(p), body)
	case wire.TypeBye:
		c.onBye(now)
	}
}

// noticeGap is how often a bootnode can make itself heard.
const noticeGap = 9 * time.Second

func (c *Client) onNotice(now time.Time, body []byte) {
	f, err := wire.ParseNotice(body)
	if err != nil || !c.noticed.IsZero() && now.Sub(c.noticed) < noticeGap {
		return
	}
	c.noticed = now
	c.out = append(c.out, Noticed{f.Code})
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
	c.tickMove(now)
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
	c.tickBox(now)
}

// beat keeps a registration alive.
type beat struct {
	every, timeout time.Duration
	due            time.Time // next scheduled beat
	lastSent       time.Time
	waiting        time.Time     // since when a beat is unanswered; zero: none is
	unanswered     int           // beats since then
	quick          int           // repetitions that are urgent
	rtt            time.Duration // as measured last; 0: not yet, or it grew beyond the repetitions
	heard          time.Time     // last authentic frame
	counter        uint64        // of the last beat
	stated         uint64        // roster version in the last beat
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
	wait := resendBeat
	if b.quick > 0 && b.rtt > 0 {
		wait = min(max(2*b.rtt, leastQuick), wait)
	}
	return b.lastSent.Add(min(wait, b.every))
}

// ask has the bootnode show at once whether it can be reached: a lost beat is
// repeated after two round trips.
func (c *Client) ask(now time.Time) {
	c.beat.quick = quickBeats
	c.sendBeat(now)
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
	body := wire.Beat{Version: b.stated, MOTD: c.words.motd, Notice: c.words.notice}.Append(nil)
	b.counter = c.sendFrame(wire.TypeBeat, body)
	if w := &c.ways; w.moving && w.to != w.via {
		c.sendSealed(wire.TypeBeat, body, w.to)
	}
	if v, open := c.ways.current(); open && !b.waiting.IsZero() && !now.Before(b.resend()) {
		c.out = append(c.out, Unanswered{v, now.Sub(b.waiting), b.unanswered})
	}
	if b.waiting.IsZero() {
		b.waiting, b.unanswered = now, 0
	} else if !now.Before(b.resend()) {
		b.quick = max(0, b.quick-1)
	}
	b.unanswered++
	b.lastSent, b.due = now, now.Add(b.every)
}

func (c *Client) onBeatAck(now time.Time, f wire.BeatAck, v Via) {
	b := &c.beat
	b.waiting, b.quick = time.Time{}, 0
	if b.rtt = 0; f.Counter == b.counter {
		b.rtt = now.Sub(b.lastSent)
		c.measure(now, f.Clock)
	}
	c.observe(f.Observed, b.stunPort, v)
	if f.Counter == b.counter && f.Version < b.stated {
		// Versions rise; this bootnode has begun a new count. So do we.
		c.roster.restart(now.Add(b.timeout))
	}
	c.roster.learn(now, f.Version)
}

func (c *Client) observe(a netip.AddrPort, stunPort uint16, v Via) {
	b := &c.beat
	if a.IsValid() && (a != b.observed || stunPort != b.stunPort) {
		b.observed, b.stunPort = a, stunPort
		c.out = append(c.out, Observed{a, stunPort, v})
	}
}

// measure tells how long the latest beat took and what the bootnode's clock says,
// taking its answer for half way. A clock too far off to be one says nothing.
func (c *Client) measure(now time.Time, clock uint64) {
	rtt := now.Sub(c.beat.lastSent)
	off := int64(clock) - now.Add(-rtt/2).UnixMilli()
	if clock > math.MaxInt64/2 || off > maxClockOff || off < -maxClockOff {
		return
	}
	c.out = append(c.out, Measured{rtt, time.Duration(off) * time.Millisecond})
}

// maxClockOff is a century, in milliseconds.
const maxClockOff = 100 * 365 * 24 * 3600 * 1000

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
