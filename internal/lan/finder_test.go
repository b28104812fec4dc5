package lan

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
)

const seeds = 10

// onHosts are ways to spread members over hosts.
var onHosts = map[string]func(i int) int{
	"one host":  func(int) int { return 0 },
	"own hosts": func(i int) int { return i },
	"mixed":     func(i int) int { return i / 3 },
}

func TestAtOnce(t *testing.T) {
	for name, host := range onHosts {
		for _, count := range []int{2, 10} {
			for seed := range uint64(seeds) {
				w := newWorld(t, seed)
				for i := range count {
					w.start(host(i), testRoom)
				}
				if took := w.run(time.Minute, w.allMet); took > time.Second/2 {
					t.Errorf("%s: %d met after %v", name, count, took)
				}
				w.pass(40 * time.Second)
				if !w.agreed() || len(w.servers) > maxUsed {
					t.Errorf("%s: %d have %d bootnodes: %s", name, count, len(w.servers), w.state())
				}
			}
		}
	}
}

// Of many that could open a bootnode few do: when they start, and when the one
// they had has gone.
func TestCrowdOpensFew(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		for i := range 20 {
			w.start(i, testRoom)
		}
		w.pass(time.Second)
		if len(w.servers) > 4 {
			t.Errorf("%d bootnodes at the start", len(w.servers))
		}
		for _, n := range slices.Clone(w.nodes) {
			if n.server != nil {
				w.leave(n)
			}
		}
		w.pass(time.Second)
		if len(w.servers) == 0 || len(w.servers) > 4 {
			t.Errorf("then %d bootnodes", len(w.servers))
		}
	}
}

func TestOneAfterTheOther(t *testing.T) {
	for name, host := range onHosts {
		for seed := range uint64(seeds) {
			w := newWorld(t, seed)
			first := w.start(host(0), testRoom)
			w.pass(3 * time.Second)
			if first.server == nil || first.server.port != HomePort {
				t.Fatalf("%s: the first opened %+v", name, first.server)
			}
			for i := range 9 {
				n := w.start(host(i+1), testRoom)
				if took := w.run(time.Minute, w.allMet); took > 10*time.Millisecond {
					t.Errorf("%s: %d met after %v", name, i, took)
				}
				w.pass(2 * time.Second)
				if n.opens != 0 || len(n.uses) != 1 {
					t.Errorf("%s: %d opened %d and used %v", name, i, n.opens, n.uses)
				}
			}
		}
	}
}

func TestLone(t *testing.T) {
	w := newWorld(t, 1)
	n := w.start(0, testRoom)
	if took := w.run(time.Minute, func() bool { return n.server != nil }); took > 2*openWait {
		t.Errorf("opened after %v", took)
	}
	if want := []Target{{"127.0.0.1:9595", n.server.key}}; !slices.Equal(n.targets, want) {
		t.Errorf("uses %v", n.targets)
	}
	w.pass(time.Minute)
	n.sent = 0
	w.pass(10 * time.Minute)
	if n.sent > 10*60*2/3 || len(n.uses) != 1 {
		t.Errorf("%d packets in ten idle minutes, targets changed %d times", n.sent, len(n.uses)-1)
	}
}

// When the host of the bootnode leaves, another opens one.
func TestHostLeaves(t *testing.T) {
	for name, tc := range map[string]struct {
		end   func(*world, *node)
		limit time.Duration
	}{
		"leaves": {(*world).leave, time.Second},
		"killed": {(*world).kill, 9 * time.Second},
	} {
		for where, host := range onHosts {
			for seed := range uint64(seeds) {
				w := newWorld(t, seed)
				first := w.start(host(0), testRoom)
				w.pass(time.Second)
				for i := range 5 {
					w.start(host(i+1), testRoom)
				}
				w.pass(10 * time.Second)
				tc.end(w, first)
				if took := w.run(time.Minute, w.allMet); took > tc.limit {
					t.Errorf("%s, %s: met again after %v", name, where, took)
				}
				w.pass(40 * time.Second)
				if !w.agreed() || len(w.servers) > maxUsed {
					t.Errorf("%s, %s: %d bootnodes: %s", name, where, len(w.servers), w.state())
				}
			}
		}
	}
}

func TestPartitionAndMerge(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.drop = func(a, b *node) bool { return a.host/3 != b.host/3 }
		for i := range 6 {
			w.start(i, testRoom)
		}
		w.pass(5 * time.Second)
		if !w.met(w.nodes[:3]...) || !w.met(w.nodes[3:]...) || w.allMet() {
			t.Fatalf("parted: %s", w.state())
		}
		w.drop = func(_, _ *node) bool { return false }
		if took := w.run(time.Minute, w.allMet); took > 3*time.Second {
			t.Errorf("met after %v", took)
		}
		w.pass(time.Minute)
		if !w.agreed() {
			t.Errorf("disagree: %s", w.state())
		}
		w.drop = func(a, b *node) bool { return a.host/3 != b.host/3 }
		w.pass(30 * time.Second)
		if !w.met(w.nodes[:3]...) || !w.met(w.nodes[3:]...) {
			t.Errorf("parted again: %s", w.state())
		}
	}
}

func TestSurplusCloses(t *testing.T) {
	w := newWorld(t, 1)
	w.drop = func(_, _ *node) bool { return true }
	for i := range 9 {
		w.start(i, testRoom)
	}
	w.pass(5 * time.Second)
	if len(w.servers) != 9 {
		t.Fatalf("%d bootnodes", len(w.servers))
	}
	w.drop = func(_, _ *node) bool { return false }
	w.run(3*time.Second, func() bool { return w.agreed() && len(w.nodes[0].targets) == maxUsed })
	w.pass(surplusFor / 2)
	if len(w.servers) != 9 {
		t.Errorf("%d bootnodes left too soon", len(w.servers))
	}
	w.pass(surplusFor/2 + time.Second)
	if len(w.servers) != maxUsed || !w.agreed() {
		t.Errorf("%d bootnodes left: %s", len(w.servers), w.state())
	}
}

func TestLoss(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		w.drop = func(_, _ *node) bool { return w.rng.IntN(10) < 3 }
		for i := range 10 {
			w.start(i/2, testRoom)
		}
		if took := w.run(time.Minute, w.allMet); took > 5*time.Second {
			t.Errorf("met after %v", took)
		}
		w.pass(40 * time.Second)
		w.run(20*time.Second, w.agreed)
		if len(w.servers) > maxUsed+1 {
			t.Errorf("%d bootnodes", len(w.servers))
		}
	}
}

// Two rooms on the same LAN and hosts do not see each other, and the bootnode
// of the other one at the home port is soon left alone.
func TestOtherRooms(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		var ours, others []*node
		for i := range 6 {
			if i%2 == 0 {
				ours = append(ours, w.start(i/4, testRoom))
			} else {
				others = append(others, w.start(i/4, otherRoom))
			}
		}
		both := func() bool { return w.met(ours...) && w.met(others...) }
		if took := w.run(time.Minute, both); took > time.Second {
			t.Errorf("met after %v", took)
		}
		w.pass(20 * time.Second)
		for _, n := range w.nodes {
			for _, s := range n.targets {
				if at := w.serverAt(n, s); at == nil || at.room != n.room {
					t.Errorf("%d uses %v", n.id, s)
				}
			}
		}
	}
}

// A bootnode that the user started on this host is used besides.
func TestPlainBootnode(t *testing.T) {
	w := newWorld(t, 1)
	w.plain[0] = crypto.RunPublic{0xff, 1}
	a, b := w.start(0, testRoom), w.start(0, testRoom)
	w.pass(time.Second)
	if len(w.servers) != 1 {
		t.Errorf("%d bootnodes that other hosts could find", len(w.servers))
	}
	far := w.start(1, testRoom)
	w.pass(time.Second)
	home := Target{"127.0.0.1:9595", w.plain[0]}
	if !slices.Contains(a.targets, home) || !slices.Contains(b.targets, home) || slices.Contains(far.targets, home) || !w.allMet() {
		t.Fatal(w.state())
	}
	w.plain[0] = crypto.RunPublic{0xff, 2} // another one in its place
	w.pass(10 * time.Second)
	// It was taken away before the new one came, for readers of addresses.
	last := len(a.uses) - 1
	if len(a.uses[last-1]) != len(a.uses[last])-1 || !slices.Contains(a.targets, Target{home.Address, w.plain[0]}) {
		t.Errorf("used %v", a.uses)
	}
	delete(w.plain, 0)
	w.pass(10 * time.Second)
	if slices.ContainsFunc(a.targets, func(t Target) bool { return t.Address == home.Address }) {
		t.Errorf("still uses %v", a.targets)
	}
}

// Where multicast does not work, members of one host meet at the home port.
func TestNoMulticast(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(t, seed)
		var nodes []*node
		for range 3 {
			n := w.start(0, testRoom)
			nodes = append(nodes, n)
		}
		deafen := func() {
			w.queue = slices.DeleteFunc(w.queue, func(d delivery) bool { _, ok := d.ev.(Packet); return ok })
		}
		quiet := func(until func() bool) func() bool { return func() bool { deafen(); return until() } }
		deafen()
		if took := w.run(time.Minute, quiet(w.allMet)); took > time.Second {
			t.Errorf("met after %v", took)
		}
		w.run(10*time.Second, quiet(func() bool { return len(w.servers) == 1 }))
		host := nodes[slices.IndexFunc(nodes, func(n *node) bool { return n.server != nil })]
		w.leave(host)
		if took := w.run(time.Minute, quiet(func() bool { return w.allMet() && len(w.servers) == 1 })); took > time.Second {
			t.Errorf("met again after %v", took)
		}
	}
}

func TestOpenFails(t *testing.T) {
	w := newWorld(t, 1)
	n := w.start(0, testRoom)
	n.failAll = true
	w.pass(10 * time.Minute)
	if n.opens < 10 || n.opens > 60 {
		t.Errorf("tried %d times in ten minutes", n.opens)
	}
	n.failAll = false
	w.pass(time.Minute)
	if len(n.targets) != 1 {
		t.Error(w.state())
	}
}

func TestOwnUnreachable(t *testing.T) {
	w := newWorld(t, 1)
	n := w.start(0, testRoom)
	w.pass(time.Second)
	old := n.targets[0]
	w.step(n, Unreachable{old.Address})
	w.pass(time.Second)
	if len(n.targets) != 1 || n.targets[0].Key == old.Key {
		t.Errorf("%v, then %v", old, n.targets)
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	trace := func() []string {
		w := newWorld(t, 3)
		for i := range 5 {
			w.start(i/2, testRoom)
		}
		w.pass(10 * time.Second)
		w.kill(w.nodes[0])
		w.pass(20 * time.Second)
		return w.trace
	}
	if a, b := trace(), trace(); len(a) < 100 || !slices.Equal(a, b) {
		t.Errorf("%d actions, %d actions, not the same", len(a), len(b))
	}
}
