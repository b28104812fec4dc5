package room

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gochat/crypto"
	"gochat/internal/wire"
)

// A file makes of a room what links would have made of it, in whatever portions
// and however often it is read, as long as what a record cites can be had.
func TestImportIsAJoin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := genSet(rt)
		linked, filed := newSolo(t, nil), newSolo(t, nil)
		linked.pour(set)
		filed.has(set)
		filed.link(9)
		for range 3 {
			for rest := set; len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(rt, "portion")
				filed.step(Import{Ref: 3, Records: rest[:n]})
				if got := take[Imported](filed); len(got) != 1 || got[0].Ref != 3 || got[0].Err != nil ||
					got[0].New+got[0].Known+got[0].Old+got[0].Refused != n {
					rt.Fatalf("of %d: %+v", n, got)
				}
				rest = rest[n:]
			}
			filed.wait(20 * giveUpAfter)
		}
		if a, b := linked.state(), filed.state(); a != b {
			rt.Fatalf("the file makes another room:\n%s\n%s", a, b)
		}
	})
}

func TestImportCounts(t *testing.T) {
	stranger := memberN(5).Public()
	s := newSolo(t, func(k crypto.PublicKey) bool { return k != stranger })
	w := newScribe(1)
	first, second := w.write("first"), w.write("second")
	forged := *w.write("forged")
	forged.Sig[0]++
	ancient := newScribe(2)
	ancient.clk = clkOf(simEpoch.Add(-1000 * day))
	old := ancient.write("old")
	all := []*wire.Record{first, second, &forged, newScribe(5).write("stranger"), old}
	s.step(Import{Ref: 1, Records: all})
	if got := take[Imported](s); !slices.Equal(got, []Imported{{Ref: 1, New: 2, Old: 1, Refused: 2}}) {
		t.Errorf("%+v", got)
	}
	if got := s.shown(); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("shown %q", got)
	}
	s.step(Import{Ref: 2, Records: all})
	if got := take[Imported](s); !slices.Equal(got, []Imported{{Ref: 2, Known: 2, Old: 1, Refused: 2}}) {
		t.Errorf("again: %+v", got)
	}
	s.step(Import{Ref: 3})
	if got := take[Imported](s); !slices.Equal(got, []Imported{{Ref: 3}}) {
		t.Errorf("nothing: %+v", got)
	}
}

func TestImportSaysWhatTheStoreSays(t *testing.T) {
	s := newSolo(t, nil)
	w := newScribe(1)
	r := w.write("kept at the second try")
	full := errors.New("disk full")
	var batch uint64
	for _, a := range s.e.Step(s.now, Import{Ref: 1, Records: []*wire.Record{r}}) {
		if c, ok := a.(Commit); ok {
			batch = c.Batch
		}
	}
	got := s.e.Step(s.now, Committed{Batch: batch, Err: full})
	if !slices.ContainsFunc(got, func(a Action) bool { i, ok := a.(Imported); return ok && i.Err == full && i.New == 0 }) {
		t.Errorf("%+v", got)
	}
	s.step(Import{Ref: 2, Records: []*wire.Record{r}})
	if got := take[Imported](s); len(got) != 1 || got[0].New != 1 {
		t.Errorf("%+v", got)
	}
}

// Own words that a file brings back are behind what is written next.
func TestImportOfTheOwnChain(t *testing.T) {
	before := newSolo(t, nil)
	before.say("one")
	before.say("two")
	var file []*wire.Record
	for _, r := range before.store.records {
		file = append(file, r)
	}
	s := newSolo(t, nil)
	s.now = s.now.Add(time.Minute)
	s.step(Import{Records: file})
	r, _ := s.store.Get(s.say("three"))
	if r.Seq != 3 {
		t.Errorf("the third is number %d", r.Seq)
	}
}
