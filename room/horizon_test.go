package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

// The past streams in newest first: it is put in place at once, told in
// numbers, and not delivered; what was said in the last hour is delivered, in
// order, when it is complete.
func TestHistoryIsNoNews(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	w := newScribe(1)
	w.clk = clkOf(simEpoch.Add(-2 * time.Hour))
	past := w.run(20)
	w.clk = clkOf(simEpoch.Add(-time.Minute))
	news := w.run(3)
	all := slices.Concat(past, news)
	for _, r := range slices.Backward(news) {
		s.pushPast(1, r)
	}
	if h := s.e.History(99); len(h) != 3 || len(s.shown()) != 0 {
		t.Fatalf("history has %d", len(h))
	}
	s.wait(time.Second) // nothing more comes: what is missing is asked for
	if !s.asked(past[19]) {
		t.Fatal("what comes before the news is not asked for")
	}
	s.pushPast(1, past[19])
	if got := s.shown(); len(got) != 3 || got[0] != string(news[0].Field(wire.FieldText)) {
		t.Fatalf("news: %q", got)
	}
	for _, r := range slices.Backward(past[:19]) {
		s.pushPast(1, r)
	}
	count := 0
	var f Filled
	for _, f = range take[Filled](s) {
		count += f.Count
	}
	if count != 20 || f.From != f.To || f.From != orderKey(past[0].Clk, past[0].ID()) {
		t.Errorf("filled %d, last %+v", count, f)
	}
	if got := s.shown(); len(got) != 0 {
		t.Errorf("history is delivered: %q", got)
	}
	h := s.e.History(99)
	if len(h) != len(all) {
		t.Fatalf("history has %d", len(h))
	}
	for i, m := range h {
		if m.ID != all[i].ID() || m.Gap {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if s.e.Stats() != (Stats{Settled: 23}) || len(s.e.Holes()) != 0 {
		t.Errorf("%+v", s.e.Stats())
	}
	// News is news however old its author's clock makes it.
	late := newScribe(2)
	late.clk = clkOf(simEpoch.Add(-5 * time.Hour))
	s.push(1, late.write("behind the times"))
	if got := s.shown(); !slices.Equal(got, []string{"behind the times"}) {
		t.Errorf("shown %q", got)
	}
}

// asked reports whether a WANT for a record went out.
func (s *solo) asked(r *wire.Record) bool {
	return slices.ContainsFunc(s.frames, func(f wire.LinkFrame) bool {
		w, ok := f.(wire.LinkWant)
		return ok && (slices.Contains(w.Hints, r.ID().Hint()) || slices.ContainsFunc(w.Spans, func(s wire.WantSpan) bool {
			return s.Author == r.Author && s.Chain == r.Chain && s.From <= r.Seq && r.Seq < s.From+s.Count
		}))
	})
}

// The horizon belongs to the store: what was missed while away is news.
func TestWhatWasMissedIsNews(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	s.say("here")
	s.now = s.now.Add(3 * 24 * time.Hour)
	now := s.now
	s.restart(nil)
	s.now = now
	s.link(9)
	w := newScribe(1)
	w.clk = clkOf(simEpoch.Add(time.Hour))
	missed := w.run(5)
	for _, r := range slices.Backward(missed) {
		s.pushPast(1, r)
	}
	if got := s.shown(); len(got) != 6 { // nothing was marked as shown
		t.Errorf("shown %q", got)
	}
	if got := take[Filled](s); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestPages(t *testing.T) {
	s := newSolo(t, nil)
	var ids []wire.RecordID
	for i := range 25 {
		ids = append(ids, s.say(fmt.Sprint(i)))
	}
	page := s.e.History(10)
	for n := 2; n >= 0; n-- {
		want := ids[max(0, 5+10*(n-1)):min(25, 5+10*n)]
		if n == 2 {
			want = ids[15:]
		}
		if len(page) != len(want) || page[0].ID != want[0] || page[len(page)-1].ID != want[len(want)-1] {
			t.Fatalf("page %d: %d messages", n, len(page))
		}
		after := s.e.HistoryAfter(page[0].Order, 3)
		if len(after) != 3 || after[0].ID != page[1].ID {
			t.Errorf("page %d: after its first come %d", n, len(after))
		}
		page = s.e.HistoryBefore(page[0].Order, 10)
	}
	if len(page) != 0 || len(s.e.HistoryBefore("zz", 5)) != 0 || len(s.e.HistoryAfter("", 5)) != 0 {
		t.Error("pages out of nothing")
	}
}

// Far too much that waits for its past is bounded: it becomes history.
func TestOverflowBecomesHistory(t *testing.T) {
	s := newSolo(t, nil)
	s.e.setHorizon(1)
	s.link(9)
	w := newScribe(1)
	w.clk = clkOf(simEpoch.Add(-5 * day))
	w.write("withheld")
	for range maxPending + 10 {
		w.clk += 5 * 24 * 3600 * 1000 / (maxPending + 20)
		r := w.write("x")
		en := s.e.log.add(r.ID(), r) // as if verified and stored
		en.marks |= repaired
		_ = s.store.Commit([]*wire.Record{r}, nil)
		s.e.hold(en)
	}
	if st := s.e.Stats(); st.Pending > maxPending || st.Settled < maxPending/2 {
		t.Errorf("%+v", st)
	}
	s.step(Timer{})
	if f := take[Filled](s); len(f) != 1 || len(take[Deliver](s)) != 0 {
		t.Errorf("%+v", f)
	}
}

// Recent says how far back news reaches: all that is kept, where everything is
// written to us.
func TestRecent(t *testing.T) {
	for recent, want := range map[time.Duration]int{0: 0, 30 * time.Hour: 1, 60 * time.Hour: 2} {
		s := newSolo(t, nil)
		if recent > 0 {
			s.e.cfg.Recent = recent
		}
		s.link(9)
		w := newScribe(1)
		for _, ago := range []time.Duration{48 * time.Hour, 24 * time.Hour} {
			w.clk = clkOf(simEpoch.Add(-ago))
			s.pushPast(1, w.run(1)[0])
		}
		s.wait(time.Minute)
		if got := len(s.shown()); got != want {
			t.Errorf("%v: %d are news, want %d", recent, got, want)
		}
	}
}

// Gaps that nobody was shown are filled in silence: a past that streams in newest
// first has one before each record for a moment.
func TestFillingTellsOfNoGapsNobodySaw(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	w.clk = clkOf(simEpoch.Add(-3 * time.Hour))
	var past []*wire.Record
	for range 40 {
		past = append(past, w.write("past"))
	}
	bring := func(r *wire.Record) {
		s.frame(1, wire.LinkPush{Hop: 1, Flags: wire.PushRepair, Record: r.Append(nil)})
	}
	bring(past[0]) // so that what is missing before the others is a gap
	for i := len(past) - 1; i > 20; i-- {
		bring(past[i])
	}
	s.wait(time.Second)
	if got := take[Changed](s); len(got) != 0 {
		t.Errorf("%d changes of what nobody saw", len(got))
	}
	seen := s.e.History(20)
	if !seen[1].Gap {
		t.Errorf("no gap before %+v", seen[1])
	}
	for i := 20; i > 0; i-- {
		bring(past[i])
	}
	s.wait(time.Second)
	if got := take[Changed](s); len(got) != 1 || got[0].ID != seen[1].ID || got[0].Gap {
		t.Errorf("%d changes; the one gap that was seen is filled", len(got))
	}
}
