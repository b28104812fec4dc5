package room

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// refuse makes a member take nothing of another, so that two sets stay different.
func (n *pipeNode) refuse(author crypto.PublicKey) {
	n.engine.cfg.Member = func(k crypto.PublicKey) bool { return k != author }
}

func (n *pipeNode) compared() (out []Comparison) {
	for _, a := range n.got {
		if c, ok := a.(Compared); ok {
			out = append(out, c.Comparison)
		}
	}
	n.got, n.at = nil, nil
	return out
}

func TestSame(t *testing.T) {
	p := newPipes(t, 20*time.Millisecond, 1_000_000)
	common := chat(5000, 5, 30*time.Minute)
	x, y := newScribe(300), newScribe(301)
	x.clk, y.clk = common[1000].Clk, common[4000].Clk
	a := p.node(slices.Concat(common, x.run(40))...)
	b := p.node(slices.Concat(common, y.run(7))...)
	c := p.node(common...)
	a.refuse(y.id.Public())
	b.refuse(x.id.Public())
	c.engine.cfg.Member = func(k crypto.PublicKey) bool { return k != x.id.Public() && k != y.id.Public() }
	p.link(a, b)
	p.link(c, b)
	p.run(5 * time.Second)
	a.bytes, b.bytes = 0, 0
	a.step(Compare{})
	p.run(3 * time.Second)
	got := a.compared()
	if len(got) != 1 || got[0].Peer != b.id.Public() || !got[0].Answered || got[0].Equal || got[0].Ours != 40 || got[0].Theirs != 7 ||
		!slices.Equal(got[0].Authors, []crypto.PublicKey{x.id.Public()}) {
		t.Fatalf("%+v", got)
	}
	if from := got[0].From; from > common[1001].Clk || from < common[900].Clk {
		t.Errorf("differs from %d on, not %d", from, common[1000].Clk)
	}
	if n := a.bytes + b.bytes; n > 40_000 {
		t.Errorf("%d bytes", n)
	}
	c.step(Compare{})
	p.run(time.Second)
	if got := c.compared(); len(got) != 1 || got[0].Ours != 0 || got[0].Theirs != 7 {
		t.Errorf("%+v", got)
	}
	b.refuse(crypto.PublicKey{})
	c.engine.cfg.Member = a.engine.cfg.Member
	p.run(5 * time.Minute) // b and c have x by now, and a nothing of y
	b.step(Compare{})
	p.run(time.Second)
	equal := 0
	for _, got := range b.compared() {
		if got.Equal && got.Answered {
			equal++
		}
	}
	if equal != 0 {
		t.Errorf("%d equal", equal)
	}
	a.engine.cfg.Member, c.engine.cfg.Member = b.engine.cfg.Member, b.engine.cfg.Member
	p.run(5 * time.Minute)
	b.step(Compare{})
	p.run(time.Second)
	for _, got := range b.compared() {
		if !got.Equal || !got.Answered || got.Ours+got.Theirs != 0 {
			t.Errorf("when all is well: %+v", got)
		}
	}
}

// Whoever does not answer, or leads on, is left after a while.
func TestSameWithAHostilePeer(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for range 50 {
		s.say("x")
	}
	s.step(Compare{})
	s.step(Compare{})
	s.wait(sameTimeout + time.Second)
	if got := take[Compared](s); len(got) != 1 || got[0].Answered || got[0].Equal {
		t.Fatalf("no answer: %+v", got)
	}
	s.step(Compare{})
	for range 100 {
		s.now = s.now.Add(time.Second)
		s.frame(1, wire.LinkSame{Answer: true, Ranges: []wire.ReconRange{
			{End: endBound, Mode: wire.RangeSum, Count: wire.MaxRecordNumber, Sum: wire.SetSum{1}}}})
	}
	if got := take[Compared](s); len(got) != 1 || got[0].Answered {
		t.Errorf("led on: %+v", got)
	}
	s.step(Compare{})
	s.step(LinkDown{1})
	if got := take[Compared](s); len(got) != 1 || got[0].Answered {
		t.Errorf("gone: %+v", got)
	}
	s.link(1)
	s.frames = nil
	for range 1000 {
		s.frame(1, wire.LinkSame{Ranges: []wire.ReconRange{{End: endBound, Mode: wire.RangeSum, Count: 1}}})
	}
	answers := 0
	for _, f := range s.frames {
		if _, ok := f.(wire.LinkSame); ok {
			answers++
		}
	}
	if answers > reconBurst {
		t.Errorf("%d answers to a flood of questions", answers)
	}
}

// Who asks while a link is coming up is answered, too.
func TestCompareBeforeTheHello(t *testing.T) {
	s := newSolo(t, nil)
	s.step(LinkUp{Link: 1, Peer: memberN(1).Public()})
	s.step(Compare{})
	asked := func() (n int) {
		for _, f := range s.frames {
			if x, ok := f.(wire.LinkSame); ok && !x.Answer {
				n++
			}
		}
		return n
	}
	if n := asked(); n != 0 {
		t.Errorf("asked %d times before the HELLO", n)
	}
	s.frame(1, wire.LinkHello{Now: clkOf(s.now)})
	if n := asked(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	s.frame(1, wire.LinkSame{Answer: true, Ranges: []wire.ReconRange{{End: endBound, Mode: wire.RangeSkip}}})
	if got := take[Compared](s); len(got) != 1 || !got[0].Equal {
		t.Errorf("%+v", got)
	}
	s.step(LinkUp{Link: 2, Peer: memberN(2).Public()}) // never says HELLO
	s.step(Compare{})
	s.wait(2 * sameTimeout)
	if got := take[Compared](s); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}
