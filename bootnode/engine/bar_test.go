package engine

import (
	"testing"
	"time"

	"gochat/crypto"
)

// Who is cut again and again is kept out twice as long each time, up to an hour,
// and from the beginning after an hour in which it behaved. Other links of it that
// are cut meanwhile change nothing.
func TestBar(t *testing.T) {
	id := key(1).ID()
	g, now := newGate([]crypto.NodeID{id}, nil), time.Unix(1e9, 0)
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		want *= time.Minute
		if got := g.bar(now, id); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := g.bar(now.Add(time.Second), id); got != want-time.Second || len(g.barred(now)) != 1 {
			t.Errorf("the second link: %s", got)
		}
		if now = now.Add(want); len(g.barred(now)) != 0 {
			t.Error("it is kept out for longer")
		}
	}
	if now = now.Add(barMemory + 1); g.bar(now, id) != minBar {
		t.Error("an hour changes nothing")
	}
	g.allow(nil)
	if len(g.barred(now)) != 0 {
		t.Error("a node that is off the list is told of as kept out for a while")
	}
	if g.bar(now.Add(3*maxBar), key(2).ID()); len(g.bars) != 1 {
		t.Errorf("%d are remembered", len(g.bars))
	}
}
