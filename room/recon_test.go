package room

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

// pair loads two engines with sets of independent authors' records and returns
// them linked, with the bytes sent apart from the records themselves.
func reconcile(t testing.TB, common, onlyA, onlyB int, scattered bool) (bytes int) {
	s := newSim(t, 1, 2)
	s.maxDelay = time.Millisecond
	rng := rand.New(rand.NewPCG(1, 2))
	base := clkOf(simEpoch) - 100_000_000
	n := common + onlyA + onlyB
	store := func(node *node, r *wire.Record) { _ = node.store.Commit([]*wire.Record{r}, nil) }
	for i := range n {
		w := &scribe{id: memberN(5000), chain: uint64(i), clk: base + wire.Clk(i)*100}
		r := w.write(fmt.Sprint(i))
		kind := i - common // the tail differs
		if scattered {
			kind = rng.IntN(n) - common
		}
		if kind < onlyA {
			store(s.nodes[0], r)
		}
		if kind < 0 || kind >= onlyA {
			store(s.nodes[1], r)
		}
	}
	for _, nd := range s.nodes {
		nd.start()
	}
	s.onAction = func(_ *node, a Action) {
		if send, ok := a.(Send); ok {
			if f, _ := wire.ParseLinkFrame(unframe(send.Frame)); f.LinkFrameType() != wire.LinkFramePush && f.LinkFrameType() != wire.LinkFrameAck {
				bytes += len(send.Frame)
			}
		}
	}
	s.connect(s.nodes[0], s.nodes[1])
	s.run(5 * time.Second)
	if got := len(s.nodes[0].store.records); got != n {
		t.Fatalf("%d of %d records", got, n)
	}
	s.checkEqual()
	return bytes
}

func TestReconciliation(t *testing.T) {
	for _, c := range []struct {
		common, a, b int
		scattered    bool
		budget       int
	}{
		{0, 0, 10, false, 400},
		{0, 300, 0, false, 1000},
		{1000, 0, 0, false, 200},
		{1000, 1, 0, false, 6000},
		{1000, 0, 100, false, 6000},
		{1000, 50, 50, false, 8000},
		{800, 20, 20, true, 40000},
		{10, 5, 5, true, 1500},
	} {
		got := reconcile(t, c.common, c.a, c.b, c.scattered)
		if got > c.budget {
			t.Errorf("%+v: %d bytes", c, got)
		}
	}
}

// An empty member that joins many must be sent the past by one.
func TestJoinerIsSentThePastOnce(t *testing.T) {
	s := newSim(t, 4, 8)
	for i := range 200 {
		s.nodes[0].say(fmt.Sprint(i))
		s.run(70 * time.Millisecond)
	}
	for i := 1; i < 7; i++ {
		for _, b := range s.nodes[:i] {
			s.connect(b, s.nodes[i])
		}
		s.run(5 * time.Second)
	}
	pushes := 0
	s.onAction = func(_ *node, a Action) {
		if send, ok := a.(Send); ok {
			if f, _ := wire.ParseLinkFrame(unframe(send.Frame)); f.LinkFrameType() == wire.LinkFramePush {
				pushes++
			}
		}
	}
	for _, b := range s.nodes[:7] {
		s.connect(b, s.nodes[7])
	}
	s.run(5 * time.Second)
	s.checkEqual()
	if pushes > 200+20 {
		t.Errorf("%d pushes for 200 records", pushes)
	}
}

func TestIndexIsASortedSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var x index
	var model []*entry
	for range 6000 {
		if len(model) > 0 && rng.IntN(3) == 0 {
			i := rng.IntN(len(model))
			x.remove(model[i])
			model = slices.Delete(model, i, i+1)
			continue
		}
		e := &entry{clk: wire.Clk(rng.IntN(4000))}
		e.id[0], e.id[31] = byte(rng.Uint32()), byte(rng.Uint32())
		if i, found := slices.BinarySearchFunc(model, e, compareEntries); !found {
			x.insert(e)
			model = slices.Insert(model, i, e)
		}
	}
	var up, down []*entry
	x.ascend(zeroBound, func(e *entry) bool { up = append(up, e); return true })
	x.descend(func(e *entry) bool { down = append(down, e); return true })
	slices.Reverse(down)
	if !slices.Equal(up, model) || !slices.Equal(down, model) || x.n != len(model) {
		t.Fatal("not the model's order")
	}
	from := model[len(model)/2].bound()
	var tail []*entry
	x.ascend(from, func(e *entry) bool { tail = append(tail, e); return true })
	if !slices.Equal(tail, model[len(model)/2:]) {
		t.Error("ascend starts in the wrong place")
	}
}
