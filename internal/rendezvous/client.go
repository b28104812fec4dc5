package rendezvous

import (
	"bytes"
	"math/rand/v2"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Config is what a Client is made of.
type Config struct {
	Room *crypto.RoomKeys
	Run  *crypto.RunKey
	// ExpectedKey is the bootnode's pinned or given key; nil at first contact.
	ExpectedKey *crypto.RunPublic
	// Strict makes a key other than ExpectedKey fatal instead of a warning.
	Strict bool
	// HideAddress asks the bootnode to keep the observed address to itself.
	HideAddress bool
	// Token is what the bootnode's operator gave to those invited; "": none.
	Token string
	// NoUDP says that UDP is closed until an Open says otherwise.
	NoUDP bool
	// Rand spreads retries; nil draws a seed.
	Rand *rand.Rand
}

// phase is where the protocol stands.
type phase int

const (
	phaseIdle       phase = iota // not started, or nothing to announce yet
	phaseHello                   // HELLO sent or about to be: waits for COOKIE
	phaseRegister                // REGISTER sent: waits for WELCOME
	phaseRefused                 // refused: waits to ask again
	phaseRegistered              // beats
	phaseLeaving                 // left with a REGISTER under way: its WELCOME is answered by BYE
	phaseStopped                 // left, or a strict key mismatch
)

// Client is one member's registration in one room at one bootnode.
// It is not safe for concurrent use; one goroutine owns it.
type Client struct {
	cfg  Config
	self crypto.SessionID

	now          time.Time // of the last Step
	started      bool
	announcement []byte
	phase        phase
	late         bool // left while the first HELLO was under way
	state        State
	reason       string
	expected     *crypto.RunPublic // the key not to be surprised by
	reported     *crypto.RunPublic // the key KeySeen told last

	connect connect
	keyring keyring
	session *session // the latest; usable while alive
	former  *session // the one before it, for packets on their way
	ways    ways
	beat    beat
	update  update
	roster  roster
	box     box
	reach   uint64    // counter of the latest REACH; 0: none is waited for
	noticed time.Time // when a notice was told last
	words   words

	out []Action
}

// NewClient makes a client that waits for Start and Announce.
func NewClient(cfg Config) *Client {
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	c := &Client{
		cfg:      cfg,
		self:     crypto.NewSessionID(cfg.Run.Public(), cfg.Room.Tag),
		state:    -1, // so that the first one is told
		expected: cfg.ExpectedKey,
		roster:   newRoster(),
	}
	c.ways.open[UDP] = !cfg.NoUDP
	return c
}

// Via is the way by which the registration stands.
func (c *Client) Via() Via { return c.ways.via }

// Leaving reports whether something is still to be said to the bootnode: a goodbye
// waits for the answer to a REGISTER, or the own box is to be opened first.
func (c *Client) Leaving() bool { return c.phase == phaseLeaving || c.late && c.phase == phaseHello }

// Session is the id under which the client registers.
func (c *Client) Session() crypto.SessionID { return c.self }

// Step takes an event and returns what is to be done. Times come from one
// monotonic clock.
func (c *Client) Step(now time.Time, ev Event) []Action {
	c.now, c.out = now, nil
	if c.former != nil && !now.Before(c.former.until) {
		c.former = nil
	}
	if c.Leaving() {
		if p, ok := ev.(Packet); ok && p.Via < vias {
			c.packetAfterLeave(now, p)
		}
		return c.out
	}
	switch ev := ev.(type) {
	case Start:
		c.started = true
	case Announce:
		c.announce(now, ev.Sealed)
	case Packet:
		if ev.Via < vias {
			c.packet(now, ev.Data, ev.Via)
		}
	case Open:
		c.openWay(now, ev.Via)
	case Close:
		c.closeWay(ev.Via)
	case Prefer:
		c.prefer(now, ev.Via)
	case NetworkChanged:
		c.networkChanged(now)
	case Doubt:
		if c.phase == phaseRegistered {
			c.ask(now)
		}
	case UnknownChannel:
		if c.phase == phaseRegistered {
			c.roster.ask(now)
		}
	case Reach:
		if c.phase == phaseRegistered {
			c.reach = c.sendFrame(wire.TypeReach, wire.Reach{ID: ev.ID, Port: ev.Port}.Append(nil))
		}
	case Retire:
		c.retire(now, ev.For)
	case Deposit:
		c.deposit(ev)
	case Collect:
		c.collect(now, ev)
	case Taken:
		c.taken(now, ev)
	case Leave:
		c.leave(now)
	}
	if c.phase == phaseIdle && c.started && c.announcement != nil {
		c.setState(Connecting, "")
		c.begin(now)
	}
	c.tick(now)
	return c.out
}

// NextDeadline is when the next Timer event is wanted; zero: never.
func (c *Client) NextDeadline() time.Time {
	switch c.phase {
	case phaseHello, phaseRegister, phaseRefused:
		return earliest(c.connect.due, c.connect.noticeDue)
	case phaseRegistered:
		if c.session.worn {
			return c.now
		}
		return earliest(c.beat.deadline(), c.ways.moveDeadline(), c.update.due, c.roster.fetchDue, c.roster.missingDue, c.box.deadline())
	}
	return time.Time{}
}

func (c *Client) tick(now time.Time) {
	switch c.phase {
	case phaseHello, phaseRegister, phaseRefused:
		c.tickConnect(now)
	case phaseRegistered:
		c.tickSession(now)
	}
}

func (c *Client) packet(now time.Time, p []byte, v Via) {
	switch wire.RendezvousKind(p) {
	case wire.TypeCookie:
		c.onCookie(now, p, v)
	case wire.TypeWelcome:
		c.onWelcome(now, p, v)
	case wire.TypeGone:
		c.onGone(now, p)
	default:
		c.onSessionFrame(now, p, v)
	}
}

func (c *Client) announce(now time.Time, sealed []byte) {
	if len(sealed) == 0 || len(sealed) > wire.MaxAnnouncement || bytes.Equal(sealed, c.announcement) {
		return
	}
	c.announcement = bytes.Clone(sealed)
	if c.phase == phaseRegistered {
		c.update.begin(now)
	}
}

func (c *Client) networkChanged(now time.Time) {
	switch c.phase {
	case phaseHello, phaseRegister, phaseRefused:
		c.hasten(now) // from the HELLO on: a cookie is for one address
	case phaseRegistered:
		c.ask(now)
	}
}

// justNow is how old a HELLO may be whose answer is waited for at the end.
const justNow = time.Second

// leave says goodbye. To a REGISTER that is under way it is said when the answer
// is there. Who has just begun to register in a room with a mailbox does so, and
// asks for the own box: a box that nobody came for takes nothing.
func (c *Client) leave(now time.Time) {
	k := &c.connect
	switch {
	case c.phase == phaseRegister && k.tries > 0:
		c.phase = phaseLeaving
		return
	case c.phase == phaseHello && c.box.get.wanted && k.round == 0 && k.tries > 0 && now.Sub(k.sent) < justNow:
		c.late = true
		return
	case c.session != nil && c.session.alive:
		c.sendFrame(wire.TypeBye, nil)
		if w := &c.ways; w.moving && w.to != w.via {
			c.sendSealed(wire.TypeBye, nil, w.to)
		}
	}
	c.phase = phaseStopped
}

// packetAfterLeave takes what a leaving client still waits for.
func (c *Client) packetAfterLeave(now time.Time, p Packet) {
	switch kind := wire.RendezvousKind(p.Data); {
	case kind == wire.TypeCookie && c.phase == phaseHello:
		c.onCookie(now, p.Data, p.Via)
		if c.phase == phaseRegister {
			c.tickConnect(now)
			c.phase = phaseLeaving
		}
	case kind == wire.TypeWelcome && c.phase == phaseLeaving:
		c.onWelcome(now, p.Data, p.Via)
	}
}

func (c *Client) send(p []byte, v Via) { c.out = append(c.out, Send{p, v}) }

func (c *Client) setState(s State, reason string) {
	if s == c.state && reason == c.reason {
		return
	}
	c.state, c.reason = s, reason
	c.out = append(c.out, StateChanged{s, reason})
}

// jitter spreads d over ±20 %.
func (c *Client) jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*c.cfg.Rand.Float64()))
}

// due reports whether a deadline is set and reached.
func due(now, t time.Time) bool { return !t.IsZero() && !now.Before(t) }

// earliest is the first of the deadlines that are set.
func earliest(ts ...time.Time) (first time.Time) {
	for _, t := range ts {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
