package bootnode

import (
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// crowd is a room that fills at once. Its members ask for what they lack as
// internal/rendezvous does: 50 ms after a page, a second after no answer.
type crowd struct {
	*world
	members []*crowdMember
	at      map[netip.AddrPort]*crowdMember

	pushed, asked, pages int // packets
}

type crowdMember struct {
	client
	version, target uint64
	askAt           time.Time
}

// arrive has one more member join, without the handshake.
func (c *crowd) arrive(i int) {
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 4000)
	c.d.begin(c.now)
	m, key := c.d.join(crypto.SessionID{1, byte(i >> 8), byte(i)}, Event{From: from}, &wire.Register{Tag: testTag, Announcement: make([]byte, 260)})
	p := m.room.page(0, wire.WelcomeRosterRoom, nil)
	x := &crowdMember{client: client{w: c.world, id: m.id, tag: testTag, addr: from}, version: p.To, target: p.Current, askAt: c.now}
	x.session = crypto.NewSession(key, crypto.RoleClient)
	c.members, c.at[from] = append(c.members, x), x
	c.d.changed(m.room, m)
	c.pushed += len(c.d.out)
	c.hear(c.d.end())
}

func (c *crowd) hear(out []Action) {
	for _, a := range out {
		x := c.at[a.To]
		for _, b := range x.bodies([]Action{a}, wire.TypeRoster) {
			p, err := wire.ParseRoster(b)
			if err != nil {
				c.t.Fatal(err)
			}
			x.target = max(x.target, p.Current)
			if p.Reset || p.From <= x.version && p.To > x.version {
				x.version = p.To
			}
		}
	}
}

// pass lets 50 ms pass and the members ask, and reports whether all know all.
func (c *crowd) pass() (done bool) {
	c.now = c.now.Add(50 * time.Millisecond)
	out := c.d.Step(c.now, Event{})
	for _, a := range out {
		if wire.RendezvousKind(a.Packet) == wire.TypeRoster {
			c.pushed++
		}
	}
	c.hear(out)
	done = true
	for _, x := range c.members {
		if x.version >= x.target {
			continue
		}
		done = false
		if c.now.Before(x.askAt) {
			continue
		}
		c.asked++
		out := c.d.Step(c.now, Event{From: x.addr, Packet: x.frame(wire.TypeRosterGet, wire.RosterGet{Since: x.version}.Append(nil))})
		x.askAt = c.now.Add(time.Second)
		if len(out) > 0 {
			x.askAt = c.now
			c.pages += len(out)
			c.hear(out)
		}
	}
	return done
}

// fill has n members join within a second, then some time pass.
func fill(t testing.TB, n int) *crowd {
	c := &crowd{world: newWorld(t, Limits{}), at: map[netip.AddrPort]*crowdMember{}}
	for i := range n {
		c.arrive(i)
		if (i+1)%max(1, n/20) == 0 {
			c.pass()
		}
	}
	return c
}

// A burst of joins in one room costs each member a bounded number of packets,
// however large the room; and all come to know all.
func TestBurstOfJoins(t *testing.T) {
	const n = 600
	c := fill(t, n)
	if most := smallRoom*smallRoom/2 + 11*n; c.pushed > most {
		t.Errorf("%d pushes while %d joined, want at most %d", c.pushed, n, most)
	}
	for seconds := 2; ; seconds++ {
		done := false
		for range 20 {
			done = c.pass()
		}
		if most := rosterPerSecond * (int(rosterBurst.Seconds()) + seconds); c.pages > most {
			t.Fatalf("%d pages in %d s, want at most %d", c.pages, seconds, most)
		}
		if c.asked > c.pages+n*seconds {
			t.Fatalf("asked %d times for %d pages in %d s", c.asked, c.pages, seconds)
		}
		if done {
			break
		}
		if seconds > 60 {
			t.Fatal("the roster is not told in a minute")
		}
	}
}

// BenchmarkBurst tells the packets of a burst of 1,000 joins in one room: those
// sent unasked, and those asked for in the first ten seconds, the worst of them,
// and until all know all.
func BenchmarkBurst(b *testing.B) {
	const n = 1000
	for b.Loop() {
		c := fill(b, n)
		b.ReportMetric(float64(c.pushed), "pushes")
		begun, worst, last := c.now, 0, 0
		for !c.pass() {
			if at := c.now.Sub(begun); at%time.Second == 0 {
				worst = max(worst, c.asked+c.pages-last)
				last = c.asked + c.pages
				if at == 10*time.Second {
					b.ReportMetric(float64(last), "packets/10s")
				}
			}
		}
		b.ReportMetric(float64(worst), "worst/s")
		b.ReportMetric(float64(c.asked+c.pages), "packets")
		b.ReportMetric(c.now.Sub(begun).Seconds(), "s-until-all")
	}
}
