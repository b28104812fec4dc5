package rendezvous

import (
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func TestLeave(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	for range 2 {
		w.step(n, Leave{})
	}
	if got := len(n.times(wire.TypeBye)); got != 2 {
		t.Fatalf("%d BYEs", got)
	}
	w.run(time.Minute)
	if len(n.times(wire.TypeBeat)) != 1 || len(w.boot.sessions) != 0 {
		t.Error("goes on after leaving")
	}
	if out := n.Step(w.now, Start{}); len(out) != 0 {
		t.Errorf("came back: %v", out)
	}
}

// Who leaves between REGISTER and WELCOME says goodbye once it can.
func TestLeaveDuringRegister(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(50 * time.Millisecond)
	for range 2 {
		w.step(n, Leave{})
	}
	if len(n.times(wire.TypeRegister)) != 1 || len(n.times(wire.TypeBye)) != 0 || !n.Leaving() {
		t.Fatalf("sent %v", n.sent)
	}
	seen := len(n.seen)
	w.step(n, NetworkChanged{})
	w.run(time.Minute)
	if len(n.times(wire.TypeBye)) != 2 || len(w.boot.sessions) != 0 || n.Leaving() {
		t.Errorf("sent %v; %d listed", n.sent, len(w.boot.sessions))
	}
	if len(n.times(wire.TypeRegister)) != 1 || len(n.times(wire.TypeBeat)) != 0 || len(n.seen) != seen {
		t.Errorf("goes on: sent %v, told %v", n.sent, n.seen[seen:])
	}

	n = w.add() // nobody lists it yet
	w.step(n, Leave{})
	w.run(time.Second)
	if n.Leaving() || len(n.times(wire.TypeHello)) != 1 || len(n.sent) != 1 {
		t.Errorf("sent %v", n.sent)
	}

	n = w.add() // the same, but a box is to be opened
	w.step(n, Collect{crypto.BoxSecret{1}})
	for range 2 {
		w.step(n, Leave{})
	}
	if !n.Leaving() {
		t.Error("the box is not opened")
	}
	w.run(time.Second)
	if n.Leaving() || len(n.times(wire.TypeRegister)) != 1 || len(n.times(wire.TypeBoxGet)) != 2 || len(n.times(wire.TypeBye)) != 2 || len(w.boot.sessions) != 0 {
		t.Errorf("with a box: sent %v", n.sent)
	}
}
