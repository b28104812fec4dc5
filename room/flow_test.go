package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

func (s *solo) pushes() (out []wire.Hint) {
	for _, f := range s.frames {
		if p, ok := f.(wire.LinkPush); ok {
			r, err := wire.ParseRecord(p.Record)
			if err != nil {
				s.t.Fatal(err)
			}
			out = append(out, r.ID().Hint())
		}
	}
	s.frames = nil
	return out
}

// A neighbour that does not answer gets a window of pushes, and the rest when
// it does.
func TestWindow(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for i := range window + 50 {
		s.say(fmt.Sprint(i))
	}
	first := s.pushes()
	if len(first) != window {
		t.Fatalf("%d pushes without an answer", len(first))
	}
	s.frame(1, wire.LinkAck{Held: first[:20]})
	if more := s.pushes(); len(more) != 20 {
		t.Errorf("%d pushes for 20 answers", len(more))
	}
	s.frame(1, wire.LinkAck{Held: first[20:100], Refused: first[100:]})
	if more := s.pushes(); len(more) != 30 {
		t.Errorf("%d pushes for the rest", len(more))
	}
}

func TestWindowCountsBytes(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for range 40 {
		s.say(string(make([]byte, 64<<10)))
	}
	if n := len(s.pushes()); n > windowBytes>>16 {
		t.Errorf("%d pushes of 64 KiB", n)
	}
}

// Members who cannot connect hear of news through others at once, not at the
// next digest.
func TestNewsInARow(t *testing.T) {
	s := newSim(t, 6, 4)
	for i := range 3 {
		s.connect(s.nodes[i], s.nodes[i+1])
	}
	s.run(30 * time.Second)
	s.nodes[0].say("far")
	s.run(2*(announceDelay+wantDelay) + time.Second)
	for _, n := range s.nodes {
		if len(n.shownSeq) != 1 {
			t.Errorf("node %d has %d messages", n.index, len(n.shownSeq))
		}
	}
}

// Each record cites what is new to its author, and nothing twice.
func TestParentsAreTheHeads(t *testing.T) {
	s := newSim(t, 7, 3)
	s.mesh()
	for i := range 30 {
		s.nodes[i%3].say(fmt.Sprint(i))
		s.run(time.Second)
	}
	for i, m := range s.nodes[0].engine.History(100) {
		if want := min(i, 1); len(m.Record.Parents) != want {
			t.Errorf("record %d has %d parents", i, len(m.Record.Parents))
		}
	}
}

// Who contradicts his own past is not shown; what others built on it is.
func TestClkMustExceedAncestors(t *testing.T) {
	for _, cite := range []bool{false, true} {
		s := newSolo(t, nil)
		s.link(1)
		w, other := newScribe(1), newScribe(2)
		root := w.write("root")
		other.clk += 500
		parent := other.write("parent")
		s.push(1, root)
		s.push(1, parent)
		bad := &wire.Record{Type: wire.RecordText, Chain: w.chain, Seq: 2, Prev: root.ID(), Clk: root.Clk}
		if cite {
			bad.Clk, bad.Parents = parent.Clk, []wire.RecordID{parent.ID()}
		}
		bad.SetBody([16]byte{}, nil)
		bad.Sign(w.id, simRoom)
		w.seq, w.prev, w.clk = 2, bad.ID(), bad.Clk
		after := w.write("after")
		s.push(1, after)
		s.push(1, bad)
		s.push(1, newScribe(3).write("cites it", after))
		s.wait(time.Minute)
		want := []string{"root", "parent", "after", "cites it"}
		if got := s.shown(); !slices.Equal(got, want) || s.e.Stats() != (Stats{Settled: 5}) {
			t.Errorf("cited %t: shown %q, %+v", cite, got, s.e.Stats())
		}
		if m, _ := s.e.View(bad.ID()); m.Content != Withdrawn || len(s.e.History(9)) != 4 {
			t.Errorf("cited %t: %+v", cite, m)
		}
	}
}
