package peer

import (
	"math/rand/v2"
	"time"

	"gochat/internal/rendezvous"
)

// When a bootnode is talked to over TCP, and when UDP is tried again.
const (
	udpSilence    = 100 * time.Millisecond // after the first HELLO, before TCP is tried, too
	nameSilence   = time.Second            // without an answer to the look-up of a name
	cookieSilence = time.Second            // after a COOKIE, without a WELCOME
	udpLoss       = 2 * time.Second        // of beats, before TCP is tried
	udpLostBeats  = 3                      // in a row, before TCP is tried
	tcpSilence    = 4 * time.Second        // of a connection, before another is made; Tor may need half of it
	hangUpAfter   = 5 * time.Second        // for packets on their way
	firstRedial   = 15 * time.Millisecond
	maxRedial     = time.Minute
	lastingStream = 10 * time.Second // a connection that held so long was a good one
	lastingUDP    = 10 * time.Second // and so was UDP
	dialPause     = 2 * time.Second  // least time between connections that are wanted anew
)

// udpRetests are the waits before UDP is tried again while TCP serves, the last
// one from then on: an outage ends soon, and a firewall stays.
var udpRetests = [...]time.Duration{3 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute}

// order is what a carrier wants to be done.
type order int

const (
	orderDial      order = iota // a connection, once
	orderHangUp                 // give up the connection, or the dialling
	orderPreferTCP              // registrations are to move to the connection
	orderPreferUDP              // registrations are to move to UDP if it works
)

// carrier decides by which way a bootnode is talked to: UDP where it works, else
// a WebSocket over TCP. It is pure: told of what happens, it says what to do.
type carrier struct {
	can    bool // there is a way over TCP
	forced bool // there is none by UDP
	rand   *rand.Rand

	stream   streamState
	wanted   bool      // a connection is
	silentAt time.Time // when UDP will have been silent for too long
	heard    time.Time // by UDP
	opened   time.Time
	dialAt   time.Time
	wait     time.Duration // before the latest redial
	dialled  time.Time     // last
	hangUpAt time.Time
	retestAt time.Time
	retests  int // of UDP, since it last held
	stands   bool
	via      rendezvous.Via // by which the registrations stand
	since    time.Time      // they stand by that way
	out      []order
}

// streamState is how the connection stands.
type streamState int

const (
	streamClosed streamState = iota
	streamDialing
	streamOpen
)

func (c *carrier) order(o order) { c.out = append(c.out, o) }

// take returns what is to be done since the last call.
func (c *carrier) take() []order {
	out := c.out
	c.out = nil
	return out
}

// start begins with the look-up of a name.
func (c *carrier) start(now time.Time) {
	switch {
	case c.forced:
		c.want(now)
	case c.can:
		c.silentAt = now.Add(nameSilence)
	}
}

// asked: the first HELLO went out by UDP.
func (c *carrier) asked(now time.Time) {
	switch {
	case !c.can || c.forced:
	case c.stream == streamOpen:
		c.order(orderPreferUDP)
	case !c.wanted:
		c.silentAt = now.Add(udpSilence)
	}
}

// answered: the bootnode was heard by UDP. Only a registration shows that all
// frames get through.
func (c *carrier) answered(now time.Time) {
	c.heard = now
	switch {
	case c.stands && c.via == rendezvous.UDP:
		c.settle(now) // beats were lost, not the way
	case c.stream == streamOpen && c.hangUpAt.IsZero():
		c.order(orderPreferUDP)
	case !c.silentAt.IsZero():
		c.silentAt = now.Add(cookieSilence)
	}
}

// moved: the registrations stand by that way, one at least if it is TCP.
func (c *carrier) moved(now time.Time, v rendezvous.Via) {
	fresh := !c.stands || c.via != v
	if fresh && v == rendezvous.TCP && c.via == rendezvous.UDP && now.Sub(c.since) >= lastingUDP {
		c.retests = 0
	}
	if fresh {
		c.stands, c.via, c.since = true, v, now
	}
	if v == rendezvous.UDP {
		c.settle(now)
		return
	}
	c.hangUpAt = time.Time{}
	if c.retestAt.IsZero() {
		c.retestAt = now.Add(c.retestWait())
	}
	// After an outage TCP may be back by a nose.
	if !c.forced && (fresh || !c.heard.IsZero() && now.Sub(c.heard) < cookieSilence) {
		c.order(orderPreferUDP)
	}
}

// fell: no registration stands any more.
func (c *carrier) fell() { c.stands = false }

// settle ends what was begun because UDP was silent.
func (c *carrier) settle(now time.Time) {
	c.wanted, c.silentAt, c.dialAt, c.retestAt = false, time.Time{}, time.Time{}, time.Time{}
	switch {
	case c.stream == streamDialing:
		c.order(orderHangUp)
	case c.stream == streamOpen && c.hangUpAt.IsZero():
		c.hangUpAt = now.Add(hangUpAfter)
	}
}

// unanswered: so many beats by that way got no answer for so long.
func (c *carrier) unanswered(now time.Time, v rendezvous.Via, since time.Duration, beats int) {
	switch {
	case v == rendezvous.UDP && since < udpLoss && beats < udpLostBeats:
	case v == rendezvous.UDP && c.stream == streamOpen:
		c.hangUpAt = time.Time{}
		c.order(orderPreferTCP)
	case v == rendezvous.UDP:
		c.want(now)
	case since >= tcpSilence && c.stream == streamOpen && now.Sub(c.opened) >= tcpSilence:
		c.order(orderHangUp)
	}
}

// lost: the registration is no more, and the bootnode is asked anew.
func (c *carrier) lost(now time.Time) {
	if c.can && !c.forced && !c.wanted && c.stream == streamClosed && c.silentAt.IsZero() {
		c.silentAt = now.Add(udpSilence)
	}
}

// want has a connection made.
func (c *carrier) want(now time.Time) {
	if !c.can || c.wanted {
		return
	}
	c.wanted, c.silentAt, c.hangUpAt = true, time.Time{}, time.Time{}
	if c.stream == streamClosed && c.dialAt.IsZero() {
		c.dialAt = now
		if at := c.dialled.Add(dialPause); !c.dialled.IsZero() && at.After(now) {
			c.dialAt = at
		}
	}
}

// retestWait is how long until UDP is tried again.
func (c *carrier) retestWait() time.Duration { return udpRetests[min(c.retests, len(udpRetests)-1)] }

// connected: the connection is open.
func (c *carrier) connected(now time.Time) {
	c.stream, c.opened = streamOpen, now
	c.retestAt = now.Add(c.retestWait())
	c.order(orderPreferTCP)
}

// disconnected: the connection broke, or did not come up.
func (c *carrier) disconnected(now time.Time) {
	if c.stream == streamOpen && now.Sub(c.opened) >= lastingStream {
		c.wait = 0
	}
	c.stream = streamClosed
	c.hangUpAt, c.retestAt, c.dialAt = time.Time{}, time.Time{}, time.Time{}
	if !c.wanted {
		return
	}
	c.wait = min(max(2*c.wait, firstRedial), maxRedial)
	// Never sooner than the wait: those who lost one bootnode come back apart.
	c.dialAt = now.Add(c.wait + time.Duration(c.rand.Float64()*0.25*float64(c.wait)))
}

// networkChanged: what failed before may work now.
func (c *carrier) networkChanged(now time.Time) {
	c.wait, c.retests = 0, 0
	switch {
	case c.stream == streamClosed && c.wanted:
		c.dialAt = now
	case c.stream == streamOpen && !c.forced:
		c.retestAt = now
	}
}

// tick does what is due.
func (c *carrier) tick(now time.Time) {
	if reached(now, c.silentAt) {
		c.want(now)
	}
	if c.stream == streamClosed && c.wanted && reached(now, c.dialAt) {
		c.dialAt, c.dialled, c.stream = time.Time{}, now, streamDialing
		c.order(orderDial)
	}
	if reached(now, c.hangUpAt) {
		c.hangUpAt = time.Time{}
		c.order(orderHangUp)
	}
	if reached(now, c.retestAt) {
		c.retests++
		c.retestAt = now.Add(c.retestWait())
		if !c.forced {
			c.order(orderPreferUDP)
		}
	}
}

func (c *carrier) nextDeadline() time.Time {
	return earliest(earliest(c.silentAt, c.dialAt), earliest(c.hangUpAt, c.retestAt))
}

func reached(now, at time.Time) bool { return !at.IsZero() && !now.Before(at) }
