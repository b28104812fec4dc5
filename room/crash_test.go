package room

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/wire"
)

// crashStory is a talk of three while one of them crashes at some of its write
// points. It checks that nothing that was accepted is lost, nothing is shown
// twice or not at all, and no place of a chain is used twice.
func crashStory(t *testing.T, crashAt map[int]bool) (points int) {
	t.Helper()
	p := newPipes(t, 10*time.Millisecond, 1_000_000)
	a, b, c := p.node(), p.node(), p.node()
	b.crashAt = crashAt
	p.link(a, b)
	p.link(b, c)
	p.run(300 * time.Millisecond)
	accepted := make(map[wire.RecordID]*pipeNode)
	seen := make(map[*pipeNode]int)
	account := func() {
		for _, n := range p.nodes {
			for _, got := range n.got[seen[n]:] {
				switch got := got.(type) {
				case Appended:
					if got.Err == nil {
						accepted[got.ID] = n
					}
				case ForkSeen:
					t.Fatalf("crash at %v: a fork of %v at %d/%d", crashAt, got.Author.Suffix(), got.Chain, got.Seq)
				}
			}
			seen[n] = len(n.got)
		}
	}
	var last wire.RecordID
	for i := range 6 {
		n := p.nodes[i%3]
		n.say(fmt.Sprint("line ", i))
		if i == 4 {
			b.step(Append{Type: wire.RecordDelete, Target: last})
		}
		p.run(150 * time.Millisecond)
		account()
		if n == b {
			for id, by := range accepted {
				if by == b {
					last = id
				}
			}
		}
	}
	p.run(20 * time.Second)
	account()
	places := make(map[string]bool)
	for _, n := range p.nodes {
		shown := make(map[wire.RecordID]bool)
		for _, id := range n.screen {
			if shown[id] {
				t.Fatalf("crash at %v: member %d shows %v twice", crashAt, n.engine.links[0].id, id)
			}
			shown[id] = true
		}
		for id, by := range accepted {
			if !shown[id] {
				t.Fatalf("crash at %v: %v of %v is not shown by %v", crashAt, id, by.id.Public().Suffix(), n.id.Public().Suffix())
			}
		}
		if len(n.store.records) != len(a.store.records) || len(n.screen) != len(n.store.records) {
			t.Fatalf("crash at %v: %d records, %d shown, others %d", crashAt, len(n.store.records), len(n.screen), len(a.store.records))
		}
	}
	for _, r := range a.store.records {
		place := fmt.Sprint(r.Author, r.Chain, r.Seq)
		if places[place] {
			t.Fatalf("crash at %v: %d/%d is used twice", crashAt, r.Chain, r.Seq)
		}
		places[place] = true
	}
	own := make(map[uint64]bool)
	for key := range a.engine.log.chains {
		if key.author == b.id.Public() {
			own[key.number] = true
		}
	}
	if len(own) > 1 {
		t.Fatalf("crash at %v: %d own chains", crashAt, len(own))
	}
	return b.points
}

func TestCrashAtEveryWritePoint(t *testing.T) {
	points := crashStory(t, nil)
	if points < 30 {
		t.Fatalf("only %d points", points)
	}
	for at := 1; at <= points; at++ {
		crashStory(t, map[int]bool{at: true})
	}
	for at := 1; at <= points; at += 3 { // and again soon after
		crashStory(t, map[int]bool{at: true, at + 1 + at%5: true, at + 9: true})
	}
}

// A store that loses its last words, as a disk may that lied about them, makes
// a fork: it is seen, one chain is frozen, and the talk goes on.
func TestLostTailForksOnce(t *testing.T) {
	p := newPipes(t, 10*time.Millisecond, 1_000_000)
	a, b := p.node(), p.node()
	link := p.link(a, b)
	b.say("first")
	p.run(time.Second)
	b.say("lost by the disk")
	p.run(time.Second)
	for id, r := range b.store.records {
		if r.Seq == 2 {
			_ = b.store.Commit(nil, []wire.RecordID{id})
		}
	}
	p.cut(link)
	b.start()
	b.say("instead of it")
	p.run(time.Second)
	p.link(a, b)
	p.run(3 * time.Second)
	b.say("after it")
	p.run(3 * time.Second)
	for _, n := range p.nodes {
		forks := 0
		for _, got := range n.got {
			if f, ok := got.(ForkSeen); ok {
				forks++
				if own := f.NewChain != 0; own != (n == b) || f.Seq != 2 {
					t.Errorf("%+v", f)
				}
			}
		}
		if forks != 1 || n.engine.Stats() != (Stats{Settled: 4}) {
			t.Errorf("%d forks, %+v", forks, n.engine.Stats())
		}
	}
	if got := a.arrival("after it"); got.IsZero() {
		t.Error("the talk does not go on")
	}
	key := b.id.Public()
	if a.engine.log.chains[chainKey{key, b.engine.Chain()}] == nil || b.engine.Chain() == 1 {
		t.Errorf("goes on in chain %d", b.engine.Chain())
	}
}
