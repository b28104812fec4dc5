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
	state        State
	reason       string
	expected     *crypto.RunPublic // the key not to be surprised by
	reported     *crypto.RunPublic // the key KeySeen told last

	connect connect
	session *session // the latest; usable while alive
	former  *session // the one before it, for packets on their way
	beat    beat
	update  update
	roster  roster

	out []Action
}

// NewClient makes a client that waits for Start and Announce.
func NewClient(cfg Config) *Client {
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return &Client{
		cfg:      cfg,
		self:     crypto.NewSessionID(cfg.Run.Public(), cfg.Room.Tag),
		state:    -1, // so that the first one is told
		expected: cfg.ExpectedKey,
		roster:   newRoster(),
	}
}

// Session is the id under which the client registers.
func (c *Client) Session() crypto.SessionID { return c.self }

// Step takes an event and returns what is to be done. Times come from one
// monotonic clock.
func (c *Client) Step(now time.Time, ev Event) []Action {
	c.now, c.out = now, nil
	if c.former != nil && !now.Before(c.former.until) {
		c.former = nil
	}
	switch ev := ev.(type) {
	case Start:
		c.started = true
	case Announce:
		c.announce(now, ev.Sealed)
	case Packet:
		c.packet(now, ev.Data)
	case NetworkChanged:
		c.networkChanged(now)
	case UnknownChannel:
		if c.phase == phaseRegistered {
			c.roster.ask(now)
		}
	case Leave:
		c.leave()
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
		return earliest(c.beat.deadline(), c.update.due, c.roster.fetchDue, c.roster.missingDue)
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

func (c *Client) packet(now time.Time, p []byte) {
	switch wire.RendezvousKind(p) {
	case wire.TypeCookie:
		c.onCookie(now, p)
	case wire.TypeWelcome:
		c.onWelcome(now, p)
	case wire.TypeGone:
		c.onGone(now, p)
	default:
		c.onSessionFrame(now, p)
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
		c.sendBeat(now)
	}
}

func (c *Client) leave() {
	if c.session != nil && c.session.alive {
		c.sendFrame(wire.TypeBye, nil)
	}
	c.phase = phaseStopped
}

func (c *Client) send(p []byte) { c.out = append(c.out, Send{p}) }

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
