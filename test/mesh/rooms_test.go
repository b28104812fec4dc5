package mesh

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/peer"
)

// oneConnection checks that a member has one connection that carries so many
// rooms, and that it is the first one.
func (m *member) oneConnection(links int) {
	m.w.t.Helper()
	synctest.Wait()
	if s := m.node.Stats(); s != (peer.Stats{Contacts: 1, Connections: 1, Links: links, Handshakes: 1}) {
		m.w.t.Errorf("%s: %+v, want one contact, one connection from one handshake, %d links", m.name, s, links)
	}
}

var abc = []string{"a", "b", "c"}

// Who shares three rooms has one connection, and the first messages of each
// room come as soon as with one room.
func TestThreeRoomsShareAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, abc...)
		time.Sleep(2 * time.Second)
		for _, room := range abc {
			a.sendTo(room, "before in "+room)
		}
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, abc...)
		began := time.Now()
		for _, room := range abc {
			b.sendTo(room, "at once in "+room)
		}
		for _, room := range abc {
			w.agreeIn(room, 5*time.Second, []string{"before in " + room, "at once in " + room}, a, b)
			w.meetIn(room, 5*time.Second, a, b)
		}
		d := time.Since(began)
		t.Logf("the first messages of three rooms after %v", d)
		if d > 350*time.Millisecond {
			t.Errorf("the first messages took %v of virtual time", d)
		}
		time.Sleep(5 * time.Second)
		for _, m := range []*member{a, b} {
			m.oneConnection(3)
			for _, room := range abc {
				for _, o := range m.rooms[room].Members() {
					if o.Path != peer.PathDirect {
						t.Errorf("%s: path %v in %s", m.name, o.Path, room)
					}
				}
			}
		}
	})
}

// One room more with somebody who is linked with already: no handshake, and
// the records are there with the announcement.
func TestOneRoomMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a", "b")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "a")
		w.meetIn("a", 5*time.Second, a, b)
		time.Sleep(3 * time.Second) // directly by now
		a.sendTo("b", "before")
		began := time.Now()
		b.enter("b")
		b.sendTo("b", "at once")
		w.agreeIn("b", 5*time.Second, []string{"before", "at once"}, a, b)
		w.meetIn("b", 5*time.Second, a, b)
		d := time.Since(began)
		t.Logf("the first messages of a further room after %v", d)
		if d > 210*time.Millisecond { // registered 100 ms, proofs 50 ms, records behind them
			t.Errorf("took %v", d)
		}
		if s := a.stateIn("b", b); s.Nick != "bob" {
			t.Errorf("bob is called %s", s.Nick)
		}
		a.oneConnection(2)
		b.oneConnection(2)
		if len(b.changes) != 1 || b.changes[0] != (peer.RoomChanged{Room: "b", State: peer.RoomJoined}) {
			t.Errorf("bob was told %v", b.changes)
		}
	})
}

// Parting is told at once, touches no other room, and can be undone.
func TestPartAndRejoin(t *testing.T) {
	for name, nat := range map[string]simnet.NAT{"direct": simnet.PortRestricted(), "relayed": simnet.Symmetric()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, delay)
				defer w.end()
				a := w.joinAll("alice", w.home("alice", nat, 1), 1, abc...)
				b := w.joinAll("bob", w.home("bob", nat, 2), 1, abc...)
				for _, room := range abc {
					w.meetIn(room, 5*time.Second, a, b)
				}
				time.Sleep(3 * time.Second)
				for _, room := range []string{"b", "a"} { // a introduced them
					first := room == "b"
					b.sendTo(room, "last words")
					b.rooms[room].Leave()
					if _, err := b.rooms[room].Send(peer.Text, "too late"); err != peer.ErrParted {
						t.Errorf("send after leaving: %v", err)
					}
					gone := w.eventually(2*time.Second, "bob left "+room, func() bool { return a.stateIn(room, b).State == peer.Left })
					if gone > 300*time.Millisecond {
						t.Errorf("told after %v", gone)
					}
					w.agreeIn(room, time.Second, []string{"last words"}, a, b)
					a.sendTo(room, "while bob is away")
					time.Sleep(time.Minute)
					a.sendTo("c", "to c without "+room)
					if want := []string{"to c without b"}; first {
						w.agreeIn("c", time.Second, want, a, b)
						a.oneConnection(2)
					} else {
						w.agreeIn("c", time.Second, append(want, "to c without a"), a, b)
					}
					b.enter(room)
					w.meetIn(room, 2*time.Second, a, b)
					w.agreeIn(room, 2*time.Second, []string{"last words", "while bob is away"}, a, b)
					b.sendTo(room, "back again")
					w.agreeIn(room, 2*time.Second, []string{"last words", "while bob is away", "back again"}, a, b)
				}
				a.oneConnection(3)
				b.oneConnection(3)
				if n := a.lost("c", b) + b.lost("c", a); n > 0 {
					t.Errorf("told %d times that somebody left c", n)
				}
			})
		})
	}
}

// With the last room they share two members have nothing to do with each
// other any more; each goes on with others.
func TestPartTheLastRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a", "b")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "a")
		c := w.joinAll("carol", w.home("carol", simnet.PortRestricted(), 3), 1, "b")
		w.meetIn("a", 5*time.Second, a, b)
		w.meetIn("b", 5*time.Second, a, c)
		a.rooms["a"].Leave()
		w.eventually(time.Second, "alice left a", func() bool { return b.stateIn("a", a).State == peer.Left })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s := b.node.Stats(); s.Contacts+s.Connections != 0 {
			t.Errorf("bob still has to do with alice: %+v", s)
		}
		a.oneConnectionOf(2)
		a.enter("a") // at once again, as if nothing had been
		took := w.meetIn("a", 5*time.Second, a, b)
		if took > 400*time.Millisecond {
			t.Errorf("met again after %v", took)
		}
		a.rooms["a"].Leave()
		a.enter("a") // before the others have read the goodbye
		time.Sleep(3 * time.Second)
		w.meetIn("a", time.Second, a, b)
		a.sendTo("b", "hello")
		w.agreeIn("b", time.Second, []string{"hello"}, a, c)
	})
}

// oneConnectionOf checks that a member has one connection, out of so many.
func (m *member) oneConnectionOf(handshakes uint64) {
	m.w.t.Helper()
	synctest.Wait()
	if s := m.node.Stats(); s.Connections != 1 || s.Contacts != 1 || s.Handshakes > handshakes {
		m.w.t.Errorf("%s: %+v", m.name, s)
	}
}

// Members of one of my rooms learn nothing of those in the other.
func TestRoomsDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a", "b")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "b", "a")
		c := w.joinAll("carol", w.home("carol", simnet.PortRestricted(), 3), 1, "a")
		d := w.joinAll("dave", w.home("dave", simnet.PortRestricted(), 4), 1, "b")
		w.meetIn("a", 5*time.Second, a, b, c)
		w.meetIn("b", 5*time.Second, a, b, d)
		a.sendTo("a", "in a")
		b.sendTo("b", "in b")
		w.agreeIn("a", 5*time.Second, []string{"in a"}, a, b, c)
		w.agreeIn("b", 5*time.Second, []string{"in b"}, a, b, d)
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, m := range []*member{c, d} {
			if s := m.node.Stats(); s.Contacts != 2 || s.Links != 2 {
				t.Errorf("%s: %+v", m.name, s)
			}
			m.mu.Lock()
			if len(m.seen) != 1 {
				t.Errorf("%s was told of %d rooms", m.name, len(m.seen))
			}
			m.mu.Unlock()
		}
		if s := a.node.Stats(); s.Contacts != 3 || s.Links != 4 {
			t.Errorf("alice: %+v", s)
		}
	})
}

// In one of two rooms the secrets differ: these are two rooms of one name.
func TestWrongSecretInOneRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "r")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "r")
		a.enterAs(peer.RoomConfig{Name: "family", Keys: w.keys("family", "swordfish"), Private: true})
		b.enterAs(peer.RoomConfig{Name: "family", Keys: w.keys("family", "sword fish"), Private: true})
		w.meet(5*time.Second, a, b)
		a.sendTo("family", "dinner is ready")
		b.send("where are you?")
		w.agree(5*time.Second, []string{"where are you?"}, a, b)
		time.Sleep(30 * time.Second)
		a.oneConnection(1)
		if len(b.shownIn("family")) > 0 || len(a.rooms["family"].Members()) > 0 {
			t.Error("they met without having the same secret")
		}
	})
}

// A room for some: whoever else knows the room is not linked with there, and
// is no worse off elsewhere.
func TestRoomForSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		keys := w.keys("two", "")
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		b := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		c := w.join("carol", w.home("carol", simnet.PortRestricted(), 3), 1)
		set := map[crypto.PublicKey]bool{a.id.Public(): true, b.id.Public(): true}
		for _, m := range []*member{a, b} {
			m.enterAs(peer.RoomConfig{Name: "two", Keys: keys, Member: func(k crypto.PublicKey) bool { return set[k] }})
		}
		c.enterAs(peer.RoomConfig{Name: "two", Keys: keys})
		w.meet(5*time.Second, a, b, c)
		w.meetIn("two", 5*time.Second, a, b)
		a.sendTo("two", "for bob alone")
		c.sendTo("two", "let me in")
		w.agreeIn("two", 5*time.Second, []string{"for bob alone"}, a, b)
		time.Sleep(30 * time.Second) // carol tries on
		c.send("hello")
		w.agree(5*time.Second, []string{"hello"}, a, b, c)
		if got := c.shownIn("two"); fmt.Sprint(got) != "[let me in]" {
			t.Errorf("carol sees %q", got)
		}
		for _, m := range []*member{a, b} {
			if len(m.rooms["two"].Members()) != 1 || len(m.shownIn("two")) != 1 {
				t.Errorf("%s let carol in", m.name)
			}
			if m.lost("r", c)+c.lost("r", m) > 0 || m.node.Stats().Handshakes != 2 {
				t.Errorf("%s and carol were disturbed in r: %+v", m.name, m.node.Stats())
			}
		}
	})
}

// A new run ends the old one in all rooms, also in those it has not joined.
func TestRunRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, abc...)
		host := w.home("bob", simnet.PortRestricted(), 2)
		b := w.joinAll("bob", host, 1, abc...)
		for _, room := range abc {
			w.meetIn(room, 5*time.Second, a, b)
		}
		host.SetAddrs() // a crash
		b.leave()
		host.SetAddrs("192.168.1.2")
		again := w.joinAll("bob", host, 2, "b", "c")
		w.eventually(2*time.Second, "the old run left a", func() bool { return a.stateIn("a", again).State == peer.Left })
		w.meetIn("b", 2*time.Second, a, again)
		w.meetIn("c", 2*time.Second, a, again)
		a.sendTo("b", "welcome back")
		w.agreeIn("b", 2*time.Second, []string{"welcome back"}, a, again)
		time.Sleep(30 * time.Second)
		a.oneConnectionOf(2)
		if s := a.stateIn("a", again).State; s != peer.Left {
			t.Errorf("bob is %v in a", s)
		}
		again.enter("a")
		w.meetIn("a", 2*time.Second, a, again)
	})
}

// Each is the newcomer in one of two rooms, so both dial, and at once.
func TestDialsFromDifferentRoomsCross(t *testing.T) {
	for _, first := range []string{"alice", "bob"} { // either key may be the lower one
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, delay)
			defer w.end()
			second := map[string]string{"alice": "bob", "bob": "alice"}[first]
			a := w.joinAll(first, w.home(first, simnet.PortRestricted(), 1), 1, "a")
			b := w.joinAll(second, w.home(second, simnet.PortRestricted(), 2), 1, "b")
			time.Sleep(2 * time.Second)
			a.sendTo("a", "typed before")
			b.enter("a")
			a.enter("b")
			b.sendTo("a", "hello a")
			a.sendTo("b", "hello b")
			w.meetIn("a", 5*time.Second, a, b)
			w.meetIn("b", 5*time.Second, a, b)
			w.agreeIn("a", 2*time.Second, []string{"typed before", "hello a"}, a, b)
			w.agreeIn("b", 2*time.Second, []string{"hello b"}, a, b)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			for _, m := range []*member{a, b} {
				if s := m.node.Stats(); s.Connections != 1 || s.Links != 2 {
					t.Errorf("%s: %+v", m.name, s)
				}
			}
			if n := a.lost("a", b) + a.lost("b", b) + b.lost("a", a) + b.lost("b", a); n > 0 {
				t.Errorf("told %d times that somebody left", n)
			}
		})
	}
}

// Both open a stream for a further room at the same moment.
func TestFurtherRoomsCross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "a")
		w.meetIn("a", 5*time.Second, a, b)
		time.Sleep(2 * time.Second)
		for i := range 10 {
			room := fmt.Sprint("further ", i)
			a.enter(room)
			b.enter(room)
			a.sendTo(room, "from alice")
			b.sendTo(room, "from bob")
		}
		for i := range 10 {
			room := fmt.Sprint("further ", i)
			w.meetIn(room, 3*time.Second, a, b)
			w.agreeIn(room, 3*time.Second, []string{"from alice", "from bob"}, a, b)
		}
		time.Sleep(5 * time.Second)
		a.oneConnection(11)
		b.oneConnection(11)
	})
}

// Rooms come and go on a network that loses, doubles and reorders: in each
// everything arrives, once.
func TestRoomsComeAndGoUnderLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := delay
		link.Loss, link.Duplicate, link.Reorder, link.Jitter = 0.15, 0.1, 0.1, 5*time.Millisecond
		w := newWorld(t, link)
		defer w.end()
		var ms []*member
		for i, name := range []string{"alice", "bob", "carol"} {
			ms = append(ms, w.joinAll(name, w.home(name, simnet.PortRestricted(), i), 1, abc...))
		}
		for _, room := range abc {
			w.meetIn(room, 60*time.Second, ms...)
		}
		said := map[string][]string{}
		for i := range 60 {
			room, m := abc[i%3], ms[i/3%3]
			if i%10 == 9 && room != "c" {
				m.rooms[room].Leave()
				m.enter(room)
			}
			text := fmt.Sprintf("%s %d", m.name, i)
			m.sendTo(room, text)
			said[room] = append(said[room], text)
			time.Sleep(200 * time.Millisecond)
		}
		for _, room := range abc {
			w.agreeIn(room, 2*time.Minute, said[room], ms...)
			w.meetIn(room, time.Minute, ms...)
		}
		synctest.Wait()
		for _, m := range ms {
			if s := m.node.Stats(); s.Contacts != 2 || s.Connections != 2 || s.Links != 6 {
				t.Errorf("%s: %+v", m.name, s)
			}
		}
	})
}

// A bootnode for one room is told of no other, and keeps that one going.
func TestBootnodeForOneRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		asked := make(chan crypto.RoomTag, 1000)
		stop := w.bootnodeAt("203.0.113.2", func(tag crypto.RoomTag) bool { asked <- tag; return true })
		defer stop()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a", "b")
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1, "b")
		w.meetIn("b", 5*time.Second, a, b)
		both := []peer.Bootnode{
			{Address: bootAddr, Key: w.bootKey.Public(), Strict: true, Rooms: []string{"a"}},
			{Address: "203.0.113.2:9595", Rooms: []string{"b"}},
		}
		for _, m := range []*member{a, b} {
			if err := m.node.SetBootnodes(both); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		c := w.joinAll("carol", w.home("carol", simnet.PortRestricted(), 3), 1)
		if err := c.node.SetBootnodes(both); err != nil {
			t.Fatal(err)
		}
		c.enter("a")
		c.enter("b")
		w.meetIn("a", 5*time.Second, a, c)
		w.meetIn("b", 5*time.Second, a, b, c)
		if n := a.lost("b", b); n > 0 {
			t.Errorf("bob left %d times while bootnodes changed", n)
		}
		close(asked)
		for tag := range asked {
			if tag != w.keys("b", "").Tag {
				t.Fatal("the bootnode was told of a room that it is not for")
			}
		}
	})
}

// A bootnode that takes one of two rooms: the other one's members are told.
func TestBootnodeRefusesOneRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		served := w.keys("a", "").Tag
		stop := w.bootnodeAt("203.0.113.2", func(tag crypto.RoomTag) bool { return tag == served })
		defer stop()
		a := w.joinAll("alice", w.home("alice", simnet.PortRestricted(), 1), 1, "a", "b")
		if err := a.node.SetBootnodes([]peer.Bootnode{{Address: "203.0.113.2:9595"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.notices) != 1 || a.notices[0].Code != peer.CodeNotRegistered || a.notices[0].Room != "b" {
			t.Errorf("notices %+v", a.notices)
		}
		if fmt.Sprint(a.failed) != "[b at 203.0.113.2:9595]" {
			t.Errorf("told that registering failed: %v", a.failed)
		}
	})
}
