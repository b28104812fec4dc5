package peer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gochat/internal/rendezvous"
)

// carried is a carrier on its way through simulated time.
type carried struct {
	carrier
	now time.Time
	log []order
	at  []time.Duration // of each order
}

var carrierZero = time.Unix(1_700_000_000, 0)

func newCarried(can, forced bool) *carried {
	return &carried{
		carrier: carrier{can: can, forced: forced, rand: rand.New(rand.NewPCG(1, 2))},
		now:     carrierZero,
	}
}

// pass lets time pass.
func (c *carried) pass(d time.Duration) {
	for end := c.now.Add(d); ; {
		for _, o := range c.take() {
			c.log, c.at = append(c.log, o), append(c.at, c.now.Sub(carrierZero))
		}
		next := c.nextDeadline()
		if next.IsZero() || next.After(end) {
			c.now = end
			return
		}
		c.now = next
		c.tick(c.now)
	}
}

// expect compares the orders so far and forgets them.
func (c *carried) expect(t *testing.T, what string, want ...order) {
	t.Helper()
	c.pass(0)
	if !slices.Equal(c.log, want) {
		t.Errorf("%s: orders %v at %v, want %v", what, c.log, c.at, want)
	}
	c.log, c.at = nil, nil
}

func TestCarrierStaysOnUDP(t *testing.T) {
	c := newCarried(true, false)
	c.start(c.now)
	c.pass(50 * time.Millisecond)
	c.asked(c.now)
	c.pass(99 * time.Millisecond)
	c.answered(c.now) // the COOKIE
	c.pass(500 * time.Millisecond)
	c.moved(c.now, rendezvous.UDP) // the WELCOME
	for range 100 {
		c.pass(10 * time.Second)
		c.answered(c.now)
		c.unanswered(c.now, rendezvous.UDP, time.Second, 1) // one lost beat
	}
	c.expect(t, "UDP works")
	if !c.nextDeadline().IsZero() {
		t.Error("something is due")
	}
}

func TestCarrierDialsWhenUDPIsSilent(t *testing.T) {
	c := newCarried(true, false)
	c.start(c.now)
	c.asked(c.now)
	c.pass(99 * time.Millisecond)
	c.expect(t, "before 100 ms")
	c.pass(time.Millisecond)
	c.expect(t, "after 100 ms", orderDial)
	c.connected(c.now)
	c.expect(t, "connected", orderPreferTCP)
	c.moved(c.now, rendezvous.TCP)
	c.expect(t, "on TCP", orderPreferUDP)
	for _, wait := range []time.Duration{3, 5, 15, 60, 60} {
		c.pass(wait*time.Second - time.Nanosecond)
		c.expect(t, "soon to be tried again")
		c.pass(time.Nanosecond)
		c.expect(t, "tried again", orderPreferUDP)
	}
	c.moved(c.now, rendezvous.UDP)
	c.pass(4 * time.Second)
	c.expect(t, "packets are still on their way")
	c.pass(time.Second)
	c.expect(t, "then", orderHangUp)
	c.disconnected(c.now)
	c.pass(time.Hour)
	c.expect(t, "back on UDP")
}

// A COOKIE alone does not show that a REGISTER gets through.
func TestCarrierWantsMoreThanACookie(t *testing.T) {
	c := newCarried(true, false)
	c.asked(c.now)
	c.pass(50 * time.Millisecond)
	c.answered(c.now)
	c.pass(999 * time.Millisecond)
	c.expect(t, "patience")
	c.pass(time.Millisecond)
	c.expect(t, "no WELCOME", orderDial)
}

func TestCarrierNameThatIsNotFound(t *testing.T) {
	c := newCarried(true, false)
	c.start(c.now)
	c.pass(time.Second)
	c.expect(t, "no address yet", orderDial)
	c.connected(c.now)
	c.asked(c.now) // the address came
	c.expect(t, "both", orderPreferTCP, orderPreferUDP)
}

func TestCarrierTCPWinsByANose(t *testing.T) {
	c := newCarried(true, false)
	c.asked(c.now)
	c.pass(100 * time.Millisecond)
	c.connected(c.now)
	c.pass(10 * time.Millisecond)
	c.expect(t, "dialled", orderDial, orderPreferTCP)
	c.answered(c.now) // UDP, a moment late
	c.moved(c.now, rendezvous.TCP)
	c.expect(t, "UDP at once", orderPreferUDP, orderPreferUDP)
}

func TestCarrierUDPWinsWhileDialling(t *testing.T) {
	c := newCarried(true, false)
	c.asked(c.now)
	c.pass(100 * time.Millisecond)
	c.expect(t, "silent", orderDial)
	c.moved(c.now, rendezvous.UDP)
	c.expect(t, "answered", orderHangUp)
	c.disconnected(c.now)
	c.pass(time.Hour)
	c.expect(t, "then")
}

func TestCarrierUDPGoesAway(t *testing.T) {
	c := newCarried(true, false)
	c.asked(c.now)
	c.moved(c.now, rendezvous.UDP)
	c.pass(time.Hour)
	c.unanswered(c.now, rendezvous.UDP, time.Second, 1)
	c.expect(t, "one beat")
	c.unanswered(c.now, rendezvous.UDP, 2*time.Second, 2)
	c.unanswered(c.now, rendezvous.UDP, 3*time.Second, 3)
	c.expect(t, "three beats", orderDial)
	c.connected(c.now)
	c.moved(c.now, rendezvous.TCP)
	c.expect(t, "connected", orderPreferTCP, orderPreferUDP)
	c.pass(2 * time.Minute)
	c.log, c.at = nil, nil
	c.networkChanged(c.now)
	c.expect(t, "the network is back", orderPreferUDP)
	c.moved(c.now, rendezvous.UDP)
	c.pass(time.Second)
	c.disconnected(c.now)
	c.log, c.at = nil, nil
	c.unanswered(c.now, rendezvous.UDP, 600*time.Millisecond, 2)
	c.expect(t, "two beats")
	c.unanswered(c.now, rendezvous.UDP, 700*time.Millisecond, 3)
	c.expect(t, "three urgent beats", orderDial)
	c.answered(c.now)
	c.expect(t, "UDP answers", orderHangUp)
	c.disconnected(c.now)
	c.unanswered(c.now, rendezvous.UDP, 700*time.Millisecond, 3)
	c.pass(dialPause - time.Nanosecond)
	c.expect(t, "not at once again")
	c.pass(time.Nanosecond)
	c.expect(t, "but soon", orderDial)
}

// Redials begin after 15 ms and double, with jitter, to a minute.
func TestCarrierRedials(t *testing.T) {
	c := newCarried(true, true)
	c.start(c.now)
	c.pass(0)
	if !slices.Equal(c.log, []order{orderDial}) {
		t.Fatalf("at the start: %v", c.log)
	}
	want := 15 * time.Millisecond
	for range 40 {
		before := c.now
		c.disconnected(c.now)
		c.pass(want - time.Nanosecond)
		if len(c.log) != 1 {
			t.Fatalf("redialled within %v", want)
		}
		c.pass(want/4 + time.Nanosecond)
		if len(c.log) != 2 {
			t.Fatalf("not redialled %v after %v", want, c.now.Sub(before))
		}
		c.log = c.log[:1]
		want = min(2*want, time.Minute)
	}
	c.disconnected(c.now)
	c.networkChanged(c.now)
	c.log = nil
	c.pass(0)
	c.expect(t, "a network change", orderDial)
	c.connected(c.now)
	c.pass(lastingStream)
	c.disconnected(c.now)
	c.pass(20 * time.Millisecond)
	c.expect(t, "after a good connection", orderPreferTCP, orderDial)
	for range 4 { // connections that do not last
		c.connected(c.now)
		c.disconnected(c.now)
		c.pass(20 * time.Millisecond)
	}
	if len(c.log) > 3+4 {
		t.Errorf("stormed: %v", c.log)
	}
}

func TestCarrierDeadConnection(t *testing.T) {
	c := newCarried(true, true)
	c.start(c.now)
	c.pass(0)
	c.connected(c.now)
	c.moved(c.now, rendezvous.TCP)
	c.pass(10 * time.Minute)
	c.expect(t, "UDP is never tried", orderDial, orderPreferTCP)
	c.unanswered(c.now, rendezvous.TCP, time.Second, 1)
	c.unanswered(c.now, rendezvous.TCP, 3*time.Second, 3)
	c.expect(t, "Tor is slow")
	c.unanswered(c.now, rendezvous.TCP, 4*time.Second, 4)
	c.expect(t, "dead", orderHangUp)
}

func TestCarrierWithoutTCP(t *testing.T) {
	c := newCarried(false, false)
	c.start(c.now)
	c.asked(c.now)
	c.lost(c.now)
	c.pass(time.Hour)
	c.unanswered(c.now, rendezvous.UDP, time.Minute, 60)
	c.networkChanged(c.now)
	c.pass(time.Hour)
	c.expect(t, "no way")
}

// Whatever happens in whatever order: no storm of dials, never two at once, no
// deadline that stays in the past.
func TestCarrierNeverStorms(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := newCarried(true, seed%4 == 0)
		c.start(c.now)
		dials := 0
		for range 400 {
			switch r.IntN(9) {
			case 0:
				c.asked(c.now)
			case 1:
				c.answered(c.now)
			case 2:
				c.moved(c.now, rendezvous.Via(r.IntN(2)))
			case 3:
				c.unanswered(c.now, rendezvous.Via(r.IntN(2)), time.Duration(r.IntN(6))*time.Second, r.IntN(6))
			case 4, 5:
				if c.stream == streamDialing {
					c.connected(c.now)
				}
			case 6, 7:
				if c.stream != streamClosed {
					c.disconnected(c.now)
				}
			case 8:
				c.lost(c.now)
			}
			c.pass(time.Duration(r.IntN(2000)) * time.Millisecond)
			for _, o := range c.log {
				if o == orderDial {
					dials++
				}
			}
			c.log, c.at = nil, nil
			if at := c.nextDeadline(); !at.IsZero() && !at.After(c.now) {
				t.Fatalf("seed %d: due in the past", seed)
			}
		}
		if dials > 400 {
			t.Errorf("seed %d: %d dials", seed, dials)
		}
	}
}
