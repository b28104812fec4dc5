package mesh

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// standing is the latest news of the bootnode.
func (m *member) standing() bootSeen {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.boots) == 0 {
		return bootSeen{}
	}
	return m.boots[len(m.boots)-1]
}

// noBlink fails if the bootnode was called unreachable in the moment in which it
// was there again.
func (m *member) noBlink() {
	m.w.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range m.boots[1:] {
		if a := m.boots[i]; a.State == peer.BootnodeUnreachable && b.State == peer.BootnodeRegistered && b.at.Sub(a.at) < 10*time.Millisecond {
			m.w.t.Errorf("%s was told unreachable (%s) %v before registered", m.name, a.Reason, b.at.Sub(a.at))
		}
	}
}

// symmetricPair are two members who need the relay.
func (w *world) symmetricPair() (ha, hb *simnet.Host, a, b *member) {
	sym := simnet.Symmetric()
	ha = w.net.Internet.Router("natA", sym, "198.51.100.1").LAN.Host("a", "10.0.0.2")
	hb = w.net.Internet.Router("natB", sym, "198.51.100.2").LAN.Host("b", "10.0.1.2")
	a, b = w.join("alice", ha, 1), w.join("bob", hb, 1)
	w.meet(5*time.Second, a, b)
	return ha, hb, a, b
}

// After an outage TCP may be back first: UDP takes over all the same, soon.
func TestUDPSoonAfterAnOutage(t *testing.T) {
	for _, late := range []time.Duration{0, 300 * time.Millisecond, time.Second} {
		t.Run(late.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := newTCPWorld(t)
				defer w.end()
				ha, hb, a, b := w.symmetricPair()
				n.outage(true)
				w.net.Cut(ha, w.srv)
				w.net.Cut(hb, w.srv)
				time.Sleep(40 * time.Second)
				n.outage(false)
				begin := time.Now()
				time.Sleep(late)
				w.net.Mend(ha, w.srv)
				w.net.Mend(hb, w.srv)
				a.send("back")
				w.agree(3*time.Second, []string{"back"}, a, b)
				t.Logf("message after %v", time.Since(begin))
				w.eventually(4*time.Second, "both use UDP", func() bool { return a.onUDP() && b.onUDP() })
				t.Logf("by UDP after %v", time.Since(begin))
				time.Sleep(5 * time.Second)
				for _, m := range []*member{a, b} {
					m.noBlink()
					if s := m.standing(); !m.onUDP() || s.Reason != "" {
						t.Errorf("%s: %+v", m.name, s)
					}
				}
			})
		})
	}
}

func (m *member) onUDP() bool {
	s := m.standing()
	return s.State == peer.BootnodeRegistered && s.Via == peer.ViaUDP
}

// Nobody is there to show that the network is back but the bootnode itself.
func TestAloneSoonAfterAnOutage(t *testing.T) {
	for d := 36 * time.Second; d < 45*time.Second; d += 700 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, delay)
			defer w.end()
			h := w.net.Internet.Host("a", "198.51.100.1")
			a := w.join("alice", h, 1)
			w.eventually(2*time.Second, "alice is registered", a.onUDP)
			time.Sleep(12 * time.Second)
			w.net.Cut(h, w.srv)
			time.Sleep(d)
			w.net.Mend(h, w.srv)
			took := w.eventually(2500*time.Millisecond, "alice is registered again", a.onUDP)
			t.Logf("%v of outage: registered after %v", d, took)
			a.noBlink()
		})
	}
}

// UDP that is blocked in the middle of a talk costs about a second, and both
// sides say whose end it is; when it works again, neither says so any longer.
func TestUDPBlockedMidway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTCPWorld(t)
		defer w.end()
		ha, _, a, b := w.symmetricPair()
		var texts []string
		worst, last := time.Duration(0), 0
		shown := time.Now()
		talk := func(d time.Duration) {
			end, i := time.Now().Add(d), 0
			for ; time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				if n := len(b.shownIn("r")); n > last {
					last, shown = n, time.Now()
				}
				worst = max(worst, time.Since(shown))
				if i++; i%5 == 0 {
					texts = append(texts, fmt.Sprint("text ", len(texts)))
					a.send(texts[len(texts)-1])
				}
			}
		}
		talk(5 * time.Second)
		w.net.Cut(ha, w.srv)
		worst = 0
		talk(3 * time.Second)
		t.Logf("silent for %v", worst)
		if worst > 1400*time.Millisecond {
			t.Errorf("silent for %v", worst)
		}
		why := func(m, of *member, words string) {
			t.Helper()
			w.eventually(6*time.Second, m.name+" says "+words, func() bool { return strings.HasPrefix(m.state(of).Reason, words) })
		}
		why(a, b, "UDP is blocked here: relayed over TCP")
		why(b, a, "UDP is blocked at alice's end: relayed through")
		time.Sleep(30 * time.Second)
		w.net.Mend(ha, w.srv)
		w.eventually(4*time.Second, "alice uses UDP", a.onUDP)
		w.eventually(4*time.Second, "nobody says so any longer", func() bool {
			both := a.state(b).Reason + b.state(a).Reason
			return !strings.Contains(both, "blocked") && !strings.Contains(both, "TCP")
		})
		w.agree(5*time.Second, texts, a, b)
	})
}
