package punch

import (
	"net/netip"
	"testing"
	"time"

	"gochat/internal/simnet"
)

// A path by a further socket carries data like any other, also without the
// relay, and goes with its Remote.
func TestFurtherSocketCarriesData(t *testing.T) {
	inLabWith(t, simnet.SymmetricBlock(), simnet.PortRestricted(), true, func(l *lab) {
		for _, e := range []*end{l.a, l.b} {
			e.AddSTUN(netip.MustParseAddrPort("203.0.113.1:3479"))
		}
		pass(time.Second)
		l.a.remote.AddObserved(l.b.Report().Servers[0].Observed)
		l.b.remote.AddObserved(l.a.Report().Servers[0].Observed)
		pass(15 * time.Second)
		l.wantKind(Direct)
		if by := l.a.remote.route().Sock; by == 0 {
			t.Error("the symmetric side uses its main socket")
		}
		if n := l.a.openSockets(); n == 0 || n > maxSpares {
			t.Errorf("%d further sockets", n)
		}
		l.a.relayUp.Store(false)
		l.b.relayUp.Store(false)
		n := l.talk(20*ms, 5*time.Second, 1)
		pass(time.Second)
		if a, b := l.a.lost(1, n), l.b.lost(1, n); a+b > 0 {
			t.Errorf("lost %d and %d of %d", a, b, n)
		}
		l.a.remote.Rest()
		if n := l.a.openSockets(); n != 0 {
			t.Errorf("%d further sockets at rest", n)
		}
	})
}

// Where no socket can be opened the relay goes on.
func TestNoFurtherSocket(t *testing.T) {
	inLab(t, simnet.SymmetricBlock(), simnet.PortRestricted(), func(l *lab) {
		l.a.AddSTUN(netip.MustParseAddrPort("203.0.113.1:3479"))
		pass(time.Second)
		l.b.remote.AddObserved(l.a.Report().Servers[0].Observed)
		l.a.remote.AddObserved(l.b.Report().Servers[0].Observed)
		pass(30 * time.Second)
		l.wantKind(Relay)
	})
}

func (r *Remote) route() Route {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return r.agent.Route(time.Now(), dataSize)
}

func (c *Conn) openSockets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.extras)
}
