package punch

import (
	"net/netip"
	"slices"
	"time"
)

const (
	// hostPoll is the time between looks at the interfaces: every system tells
	// of changes in another way, and some not at all.
	hostPoll = time.Second
	// sleptFor is how late such a look must come for the host to have slept.
	sleptFor = 10 * time.Second
	// clockStep is how far the wall clock may move beside the monotonic one,
	// which on some systems stops while the host sleeps.
	clockStep = 3 * time.Second
)

// woke reports whether the host slept between two looks, or its clock was set,
// given what the monotonic and the wall clock say of the time between them. It
// may be in another network then, though its addresses are the same.
func woke(mono, wall time.Duration) bool {
	return mono > hostPoll+sleptFor || (wall-mono).Abs() > clockStep
}

// lookAround notes changes of the host's network, if it is time to.
func (c *Conn) lookAround(now time.Time) {
	last := c.hostsAt
	if !last.IsZero() && now.Sub(last) < hostPoll {
		return
	}
	c.hostsAt = now
	c.setHosts(c.cfg.LocalAddrs(), !last.IsZero() && woke(now.Sub(last), now.Round(0).Sub(last.Round(0))))
}

// setHosts takes the addresses of the interfaces.
func (c *Conn) setHosts(hosts []netip.Addr, awake bool) {
	c.change(func(now time.Time, fx *effects) {
		first := c.gather.hosts == nil
		port := c.cfg.Socket.LocalAddr().Port() // another one if the system took the socket away
		changed := port != c.gather.port || !slices.Equal(hosts, c.gather.hosts)
		if first || changed {
			c.gather.port = port
			c.gather.hosts = append([]netip.Addr{}, hosts...)
		}
		c.regather(now, fx) // time alone may show that UDP is blocked
		if !first && (changed || awake) {
			c.newSurvey()
			c.stun.again(now)
			c.otherNetwork(now, fx)
		}
	})
}

// otherNetwork begins anew with everybody: nothing that was known of the
// network holds any more, or there is one again. Called under mu.
func (c *Conn) otherNetwork(now time.Time, fx *effects) {
	fx.network = true
	c.rearm(c.stun.nextDeadline(), fx)
	for _, r := range c.list {
		c.step(now, r, Restart{}, fx)
	}
}

// OverTCP says whether bootnodes answer by TCP alone: then silence by UDP means
// that it is blocked, and an answer that it is not any more.
func (c *Conn) OverTCP(on bool) {
	c.change(func(now time.Time, fx *effects) {
		if on == c.overTCP {
			return
		}
		c.overTCP = on
		c.stun.refresh(now)
		c.rearm(c.stun.nextDeadline(), fx)
		c.regather(now, fx)
	})
}

// Suspect says that something outside does not answer: perhaps our address is
// another one now, or there is no network.
func (c *Conn) Suspect() {
	c.change(func(now time.Time, fx *effects) {
		c.stun.refresh(now)
		c.rearm(c.stun.nextDeadline(), fx)
	})
}
