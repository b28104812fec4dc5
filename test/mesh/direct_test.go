package mesh

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/peer"
	"gochat/room"
)

// disk keeps what a member of a test keeps over restarts.
type disk struct {
	peer.MemoryMeta
	mu     sync.Mutex
	stores map[crypto.RoomID]*room.MemoryStore
}

func (d *disk) open(self crypto.PublicKey, keys *crypto.RoomKeys) (peer.Store, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stores[keys.ID] == nil {
		d.stores[keys.ID] = &room.MemoryStore{Self: self}
	}
	return d.stores[keys.ID], nil
}

// withDisks gives each member a disk of its own.
func (w *world) withDisks() {
	disks := map[string]*disk{}
	w.tune = func(name string, cfg *peer.Config) {
		d := disks[name]
		if d == nil {
			d = &disk{stores: map[crypto.RoomID]*room.MemoryStore{}}
			disks[name] = d
		}
		self := cfg.Identity.Public()
		cfg.Meta = d
		cfg.OpenStore = func(keys *crypto.RoomKeys) (peer.Store, error) { return d.open(self, keys) }
	}
}

// keyOf is the key of somebody who may not have started yet.
func keyOf(name string) crypto.PublicKey {
	var seed [32]byte
	copy(seed[:], name)
	return crypto.IdentityFromSeed(seed).Public()
}

// direct opens a conversation by the names of the others.
func (m *member) direct(others ...string) *peer.Room {
	m.w.t.Helper()
	var keys []crypto.PublicKey
	for _, name := range others {
		keys = append(keys, keyOf(name))
	}
	r, err := m.node.Direct(keys...)
	if err != nil {
		m.w.t.Fatalf("%s: conversation with %v: %v", m.name, others, err)
	}
	return r
}

func (m *member) say(r *peer.Room, text string) {
	m.w.t.Helper()
	if _, err := r.Send(peer.Text, text); err != nil {
		m.w.t.Fatalf("%s: send to %s: %v", m.name, r.Name(), err)
	}
}

// gets waits until a member was shown a text, and returns in which room. It is
// shown once, and in no other room.
func (m *member) gets(limit time.Duration, text string) (in string) {
	m.w.t.Helper()
	m.w.eventually(limit, m.name+" gets "+text, func() bool { return m.roomOf(text) != "" })
	return m.roomOf(text)
}

func (m *member) roomOf(text string) (in string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for room, s := range m.seen {
		for _, x := range s.texts {
			if x == text && in != "" {
				m.w.t.Errorf("%s was shown %q in %s and in %s", m.name, text, in, room)
			}
			if x == text {
				in = room
			}
		}
	}
	return in
}

// told lists the rooms told as joined or parted.
func (m *member) told() []peer.RoomChanged {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.changes)
}

func (w *world) four() (a, b, c, d *member) {
	w.t.Helper()
	var all []*member
	for i, name := range []string{"alice", "bob", "carol", "dave"} {
		all = append(all, w.join(name, w.home(name, simnet.PortRestricted(), i+1), 1))
	}
	w.meet(10*time.Second, all...)
	time.Sleep(5 * time.Second)
	return all[0], all[1], all[2], all[3]
}

// Whoever is in a room together writes to each other at once, on the links that
// are there; nobody else sees anything of it.
func TestDirectInARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a, b, c, d := w.four()
		before := a.node.Stats().Handshakes
		began := time.Now()
		r := a.direct("bob")
		if r.Name() != "@bob" || !r.Private() || !slices.Equal(r.Between(), members(a, b)) {
			t.Errorf("%s between %v", r.Name(), r.Between())
		}
		a.say(r, "psst")
		if in := b.gets(time.Second, "psst"); in != "@alice" {
			t.Errorf("in %s", in)
		}
		if took := time.Since(began); took > 200*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if got := b.told(); len(got) != 1 || got[0] != (peer.RoomChanged{Room: "@alice", State: peer.RoomJoined, Direct: true}) {
			t.Errorf("bob was told %v", got)
		}
		if again := b.direct("alice"); again != b.node.Room("@alice") {
			t.Error("bob has two conversations with alice")
		}
		b.say(b.node.Room("@alice"), "what?")
		if in := a.gets(time.Second, "what?"); in != "@bob" {
			t.Errorf("in %s", in)
		}
		w.eventually(time.Second, "delivery", func() bool { return r.Drain(t.Context()).OK() })
		w.meetPair(a, "@bob", b, "@alice")
		time.Sleep(time.Minute)
		for _, m := range []*member{c, d} {
			if len(m.told()) != 0 || len(m.shownIn("r")) != 0 {
				t.Errorf("%s was told %v", m.name, m.told())
			}
		}
		if a.node.Stats().Handshakes != before {
			t.Error("a connection was made anew")
		}
	})
}

func members(ms ...*member) crypto.Members {
	var keys []crypto.PublicKey
	for _, m := range ms {
		keys = append(keys, m.id.Public())
	}
	list, _ := crypto.NewMembers(keys...)
	return list
}

// meetPair checks that both see each other in their conversation.
func (w *world) meetPair(a *member, roomA string, b *member, roomB string) {
	w.t.Helper()
	w.eventually(10*time.Second, a.name+" and "+b.name+" meet", func() bool {
		return a.stateIn(roomA, b).State == peer.Joined && b.stateIn(roomB, a).State == peer.Joined
	})
}

// A conversation of several comes by invitations, which nobody sees.
func TestDirectOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a, b, c, d := w.four()
		began := time.Now()
		r := a.direct("bob", "carol")
		if r.Name() != "@bob,carol" {
			t.Errorf("called %s", r.Name())
		}
		a.say(r, "the three of us")
		inB, inC := b.gets(10*time.Second, "the three of us"), c.gets(10*time.Second, "the three of us")
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("took %v", took)
		}
		for _, x := range []struct {
			m  *member
			in string
		}{{b, inB}, {c, inC}} {
			at := x.m.node.Room(x.in)
			if at == nil || !slices.Equal(at.Between(), members(a, b, c)) {
				t.Fatalf("%s: %s", x.m.name, x.in)
			}
			x.m.say(at, "from "+x.m.name)
			if got := x.m.told(); len(got) != 1 {
				t.Errorf("%s was told %v", x.m.name, got)
			}
		}
		for _, m := range []*member{a, b, c} {
			m.gets(20*time.Second, "from bob")
			m.gets(20*time.Second, "from carol")
		}
		if got := a.told(); len(got) != 1 {
			t.Errorf("alice was told %v", got)
		}
		time.Sleep(time.Minute)
		if len(d.told()) != 0 {
			t.Errorf("dave was told %v", d.told())
		}
		if a.direct("carol", "bob", "carol", "alice") != r {
			t.Error("the same people, another conversation")
		}
		// Without the room they go on.
		for _, m := range []*member{a, b, c} {
			m.room.Leave()
		}
		time.Sleep(time.Minute)
		b.say(b.node.Room(inB), "still here")
		a.gets(10*time.Second, "still here")
		c.gets(10*time.Second, "still here")
	})
}

// A message to somebody who is not there is kept until both meet, over restarts,
// and without a room in common once both know of the conversation.
func TestDirectToWhoIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.withDisks()
		homeA, homeB := w.home("alice", simnet.PortRestricted(), 1), w.home("bob", simnet.PortRestricted(), 2)
		a := w.joinAll("alice", homeA, 1)
		r := a.direct("bob")
		if !strings.HasPrefix(r.Name(), "@") {
			t.Errorf("called %s", r.Name())
		}
		a.say(r, "when you come")
		time.Sleep(48 * time.Hour)
		a.leave()
		a = w.joinAll("alice", homeA, 2, "r")
		a.back(t, 1)
		time.Sleep(time.Hour)
		b := w.joinAll("bob", homeB, 1, "r") // has never heard of it
		if in := b.gets(10*time.Second, "when you come"); in != "@alice" {
			t.Errorf("in %s", in)
		}
		b.leave()
		a.leave()

		// Both again, in no room.
		a = w.joinAll("alice", homeA, 3)
		a.back(t, 1)
		a.say(a.direct("bob"), "and now?")
		time.Sleep(time.Minute)
		a.leave()
		b = w.joinAll("bob", homeB, 2)
		if b.back(t, 1)[0].Name() != "@alice" {
			t.Error("the name did not stay")
		}
		b.say(b.direct("alice"), "here")
		time.Sleep(time.Minute)
		a = w.joinAll("alice", homeA, 4)
		if name := a.back(t, 1)[0].Name(); name != "@bob" {
			t.Errorf("alice calls it %s still", name)
		}
		b.gets(10*time.Second, "and now?")
		a.gets(10*time.Second, "here")
		b.gets(time.Second, "and now?")
		if b.roomOf("when you come") != "" {
			t.Error("shown again after a restart")
		}
	})
}

// back opens what was open before.
func (m *member) back(t *testing.T, want int) []*peer.Room {
	t.Helper()
	list := m.node.Conversations()
	if len(list) != want {
		t.Fatalf("%s: %d conversations came back", m.name, len(list))
	}
	return list
}

// An invitation waits for who is away, and a conversation of several comes back
// after a restart, the secret and unsent invitations included.
func TestDirectOfSeveralOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.withDisks()
		var homes []*simnet.Host
		for i, name := range []string{"alice", "bob", "carol"} {
			homes = append(homes, w.home(name, simnet.PortRestricted(), i+1))
		}
		a := w.joinAll("alice", homes[0], 1, "r")
		b := w.joinAll("bob", homes[1], 1, "r")
		w.meet(10*time.Second, a, b)
		a.say(a.direct("bob", "carol"), "carol is late")
		b.gets(10*time.Second, "carol is late")
		a.leave()
		b.leave()
		a, b = w.joinAll("alice", homes[0], 2, "r"), w.joinAll("bob", homes[1], 2)
		a.back(t, 1)
		r := b.back(t, 1)[0]
		time.Sleep(time.Minute)
		b.say(r, "very late")
		a.gets(10*time.Second, "very late")
		c := w.joinAll("carol", homes[2], 1, "r")
		c.gets(30*time.Second, "carol is late")
		c.gets(30*time.Second, "very late")
		c.say(c.node.Room(c.roomOf("very late")), "sorry")
		a.gets(30*time.Second, "sorry")
		b.gets(30*time.Second, "sorry")
	})
}

// Two begin with the same people at once: all come to the same one.
func TestDirectBegunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a, b, c, _ := w.four()
		others := map[*member][]string{a: {"bob", "carol"}, b: {"alice", "carol"}, c: {"alice", "bob"}}
		for _, m := range []*member{a, b} {
			m.say(m.direct(others[m]...), "first of "+m.name)
		}
		for _, m := range []*member{a, b, c} {
			m.gets(30*time.Second, "first of alice")
			m.gets(30*time.Second, "first of bob")
		}
		time.Sleep(time.Minute)
		ra, rb := a.roomOf("first of alice"), b.roomOf("first of bob")
		for i, m := range []*member{a, b, c} {
			m.say(m.direct(others[m]...), fmt.Sprint("then ", i))
		}
		a.say(a.node.Room(ra), "where it was, alice")
		b.say(b.node.Room(rb), "where it was, bob")
		for _, m := range []*member{a, b, c} {
			in := m.gets(30*time.Second, "then 0")
			for _, text := range []string{"then 1", "then 2", "where it was, alice", "where it was, bob"} {
				if got := m.gets(30*time.Second, text); got != in {
					t.Errorf("%s: %q in %s, the rest in %s", m.name, text, got, in)
				}
			}
		}
		if a.noticed(peer.CodeMoved)+b.noticed(peer.CodeMoved) != 1 {
			t.Error("one of them has to be told that it goes on elsewhere")
		}
	})
}

// Who leaves a conversation of two hears of it again when something is written;
// who leaves one of several does not.
func TestDirectLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a, b, c, _ := w.four()
		two, three := a.direct("bob"), a.direct("bob", "carol")
		a.say(two, "two 1")
		a.say(three, "three 1")
		b.node.Room(b.gets(10*time.Second, "two 1")).Leave()
		b.node.Room(b.gets(10*time.Second, "three 1")).Leave()
		time.Sleep(10 * time.Minute)
		if len(b.told()) != 4 {
			t.Errorf("bob was told %v", b.told())
		}
		a.say(two, "two 2")
		a.say(three, "three 2")
		c.gets(10*time.Second, "three 2")
		w.eventually(5*time.Second, "delivery to who is left", func() bool {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return three.Drain(ctx).OK()
		})
		time.Sleep(10 * time.Minute)
		if b.roomOf("three 2") != "" {
			t.Error("bob reads what he left")
		}
		if in := b.gets(time.Second, "two 2"); in != "@alice" {
			t.Errorf("in %s", in)
		}
	})
}

// Somebody else's nick does not get its name: neither the nick of who was known
// first nor one's own.
func TestDirectByAnImpostor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a, b, c, d := w.four()
		for m, nick := range map[*member]string{c: "bob", d: "Alice"} {
			if err := m.node.SetNick(nick); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Second)
		for m, want := range map[*member]string{
			b: "@bob", c: "@bob#" + c.id.Public().Suffix(), d: "@Alice#" + d.id.Public().Suffix(),
		} {
			m.say(m.direct("alice"), "hello from "+m.name)
			if in := a.gets(time.Second, "hello from "+m.name); in != want {
				t.Errorf("%s is called %s, want %s", m.name, in, want)
			}
		}
	})
}

// A program that sends to a key and ends: no room, no conversation but this.
func TestSendToKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		b := w.joinAll("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		b.direct("alice")
		w.tune = func(_ string, cfg *peer.Config) { cfg.Unattended = true }
		a := w.joinAll("alice", w.home("alice", simnet.Symmetric(), 1), 1)
		r := a.direct("bob")
		began := time.Now()
		a.say(r, "deployed")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if d := r.Drain(ctx); !d.OK() || d.Sent != 1 {
			t.Errorf("%+v", d)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v", took)
		}
		a.leave()
		b.gets(time.Second, "deployed")
	})
}

// In a large room most members have no link with each other. Who writes to
// somebody gets one, for the conversation.
func TestDirectInACrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds of processor time")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		ms := w.crowd(0, 56)
		w.know(10*time.Second, ms)
		w.shape(60*time.Second, ms, 3, 11)
		a, others := ms[0], ms[1:]
		far := slices.DeleteFunc(slices.Clone(others), func(m *member) bool { return a.state(m).State != peer.Present })
		if len(far) < 10 {
			t.Fatalf("%d have no link", len(far))
		}
		began := time.Now()
		a.say(a.direct(far[0].name), "to one")
		far[0].gets(2*time.Second, "to one")
		t.Logf("to one after %v", time.Since(began))
		far[0].say(far[0].node.Room(far[0].roomOf("to one")), "back")
		a.gets(time.Second, "back")
		began = time.Now()
		a.say(a.direct(far[1].name, far[2].name), "to two")
		far[1].gets(5*time.Second, "to two")
		far[2].gets(5*time.Second, "to two")
		t.Logf("to two after %v", time.Since(began))
		for _, m := range ms[1:] {
			if n := len(m.told()); (n > 0) != slices.Contains(far[:3], m) {
				t.Errorf("%s was told %v", m.name, m.told())
			}
		}
	})
}
