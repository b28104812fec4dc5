package punch

import (
	"math/rand/v2"
	"testing"
	"time"

	"gochat/internal/wire"
)

func TestReplayedPingOpensNothing(t *testing.T) {
	s := started(t)
	id := s.ping(x)
	s.run(10 * time.Second)
	seen := s.a.Info().LastSeen
	for range 5000 { // long after it has left any list of recent ones
		s.ping(x)
	}
	last := s.a.Info().LastSeen
	if !last.After(seen) {
		t.Fatal("new pings are no sign of life")
	}
	s.run(10 * time.Second)
	s.forget()
	s.step(Received{From: ap(z), Msg: wire.Ping{TxID: id}})
	s.step(Received{From: ap(z), Msg: wire.Ping{TxID: txID(s.number)}})
	s.want("")
	if s.a.find(ap(z), 0) != nil || !s.a.HeardAt(ap(z)).IsZero() {
		t.Error("a replayed ping made a path")
	}
	if !s.a.Info().LastSeen.Equal(last) {
		t.Error("a replay is taken for a sign of life")
	}
}

func TestReplayWindow(t *testing.T) {
	var w replayWindow
	if w.accept(0) {
		t.Error("0 is no number")
	}
	// Against a set that remembers everything.
	rng := rand.New(rand.NewPCG(3, 4))
	seen := map[uint64]bool{}
	var top uint64
	for range 50_000 {
		n := top + rng.Uint64N(40)
		switch rng.IntN(10) {
		case 0:
			n = top - min(top, rng.Uint64N(3*replayBits))
		case 1:
			n = top + rng.Uint64N(3*replayBits)
		}
		want := n != 0 && !seen[n] && n+replayBits > top
		if got := w.accept(n); got != want {
			t.Fatalf("accept(%d) with top %d: %v", n, top, got)
		}
		seen[n] = true
		top = max(top, n)
	}
	if !w.accept(1<<48-1) || w.accept(1<<48-1) || w.accept(top) {
		t.Error("the highest number")
	}
}

// Numbers go on, and the rest of an id is what the generator drew.
func TestTransactionIDs(t *testing.T) {
	a := NewAgent(rand.New(rand.NewPCG(1, 2)), wire.NewTxID, 1<<40)
	x, y := a.newTxID(), a.newTxID()
	if pingNumber(x) != 1<<40+1 || pingNumber(y) != 1<<40+2 {
		t.Errorf("numbers %d, %d", pingNumber(x), pingNumber(y))
	}
	if [12 - numberBytes]byte(x[numberBytes:]) == [12 - numberBytes]byte(y[numberBytes:]) {
		t.Error("nothing random is left")
	}
}

func TestPongCountsOnlyForItsPath(t *testing.T) {
	s := started(t, x, y)
	s.run(50 * ms)
	var atX wire.TxID
	for _, p := range s.sent {
		if m, ok := p.Msg.(wire.Ping); ok && p.to == x {
			atX = m.TxID
		}
	}
	s.step(Received{From: ap(y), Msg: wire.Pong{TxID: atX}}) // from another address
	s.step(Received{From: ap(z), Msg: wire.Pong{TxID: atX}}) // from an unknown one
	s.step(Received{Msg: wire.Pong{TxID: atX}})              // through the relay
	s.step(Received{From: ap(x), Msg: wire.Pong{TxID: txID(99)}})
	if s.a.best != nil || !s.a.lastAuth.IsZero() || s.a.find(ap(z), 0) != nil {
		t.Fatal("a pong counted that answers nothing")
	}
	s.step(Received{From: ap(x), Msg: wire.Pong{TxID: atX}})
	if s.a.best == nil || s.a.best.addr != ap(x) || s.a.best.samples != 1 {
		t.Fatal("the answer does not count")
	}
	s.step(Received{From: ap(x), Msg: wire.Pong{TxID: atX}}) // once more
	if s.a.best.samples != 1 {
		t.Error("one answer counted twice")
	}
}

func TestPingThroughRelayIsAnsweredThere(t *testing.T) {
	s := started(t)
	s.forget()
	s.ping("relay")
	s.want("0 relay PONG")
	if len(s.a.paths) != 0 {
		t.Error("the relay is no address")
	}
}

func TestPingFromImpossibleSource(t *testing.T) {
	s := started(t)
	s.forget()
	for _, from := range []string{"0.0.0.0:1", "224.0.0.1:5", "192.0.2.5:0", "[fe80::1]:7"} {
		s.ping(from)
	}
	s.want("")
}

func TestCheckNowAsksEverywhereUntilAnswered(t *testing.T) {
	s := connected(t)
	s.run(20 * time.Second)
	s.forget()
	delete(s.rtt, x)
	delete(s.rtt, "relay")
	s.step(CheckNow{})
	s.run(1400 * ms)
	if x, r := s.pings(x), s.pings("relay"); x < presenceTries || r != presenceTries {
		t.Errorf("%d pings on the path, %d on the relay", x, r)
	}
	s.run(10 * time.Second)
	s.forget()
	s.rtt["relay"] = 50 * ms
	before := s.now
	s.step(CheckNow{})
	s.run(time.Second)
	if r := s.pings("relay"); r != 1 {
		t.Errorf("%d pings by relay, though the first was answered", r)
	}
	if !s.a.Info().LastSeen.After(before) {
		t.Error("the answer is no sign of life")
	}
}

func TestCheckNowWithoutAnyPath(t *testing.T) {
	s := newScript(t)
	s.observed(x)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RemoteCandidates{Candidates: hosts(x)})
	s.run(20 * time.Second)
	s.forget()
	s.step(CheckNow{})
	s.run(2 * time.Second)
	if s.pings(x) < len(checkTimes) {
		t.Errorf("%d pings", s.pings(x))
	}
}

// What a bootnode can replay through the relay is no sign of life either.
func TestRepeatedCandidatesAreNoSignOfLife(t *testing.T) {
	s := started(t)
	frame := Received{Msg: wire.Candidates{Generation: 1, Answered: 1, Candidates: hosts(x)}}
	s.step(frame)
	seen := s.a.Info().LastSeen
	s.run(time.Minute)
	s.step(frame)
	if !s.a.Info().LastSeen.Equal(seen) {
		t.Error("a repeated frame counts as a sign of life")
	}
}
