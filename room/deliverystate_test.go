package room

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func (s *solo) states(id wire.RecordID) map[crypto.PublicKey]DeliveryState {
	out := make(map[crypto.PublicKey]DeliveryState)
	for _, m := range s.e.DeliveryOf(id) {
		out[m.Peer] = m.State
	}
	return out
}

func TestDeliveryStates(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for n := LinkID(2); n <= 3; n++ {
		s.step(LinkUp{Link: n, Peer: memberN(int(n)).Public()})
		s.frame(n, wire.LinkHello{Now: clkOf(s.now)})
	}
	id := s.say("hello")
	one, two, three := memberN(1).Public(), memberN(2).Public(), memberN(3).Public()
	s.frame(1, wire.LinkAck{Held: []wire.Hint{id.Hint()}})
	s.step(LinkDown{2})
	s.frame(3, wire.LinkAck{Refused: []wire.Hint{id.Hint()}})
	got := s.states(id)
	if len(got) != 3 || got[one] != Reached || got[two] != NoLink || got[three] != Elsewhere {
		t.Errorf("%v", got)
	}
	var last wire.RecordID
	for range window + 2 {
		last = s.say("more")
	}
	if got := s.states(last); got[one] != Queued || got[two] != NoLink {
		t.Errorf("behind a full window: %v", got)
	}
	if s.e.DeliveryOf(wire.RecordID{1}) != nil {
		t.Error("the delivery of nothing")
	}
	for _, st := range []DeliveryState{Reached, NoLink, Queued, Unacked, Elsewhere} {
		if st.String() == "" {
			t.Errorf("state %d has no words", st)
		}
	}
}

// What did not reach everybody is followed again after a restart, and counts
// for nothing that this process is asked about.
func TestUndeliveredSurvivesARestart(t *testing.T) {
	s := soloWith(t, &MemoryStore{}, func(*Config) {})
	s.link(1)
	note := func() {
		for _, d := range take[Delivered](s) {
			s.store.delivered(d)
		}
	}
	all, some := s.say("to all"), s.say("to some")
	s.frame(1, wire.LinkAck{Held: []wire.Hint{all.Hint()}})
	note()
	s.step(LinkUp{Link: 2, Peer: memberN(2).Public()})
	s.frame(2, wire.LinkHello{Now: clkOf(s.now)})
	s.frame(2, wire.LinkAck{Held: []wire.Hint{some.Hint()}})
	note()
	s.restart(nil)
	if s.e.Delivery() != (Delivery{}) {
		t.Errorf("%+v", s.e.Delivery())
	}
	s.link(1)
	if d, of := s.e.DeliveredTo(some); d != 1 || of != 2 {
		t.Errorf("%d of %d", d, of)
	}
	if s.e.DeliveryOf(all) != nil {
		t.Error("what reached everybody is followed")
	}
	if u := s.e.Undelivered(); len(u) != 1 || u[0].ID != some {
		t.Errorf("%+v", u)
	}
	s.frame(1, wire.LinkAck{Held: []wire.Hint{some.Hint()}})
	got := take[Delivered](s)
	if len(got) == 0 || got[len(got)-1].Delivered != got[len(got)-1].Of {
		t.Errorf("%+v", got)
	}
	for _, d := range got {
		s.store.delivered(d)
	}
	s.restart(nil)
	if d, of := s.e.DeliveredTo(some); d != 0 || of != 0 {
		t.Errorf("still followed: %d of %d", d, of)
	}
}

func TestHoles(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	bob, dave := newScribe(1), newScribe(2)
	first := bob.write("first")
	lost := []*wire.Record{bob.write("lost"), bob.write("lost, too")}
	dave.clk = bob.clk
	said := dave.write("what bob said", lost[1])
	after := bob.write("after")
	s.push(1, first)
	s.push(1, after)
	s.push(1, said)
	s.wait(giveUpAfter / 2)
	if len(s.e.Holes()) != 0 || len(take[HolesChanged](s)) != 0 {
		t.Error("what may be under way is no hole")
	}
	s.wait(giveUpAfter)
	h := s.e.Holes()
	if len(h) != 1 || h[0].Author != bob.id.Public() || h[0].Missing != 2 ||
		!slices.Equal(h[0].Holders, []crypto.PublicKey{dave.id.Public()}) || len(take[HolesChanged](s)) != 1 {
		t.Fatalf("%+v", h)
	}
	if !s.view(after.ID()).Gap || !s.view(said.ID()).Gap || s.view(first.ID()).Gap {
		t.Error("gaps are not marked")
	}
	s.frame(1, wire.LinkIHave{Hints: []wire.Hint{lost[1].ID().Hint()}})
	if h := s.e.Holes(); len(h[0].Holders) != 2 {
		t.Errorf("who announced it: %+v", h)
	}
	take[Changed](s)
	s.pushPast(1, lost[1])
	if h := s.e.Holes(); len(h) != 1 || h[0].Missing != 1 {
		t.Errorf("half filled: %+v", h)
	}
	s.pushPast(1, lost[0])
	s.wait(time.Second)
	if h := s.e.Holes(); len(h) != 0 || s.view(after.ID()).Gap || s.e.Stats() != (Stats{Settled: 5}) {
		t.Errorf("filled: %+v, %+v", h, s.e.Stats())
	}
	if c := take[Changed](s); len(c) != 2 {
		t.Errorf("%d changes", len(c))
	}
	// In history only what is missing within a chain is a hole.
	old := newScribe(3)
	old.clk = clkOf(simEpoch.Add(-5 * time.Hour))
	run := old.run(8)
	for _, i := range []int{7, 6, 3, 2} {
		s.pushPast(1, run[i])
	}
	s.wait(2 * giveUpAfter)
	if h := s.e.Holes(); len(h) != 1 || h[0].Missing != 2 || h[0].Author != old.id.Public() {
		t.Errorf("history: %+v", h)
	}
}

// After a restart what everybody had is followed no more, and known as such.
func TestFollows(t *testing.T) {
	s := newSolo(t, nil)
	s.store.Self = member0().Public()
	s.link(1)
	first, second := s.say("first"), s.say("second")
	s.frame(1, wire.LinkAck{Held: []wire.Hint{first.Hint()}})
	for _, d := range take[Delivered](s) {
		if d.Delivered == d.Of && d.Of > 0 {
			_ = s.store.SetComplete(d.ID)
		}
	}
	if !s.e.Follows(first) || !s.e.Follows(second) {
		t.Error("not followed in the process that wrote them")
	}
	e, err := New(Config{Room: simRoom, Self: member0(), Store: s.store, Chain: 1, Durable: true}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if e.Follows(first) || !e.Follows(second) {
		t.Error("after a restart: ", e.Follows(first), e.Follows(second))
	}
}
