package room

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func TestNothingLeavesBeforeItIsStored(t *testing.T) {
	s := newSim(t, 1, 2)
	s.connect(s.nodes[0], s.nodes[1])
	s.run(time.Second)
	actions := s.nodes[0].engine.Step(s.now, Append{Ref: 5, Type: wire.RecordText, Fields: textFields("hi")})
	if len(actions) != 1 {
		t.Fatalf("%+v", actions)
	}
	c := actions[0].(Commit)
	if more := s.nodes[0].engine.Step(s.now, Append{Ref: 6, Type: wire.RecordText, Fields: textFields("two")}); len(more) != 0 {
		t.Fatalf("a second commit beside the first: %+v", more)
	}
	_ = s.nodes[0].store.Commit(c.Put, nil)
	var kinds []string
	for _, a := range s.nodes[0].engine.Step(s.now, Committed{Batch: c.Batch}) {
		switch a := a.(type) {
		case Appended:
			kinds = append(kinds, "appended")
		case Deliver:
			kinds = append(kinds, "deliver")
			if !a.Own || string(a.Record.Field(wire.FieldText)) != "hi" {
				t.Errorf("%+v", a)
			}
		case Send:
			kinds = append(kinds, "send")
		case Commit:
			kinds = append(kinds, "commit")
		}
	}
	if got := strings.Join(kinds, " "); got != "appended deliver commit send" {
		t.Errorf("order of actions: %s", got)
	}
}

func TestTypedBeforeAnyoneIsThere(t *testing.T) {
	s := newSim(t, 2, 3)
	s.nodes[0].say("one")
	s.run(time.Second)
	long := strings.Repeat("ü", 32<<10)
	s.nodes[0].say(long)
	s.run(time.Second)
	s.connect(s.nodes[0], s.nodes[1])
	s.run(500 * time.Millisecond)
	got := s.nodes[1].shownSeq
	if len(got) != 2 || string(got[1].Record.Field(wire.FieldText)) != long {
		t.Fatalf("%d messages arrived", len(got))
	}
	if d := s.nodes[0].engine.Delivery(); d != (Delivery{Sent: 2}) {
		t.Errorf("delivery %+v", d)
	}
	// A third, whom only the second knows.
	s.connect(s.nodes[1], s.nodes[2])
	s.run(time.Second)
	if len(s.nodes[2].shownSeq) != 2 {
		t.Errorf("the third got %d", len(s.nodes[2].shownSeq))
	}
	s.checkEqual()
}

func TestPushIsImmediate(t *testing.T) {
	s := newSim(t, 3, 5)
	s.maxDelay = 30 * time.Millisecond
	s.mesh()
	s.run(20 * time.Second)
	s.frames = 0
	s.nodes[2].say("now")
	s.run(70 * time.Millisecond) // commit, path, commit
	for _, n := range s.nodes {
		if len(n.shownSeq) != 1 {
			t.Errorf("node %d has %d messages", n.index, len(n.shownSeq))
		}
	}
	s.run(40 * time.Millisecond)
	if d, of := s.nodes[2].engine.DeliveredTo(s.nodes[2].shownSeq[0].ID); d != 4 || of != 4 {
		t.Errorf("delivered %d of %d", d, of)
	}
	s.frames = 0
	s.run(time.Minute)
	quiet := s.frames
	s.run(10 * time.Minute)
	if idle := s.frames - quiet; idle > 10*4*10 {
		t.Errorf("%d frames in ten idle minutes of ten links, after %d", idle, quiet)
	}
}

func TestDelivery(t *testing.T) {
	s := newSolo(t, nil)
	id := s.say("hello")
	if u := s.e.Undelivered(); len(u) != 1 || u[0].Of != 0 || s.e.Delivery() != (Delivery{1, 1, 0}) {
		t.Fatalf("alone: %+v", u)
	}
	s.link(1)
	s.step(LinkUp{Link: 2, Peer: memberN(2).Public()})
	if d := take[Delivered](s); len(d) != 2 || d[1].Of != 2 || !d[1].Peer.IsZero() {
		t.Fatalf("two joined: %+v", d)
	}
	s.frame(1, wire.LinkAck{Held: []wire.Hint{id.Hint()}})
	s.frame(1, wire.LinkAck{Held: []wire.Hint{id.Hint()}})
	if d := take[Delivered](s); len(d) != 1 || d[0] != (Delivered{id, memberN(1).Public(), 1, 2}) {
		t.Fatalf("one acknowledged: %+v", d)
	}
	if s.e.Delivery() != (Delivery{1, 0, 1}) {
		t.Errorf("%+v", s.e.Delivery())
	}
	s.step(LinkDown{2})
	if s.e.Delivery().Undelivered != 1 {
		t.Error("a lost link is no leave")
	}
	s.step(Left{memberN(2).Public()})
	if d := take[Delivered](s); len(d) != 1 || d[0].Of != 1 || s.e.Delivery() != (Delivery{1, 0, 0}) {
		t.Fatalf("left without it: %+v", d)
	}
	s.step(Left{memberN(1).Public()})
	if d, of := s.e.DeliveredTo(id); d != 1 || of != 1 {
		t.Errorf("left with it: %d of %d", d, of)
	}
	// A later record that knows it proves it, on whatever way it came.
	third := newScribe(3)
	r, err := s.store.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	s.push(1, third.write("seen", r))
	if d := take[Delivered](s); len(d) != 1 || d[0].Peer != third.id.Public() {
		t.Errorf("past of a later record: %+v", d)
	}
	s.frame(1, wire.LinkBye{})
	if got := take[PeerLeft](s); len(got) != 1 || got[0].Peer != memberN(1).Public() {
		t.Errorf("goodbye: %+v", got)
	}
}

func TestEarlyRecord(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	w.clk += 3600 * 1000
	ahead, second := w.write("ahead"), w.write("more")
	s.push(1, second)
	if len(s.shown()) != 0 {
		t.Fatal("shown before what it follows")
	}
	s.push(1, ahead)
	got := take[Deliver](s)
	if len(got) != 2 || !got[0].Ahead || got[0].ID != ahead.ID() {
		t.Fatalf("from the author's link: %+v", got)
	}
	other := newScribe(2)
	other.clk += 3600 * 1000
	s.push(1, other.write("relayed"))
	if len(s.shown()) != 0 || s.e.Stats().Early != 3 {
		t.Fatalf("heard from another: %+v", s.e.Stats())
	}
	id := s.say("mine")
	if r, _ := s.store.Get(id); len(r.Parents) != 0 || r.Clk > clkOf(s.now) {
		t.Errorf("an early record moves the clock: %+v", r)
	}
	s.shown()
	if h := s.e.History(10); len(h) != 3 || h[0].ID != id || !h[1].Ahead {
		t.Errorf("history: %+v", h)
	}
	s.wait(49 * time.Minute)
	if s.e.Stats().Early != 3 {
		t.Error("due too early")
	}
	s.wait(2 * time.Minute)
	if got := s.shown(); !slices.Equal(got, []string{"relayed"}) || s.e.Stats() != (Stats{Settled: 4}) {
		t.Errorf("when due: %q, %+v", got, s.e.Stats())
	}
	for range maxEarlyAuthor + 10 {
		other.clk += 3600 * 1000
		s.push(1, other.write("flood"))
	}
	if s.e.Stats().Early != maxEarlyAuthor {
		t.Errorf("pool holds %d", s.e.Stats().Early)
	}
}

func TestPace(t *testing.T) {
	w := newScribe(1)
	all := w.run(paceShortCount)
	bad := w.fork().write("too fast")
	w.clk = all[0].Clk + paceShortSpan - 1
	good := w.write("just right")
	for name, c := range map[string]struct {
		last *wire.Record
		want int
	}{"fast": {bad, paceShortCount}, "right": {good, paceShortCount + 1}} {
		s := newSolo(t, nil)
		s.link(1)
		s.now = s.now.Add(time.Hour)
		for _, r := range all {
			s.push(1, r)
		}
		s.push(1, c.last)
		if st := s.e.Stats(); st.Settled != c.want || st.Pending != 0 {
			t.Errorf("%s: %+v", name, st)
		}
	}
	// One's own pace is kept by one's own clock, up to a point.
	s := newSolo(t, nil)
	var err error
	n := 0
	for ; err == nil && n < 20000; n++ {
		s.step(Append{Type: wire.RecordText, Fields: textFields("x")})
		err = take[Appended](s)[0].Err
	}
	if !errors.Is(err, ErrPace) || n < 5000 || n > 6500 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestForkIsKeptShownAndFrozen(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	s.push(1, w.write("root"))
	a, b, c := w.fork(), w.fork(), w.fork()
	ra, rb, rc := a.write("a"), b.write("b"), c.write("c")
	s.push(1, ra)
	s.push(1, rb)
	if got := take[ForkSeen](s); len(got) != 1 || got[0].Seq != 2 || got[0].Author != w.id.Public() {
		t.Fatalf("fork: %+v", got)
	}
	s.push(1, rc)
	if s.e.Stats().Settled != 3 {
		t.Errorf("%d kept of a fork in three", s.e.Stats().Settled)
	}
	for _, r := range a.run(100) {
		s.push(1, r)
	}
	if got := s.e.Stats().Settled; got > 3+1+forkReach {
		t.Errorf("%d records of a frozen chain", got)
	}
	id := s.say("mine")
	if r, _ := s.store.Get(id); len(r.Parents) != 0 {
		t.Error("a frozen chain is built upon")
	}
}

func TestOwnForkGoesOnWithTheNextChain(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	s.say("before the backup was restored")
	twin := newScribe(0)
	s.push(1, twin.write("written after it was made"))
	got := take[ForkSeen](s)
	if len(got) != 1 || got[0].NewChain != 2 || s.e.Chain() != 2 {
		t.Fatalf("%+v", got)
	}
	id := s.say("again")
	if r, _ := s.store.Get(id); r.Chain != 2 || r.Seq != 1 {
		t.Errorf("went on as %d/%d", r.Chain, r.Seq)
	}
}

func TestGapIsShownAfterAWhile(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	lost, kept, more := w.write("lost"), w.write("kept"), w.write("more")
	s.push(1, more)
	s.push(1, kept)
	s.wait(giveUpAfter - time.Second)
	if len(s.shown()) != 0 {
		t.Fatal("shown too early")
	}
	s.wait(5 * time.Second)
	got := take[Deliver](s)
	if len(got) != 2 || got[0].ID != kept.ID() || got[1].ID != more.ID() || !got[0].Gap || got[1].Gap {
		t.Fatalf("with a gap: %+v", got)
	}
	if h := s.e.History(5); len(h) != 2 {
		t.Errorf("history has %d", len(h))
	}
	s.push(1, w.write("even more"))
	if got := s.shown(); !slices.Equal(got, []string{"even more"}) {
		t.Errorf("behind a gap: %q", got)
	}
	if h := s.e.Holes(); len(h) != 1 || h[0].Author != w.id.Public() || h[0].Missing != 1 || len(take[HolesChanged](s)) == 0 {
		t.Errorf("holes: %+v", h)
	}
	s.push(1, lost)
	if m, _ := s.e.View(kept.ID()); m.Gap || len(s.e.Holes()) != 0 || len(take[HolesChanged](s)) == 0 {
		t.Error("the hole is told of after it filled")
	}
	if got := s.shown(); !slices.Equal(got, []string{"lost"}) || s.e.Stats() != (Stats{Settled: 4}) {
		t.Errorf("the gap filled: %q %+v", got, s.e.Stats())
	}
}

func TestRestartGoesOn(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	s.say("one")
	s.push(1, newScribe(1).write("two"))
	for _, d := range take[Deliver](s) {
		_ = s.store.MarkShown(d.ID)
	}
	count, digest := s.e.Transcript()
	e, err := New(Config{Room: simRoom, Self: member0(), Store: s.store, Chain: 1}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if c, d := e.Transcript(); c != count || d != digest {
		t.Fatal("not the same after a restart")
	}
	s.e = e
	s.shown()
	id := s.say("three")
	r, _ := s.store.Get(id)
	if r.Chain != 1 || r.Seq != 2 || len(r.Parents) != 1 {
		t.Errorf("went on as %d/%d with %d parents", r.Chain, r.Seq, len(r.Parents))
	}
	if got := s.shown(); !slices.Equal(got, []string{"three"}) {
		t.Errorf("shown again: %q", got)
	}
}

type brokenStore struct{ MemoryStore }

func (*brokenStore) Headers(func(wire.RecordID, *wire.Record, bool) error) error {
	return errors.New("disk gone")
}

func TestNewTellsOfABrokenStore(t *testing.T) {
	if _, err := New(Config{Self: member0(), Store: &brokenStore{}}, simEpoch); err == nil {
		t.Error("no error")
	}
}

func TestFailedCommit(t *testing.T) {
	s := newSim(t, 5, 2)
	s.connect(s.nodes[0], s.nodes[1])
	s.run(time.Second)
	s.nodes[0].failNext = true
	s.nodes[0].say("lost to the disk")
	s.run(time.Second)
	s.nodes[1].failNext = true
	s.nodes[0].say("second try")
	s.run(time.Minute)
	if len(s.nodes[0].errs) != 1 || len(s.nodes[0].shownSeq) != 1 || len(s.nodes[1].shownSeq) != 1 {
		t.Errorf("errors %v, shown %d and %d", s.nodes[0].errs, len(s.nodes[0].shownSeq), len(s.nodes[1].shownSeq))
	}
	s.checkEqual()
	s.checkAcks()
}

func TestAppendRefuses(t *testing.T) {
	s := newSolo(t, nil)
	s.say(strings.Repeat("x", MaxText))
	for name, w := range map[string]Append{
		"text":   {Type: wire.RecordText, Fields: textFields(strings.Repeat("x", MaxText+1))},
		"nick":   {Type: wire.RecordProfile, Fields: []wire.Field{{Type: wire.FieldNick, Value: make([]byte, MaxNick+1)}}},
		"body":   {Type: 99, Fields: []wire.Field{{Type: 99, Value: make([]byte, wire.MaxBody)}}},
		"fields": {Type: 99, Fields: make([]wire.Field, wire.MaxFields+1)},
	} {
		s.step(w)
		if got := take[Appended](s); len(got) != 1 || !errors.Is(got[0].Err, ErrTooLong) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNick(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	profile := func(nick string) *wire.Record {
		r := w.write("")
		r.Type = wire.RecordProfile
		r.SetBody([16]byte{}, wire.AppendFields(nil, wire.Field{Type: wire.FieldNick, Value: []byte(nick)}))
		r.Sign(w.id, simRoom)
		w.prev = r.ID()
		return r
	}
	key := w.id.Public()
	old, renamed := profile("al"), profile("alice")
	s.push(1, old)
	s.push(1, renamed)
	s.push(1, profile(strings.Repeat("a", MaxNick+1)))
	if got := s.e.Nick(key); !bytes.Equal(got, []byte("alice")) {
		t.Errorf("nick %q", got)
	}
	if s.e.Nick(crypto.PublicKey{1}) != nil {
		t.Error("a nick from nowhere")
	}
	if len(s.e.History(9)) != 0 {
		t.Error("a profile is no message")
	}
}

func TestOwnClockIsOff(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for n := LinkID(2); n <= 5; n++ {
		s.step(LinkUp{Link: n, Peer: memberN(int(n)).Public()})
		s.frame(n, wire.LinkHello{Now: clkOf(s.now.Add(2 * time.Hour))})
	}
	got := take[ClockOff](s)
	if len(got) != 1 || got[0].Offset.Round(time.Second) != 2*time.Hour {
		t.Fatalf("%+v", got)
	}
	w := newScribe(1)
	w.clk += 2 * 3600 * 1000
	s.push(1, w.write("now"))
	if s.e.Stats().Settled != 1 {
		t.Error("the room's time is not followed")
	}
}
