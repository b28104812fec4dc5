package punch

import (
	"testing"
	"time"

	"gochat/internal/simnet"
)

func TestLifetime(t *testing.T) {
	var l lifetime
	at := func(d time.Duration) time.Time { return epoch.Add(d) }
	want := func(now, every time.Duration) {
		t.Helper()
		if got := l.idleEvery(at(now)); got != every {
			t.Errorf("after %v: every %v, want %v", now, got, every)
		}
	}
	want(0, idleKeepalive)
	l.expired(at(0), time.Second) // a loss, no silence
	want(0, idleKeepalive)
	l.expired(at(0), 12*time.Second)
	want(0, 8*time.Second)
	want(trustIdle, 12*time.Second) // a trial
	l.expired(at(trustIdle), 12*time.Second)
	want(trustIdle, 8*time.Second)
	want(10*trustIdle, 8*time.Second) // tried once
	for range 10 {
		l.expired(at(11*trustIdle), 7*time.Second)
	}
	want(11*trustIdle, leastIdle)
}

// NATs that forget an idle mapping after eight seconds: the pair learns it from
// failures, and then an idle path lives.
func TestKeepaliveAdaptsToTheMapping(t *testing.T) {
	short := func(n simnet.NAT) simnet.NAT { n.Timeout = 8 * time.Second; return n }
	for name, nats := range map[string][2]simnet.NAT{
		"port × port":          {short(simnet.PortRestricted()), short(simnet.PortRestricted())},
		"symmetric × public":   {short(simnet.Symmetric()), {}},
		"one side forgets":     {short(simnet.PortRestricted()), simnet.PortRestricted()},
		"symmetric × addr":     {short(simnet.Symmetric()), simnet.AddressRestricted()},
		"both, and by address": {short(simnet.SymmetricAddress()), short(simnet.FullCone())},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, nats[0], nats[1], func(l *lab) {
				pass(3 * time.Hour)
				l.wantKind(Direct)
				l.a.forgetKinds()
				l.b.forgetKinds()
				pass(30 * time.Minute)
				l.wantKind(Direct)
				for _, e := range []*end{l.a, l.b} {
					if n := len(e.kinds); n > 2 { // a longer time is tried once
						t.Errorf("%s: the idle path changed %d times", e.host.Name, n)
					}
				}
			})
		})
	}
}

// A network that was away is no mapping that expired.
func TestOutageIsNoExpiry(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		pass(5 * time.Minute)
		for range 5 {
			l.outage(true, false)
			pass(40 * time.Second)
			l.outage(false, false)
			pass(2 * time.Minute)
		}
		l.wantKind(Direct)
		for _, e := range []*end{l.a, l.b} {
			if every := e.remote.agent.life.every; every != 0 {
				t.Errorf("%s: keep-alive every %v", e.host.Name, every)
			}
		}
	})
}

func (e *end) forgetKinds() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kinds = nil
}
