package punch

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/wire"
)

func TestWoke(t *testing.T) {
	for _, tc := range []struct {
		mono, wall time.Duration
		want       bool
	}{
		{hostPoll, hostPoll, false},
		{hostPoll, hostPoll + time.Second, false},   // a clock that is disciplined
		{5 * time.Second, 5 * time.Second, false},   // a busy machine
		{hostPoll, time.Hour, true},                 // asleep, the monotonic clock too
		{time.Hour, time.Hour, true},                // asleep, or stopped
		{hostPoll, hostPoll - 10*time.Second, true}, // set back
	} {
		if got := woke(tc.mono, tc.wall); got != tc.want {
			t.Errorf("monotonic %v, wall %v: %v", tc.mono, tc.wall, got)
		}
	}
}

// However long nothing got through: soon after the network is back the path is
// direct again, and what was sent last is sent once more.
func TestDirectSoonAfterAnOutage(t *testing.T) {
	for _, d := range []time.Duration{2, 4, 8, 15, 30, 60, 240} {
		for _, both := range []bool{false, true} {
			t.Run(fmt.Sprintf("%ds,both=%v", d, both), func(t *testing.T) {
				inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
					l.talk(20*ms, 3*time.Second, 1)
					l.wantKind(Direct)
					l.outage(true, both)
					l.talk(500*ms, d*time.Second, 5000)
					last := l.talk(20*ms, 20*ms, 6000)
					pass(500 * ms)
					l.outage(false, both)
					pass(3 * time.Second)
					l.wantKind(Direct)
					if x, y := l.a.lost(6000, last), l.b.lost(6000, last); x+y > 0 {
						t.Errorf("%d and %d of the last packets were not sent again", x, y)
					}
				})
			})
		}
	}
}

// outage unplugs home 1, or both homes, from the Internet, and so from the relay.
func (l *lab) outage(down, both bool) {
	l.home1.SetLink(simnet.Link{Down: down, Latency: 12500 * time.Microsecond})
	if both {
		l.home2.SetLink(simnet.Link{Down: down, Latency: 12500 * time.Microsecond})
	}
	l.a.relayUp.Store(!down)
	l.b.relayUp.Store(!down)
}

// A relay that answers again after a silence is the first sign that the network
// is back: the search does not wait for its next turn.
func TestSearchWhenTheRelayIsBack(t *testing.T) {
	s := started(t, x)
	s.rtt["relay"] = 80 * ms
	s.run(5 * time.Minute)
	delete(s.rtt, "relay")
	s.run(30 * time.Second)
	s.forget()
	s.rtt["relay"], s.rtt[x] = 80*ms, 50*ms
	s.run(3 * time.Second)
	s.wantRoute("direct " + x)
}

func TestDeadRelayIsAskedRarely(t *testing.T) {
	s := started(t)
	s.run(time.Hour)
	s.forget()
	s.run(10 * time.Minute)
	if n := s.pings("relay"); n > 50 {
		t.Errorf("%d pings in ten minutes to a relay that never answers", n)
	}
}

func TestReturned(t *testing.T) {
	s := connected(t)
	if s.a.Returned() {
		t.Error("returned, but never away")
	}
	delete(s.rtt, x)
	delete(s.rtt, "relay")
	s.data(100*ms, 10*time.Second)
	s.rtt[x] = 20 * ms
	s.data(100*ms, 3*time.Second)
	if !s.a.Returned() || s.a.Returned() {
		t.Error("a return is told once")
	}
}

// While nothing answers, a server that did is asked every two seconds.
func TestSTUNDuringAnOutage(t *testing.T) {
	s := newSTUNScript(t)
	s.c.add(s.now, ap(server1))
	_, r := s.run(0)
	s.c.answered(s.now, r.to, r.id, ap(server2))
	at, r := s.run(stunRefresh + time.Minute)
	if n := len(at); n < 30 || n > 40 {
		t.Errorf("%d requests in a minute", n)
	}
	ok, silent := s.c.answered(s.now, r.to, r.id, ap(server2))
	if !ok || silent.Sub(epoch) != stunRefresh {
		t.Errorf("silent since %v", silent.Sub(epoch))
	}
	s.run(stunRefresh + stunPatience + time.Minute)
	if at, _ = s.run(10 * time.Minute); len(at) > 10*20 {
		t.Errorf("%d requests in ten minutes to a server that is gone", len(at))
	}
	if _, silent := s.c.answered(s.now, ap(server1), wire.TxID{9}, ap(server2)); !silent.IsZero() {
		t.Error("an answer to nothing ended the silence")
	}
}
