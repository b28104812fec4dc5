package room

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gochat/internal/wire"
)

// genSet draws a set of records of four authors with forks, holes, records
// that break the pace or their ancestors' clk, and citations across.
func genSet(t *rapid.T) []*wire.Record {
	var set []*wire.Record
	writers := []*scribe{newScribe(1), newScribe(2), newScribe(3), newScribe(4)}
	for range rapid.IntRange(1, 20).Draw(t, "records") {
		i := rapid.IntRange(0, len(writers)-1).Draw(t, "writer")
		w := writers[i]
		switch rapid.IntRange(0, 19).Draw(t, "how") {
		case 0, 3, 4:
			writers = append(writers, w.fork())
		case 1, 5:
			w.clk -= 2 // not above its ancestor's: invalid, and so is all behind it
		case 2:
			if !testing.Short() {
				for range forkReach {
					set = append(set, w.write("long"))
				}
			}
		}
		var parents []*wire.Record
		for range rapid.IntRange(0, 2).Draw(t, "parents") {
			if len(set) > 0 {
				p := set[rapid.IntRange(0, len(set)-1).Draw(t, "parent")]
				if !slices.Contains(parents, p) && p.ID() != w.prev {
					parents = append(parents, p)
				}
			}
		}
		set = append(set, w.write(fmt.Sprint("m", len(set), i), parents...))
	}
	return set
}

// state is the digest of all that must not depend on the order of arrival.
func (s *solo) state() string {
	h := sha256.New()
	ids := slices.SortedFunc(maps.Keys(s.store.records), func(a, b wire.RecordID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		en := s.e.log.get(id)
		fmt.Fprintln(h, id, en.state, en.refs, en.chain.forked)
	}
	for _, m := range s.e.History(1 << 20) {
		fmt.Fprintln(h, m.Order)
	}
	n, d := s.e.Transcript()
	return fmt.Sprintf("%d records, %d settled, %x %x", len(ids), n, d, h.Sum(nil))
}

// The set a member ends with, and what follows from it, is the same in
// whatever order, however often and in whatever portions records arrive, as
// long as what a record cites can be had when asked for.
func TestIngestIsAJoin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := genSet(rt)
		give := make(map[wire.Hint]*wire.Record)
		for _, r := range set {
			give[r.ID().Hint()] = r
		}
		var first string
		for n := range 3 {
			order := set
			if n > 0 {
				order = rapid.Permutation(set).Draw(rt, "order")
			}
			s := newSolo(t, nil)
			s.give = give
			s.link(9)
			for i, r := range order {
				s.push(1, r)
				if i%3 == n {
					s.push(1, order[i/2])
				}
			}
			s.wait(20 * giveUpAfter)
			for range 3 { // and all once more, as later reconciliations would
				for _, r := range set {
					s.push(1, r)
				}
				s.wait(20 * giveUpAfter)
			}
			if len(take[CloseLink](s)) > 0 {
				rt.Fatal("link closed")
			}
			if state := s.state(); n == 0 {
				first = state
			} else if state != first {
				rt.Fatalf("order of arrival matters:\n%s\n%s", first, state)
			}
		}
	})
}
