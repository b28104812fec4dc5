package rendezvous

import (
	"time"

	"gochat/internal/wire"
)

// Via is a way to the bootnode.
type Via uint8

// The ways. The frames are the same on both.
const (
	UDP Via = iota
	TCP     // a WebSocket
	vias
)

// String is the way in one lower-case word.
func (v Via) String() string {
	if v == TCP {
		return "tcp"
	}
	return "udp"
}

// A move to another way is given up when the bootnode does not answer there.
const (
	moveFor   = 3 * time.Second
	moveRetry = 250 * time.Millisecond // doubling
)

// ways is where packets go. While a move is on, beats go both ways, and all
// else by the way that is proven: the bootnode takes relay frames from nowhere
// else.
type ways struct {
	open [vias]bool
	via  Via // by which the registration stands

	moving bool
	to     Via
	due    time.Time // next beat there
	wait   time.Duration
	until  time.Time

	// greeting is the COOKIE that a connection began with, which saves the HELLO.
	greeting   []byte
	greetingAt time.Time
	// at is by which way the cookie in use came.
	at    Via
	heard [vias]time.Time
}

func (c *Client) openWay(now time.Time, v Via) {
	if v >= vias || c.ways.open[v] {
		return
	}
	c.ways.open[v] = true
	if v == TCP {
		c.ways.greeting = nil
		return // the greeting follows
	}
	if c.phase == phaseHello && c.connect.tries > 0 {
		c.connect.due = now
	}
}

func (c *Client) closeWay(v Via) {
	if v >= vias {
		return
	}
	w := &c.ways
	w.open[v] = false
	if v == TCP {
		w.greeting = nil
	}
	if w.moving && w.to == v {
		w.moving = false
	}
	if c.phase == phaseRegister && w.at == v {
		c.greet(c.now)
	}
}

func (c *Client) prefer(now time.Time, v Via) {
	w := &c.ways
	if v >= vias || c.phase != phaseRegistered || !w.open[v] || w.moving && w.to == v {
		return
	}
	// To the connection that took the place of a lost one the client has to move
	// as well; only where it can be heard already there is nothing to do.
	if w.via == v && v == UDP {
		w.moving = false
		return
	}
	w.moving, w.to, w.due, w.wait, w.until = true, v, now, moveRetry, now.Add(moveFor)
}

// moveDeadline is when the move needs attention; zero: none is on.
func (w *ways) moveDeadline() time.Time {
	if !w.moving {
		return time.Time{}
	}
	return earliest(w.due, w.until)
}

func (c *Client) tickMove(now time.Time) {
	w := &c.ways
	switch {
	case !w.moving:
	case due(now, w.until):
		w.moving = false
	case due(now, w.due):
		w.due, w.wait = now.Add(w.wait), 2*w.wait
		c.sendBeat(now)
	}
}

// arrive ends a move.
func (c *Client) arrive(v Via) {
	c.ways.moving = false
	c.settle(v)
}

// settle notes by which way the registration stands.
func (c *Client) settle(v Via) {
	c.ways.via = v
	c.out = append(c.out, Moved{v})
}

// Heard is when the bootnode last answered by a way; zero: never.
func (c *Client) Heard(v Via) time.Time { return c.ways.heard[v] }

// onChallenge proves the way it came by, unless that is one we left: an echo
// would move the registration back.
func (c *Client) onChallenge(now time.Time, f wire.Token, v Via) {
	w := &c.ways
	moving := w.moving && w.to == v
	if !moving && v != w.via {
		return
	}
	c.sendSealed(wire.TypeChallengeEcho, f[:], v)
	switch {
	case !moving:
	case v == TCP:
		c.arrive(TCP) // in order: what follows arrives behind the echo
	default:
		c.sendBeat(now) // the answer shows that the echo arrived
	}
}

// current is the way for a frame under the session. After the loss of a
// connection what is left of the ways serves: the bootnode challenges it.
func (w *ways) current() (Via, bool) {
	if w.open[w.via] {
		return w.via, true
	}
	other := UDP + TCP - w.via
	return other, w.open[other]
}
