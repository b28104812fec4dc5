package room

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gochat/internal/wire"
)

// genSet draws a set of records of four authors: texts, edits, deletes and
// reactions, some short-lived, some from the future, with forks, holes, records
// that contradict what they cite, and citations across.
func genSet(t *rapid.T) []*wire.Record {
	var set []*wire.Record
	writers := []*scribe{newScribe(1), newScribe(2), newScribe(3), newScribe(4)}
	any := func(name string) *wire.Record { return set[rapid.IntRange(0, len(set)-1).Draw(t, name)] }
	for range rapid.IntRange(1, 25).Draw(t, "records") {
		i := rapid.IntRange(0, len(writers)-1).Draw(t, "writer")
		w := writers[i]
		switch rapid.IntRange(0, 25).Draw(t, "how") {
		case 0, 3, 4:
			writers = append(writers, w.fork())
		case 1, 5:
			w.clk -= 2 // not above its ancestor's: never shown
		case 2:
			if !testing.Short() && w.clk < clkOf(simEpoch.Add(time.Minute)) { // the pool of early ones is small
				for range forkReach {
					set = append(set, w.write("long"))
				}
			}
		case 6:
			w.clk += 15 * 60 * 1000 // early
		}
		var parents []wire.RecordID
		for range rapid.IntRange(0, 2).Draw(t, "parents") {
			if len(set) > 0 {
				if p := any("parent").ID(); !slices.Contains(parents, p) && p != w.prev {
					parents = append(parents, p)
				}
			}
		}
		slices.SortFunc(parents, func(a, b wire.RecordID) int { return slices.Compare(a[:], b[:]) })
		r := &wire.Record{Type: wire.RecordText, Parents: parents}
		for _, id := range parents {
			for _, p := range set {
				if p.ID() == id {
					w.clk = max(w.clk, p.Clk)
				}
			}
		}
		fields := textFields(fmt.Sprint("m", len(set), i))
		what := rapid.IntRange(0, 9).Draw(t, "what")
		if len(set) > 0 && what < 5 {
			r.Target = any("target").ID()
		}
		switch what {
		case 0, 1:
			r.Type = wire.RecordEdit
		case 2:
			r.Type, fields = wire.RecordDelete, nil
		case 3, 4:
			r.Type = wire.RecordReact
			fields = []wire.Field{{Type: wire.FieldEmoji, Value: []byte{'a' + byte(what)}}}
			if rapid.Bool().Draw(t, "retract") {
				fields = append(fields, wire.Field{Type: wire.FieldRetract})
			}
		case 5:
			r.TTL = 1 + uint32(rapid.IntRange(0, 600).Draw(t, "ttl"))
		}
		set = append(set, w.sign(r, fields...))
	}
	return set
}

// state is the digest of all that must not depend on the order of arrival.
func (s *solo) state() string {
	h := sha256.New()
	ids := slices.SortedFunc(maps.Keys(s.store.records), func(a, b wire.RecordID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		en := s.e.log.get(id)
		fmt.Fprintln(h, id, en.state, en.refs, en.chain.forked, s.store.records[id].HasBody)
		m := s.view(id)
		fmt.Fprintln(h, m.Order, m.Content, m.Text, m.Edited, m.DeletedBy, m.Reactions, m.Gap)
	}
	for _, m := range s.e.History(1 << 20) {
		fmt.Fprintln(h, m.Order)
	}
	for _, hole := range s.e.Holes() {
		fmt.Fprintln(h, hole)
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
		var first string
		for n := range 3 {
			order := set
			if n > 0 {
				order = rapid.Permutation(set).Draw(rt, "order")
			}
			s := newSolo(t, nil)
			for i := range order {
				order = append(order, order[i/2]) // some twice
			}
			s.pour(order)
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

// pour brings records in some order, as often as later reconciliations would,
// and lets all pass that takes time.
func (s *solo) pour(records []*wire.Record) {
	s.has(records)
	s.link(9)
	for range 3 {
		for _, r := range records {
			s.push(1, r)
		}
		s.wait(20 * giveUpAfter)
	}
}

// has lets records be had when asked for.
func (s *solo) has(records []*wire.Record) {
	s.give = make(map[wire.Hint]*wire.Record)
	for _, r := range records {
		if h := r.ID().Hint(); s.give[h] == nil || r.HasBody {
			s.give[h] = r
		}
	}
}

// closure is part of a set with all that it stands on.
func closure(set, part []*wire.Record) (out []*wire.Record) {
	byID := make(map[wire.RecordID]*wire.Record)
	for _, r := range set {
		byID[r.ID()] = r
	}
	seen := make(map[wire.RecordID]bool)
	for len(part) > 0 {
		r := part[len(part)-1]
		part = part[:len(part)-1]
		if r == nil || seen[r.ID()] {
			continue
		}
		seen[r.ID()] = true
		out = append(out, r)
		for _, id := range cites(r) {
			part = append(part, byID[id])
		}
	}
	return out
}

// Two members who each have a part, with what it stands on, have together what
// one has who was given all: what either drops has no place in the whole.
func TestJoinOfParts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := genSet(rt)
		var together []*wire.Record
		for i := range 2 {
			part := set
			if n := rapid.IntRange(0, len(set)).Draw(rt, "size"); i == 0 || n > 0 {
				part = closure(set, rapid.Permutation(set).Draw(rt, "part")[:n])
			}
			s := newSolo(t, nil)
			s.pour(part)
			for _, r := range s.store.records {
				together = append(together, r)
			}
			if i == 1 { // the second has the rest
				rest := newSolo(t, nil)
				rest.pour(closure(set, slices.DeleteFunc(slices.Clone(set), func(r *wire.Record) bool {
					return slices.Contains(part, r)
				})))
				for _, r := range rest.store.records {
					together = append(together, r)
				}
			}
		}
		slices.SortFunc(together, func(a, b *wire.Record) int {
			x, y := a.ID(), b.ID()
			return slices.Compare(x[:], y[:])
		})
		all, joined := newSolo(t, nil), newSolo(t, nil)
		all.pour(withoutDeleted(set, together))
		joined.pour(rapid.Permutation(together).Draw(rt, "order"))
		if a, b := all.state(), joined.state(); a != b {
			rt.Fatalf("the parts make another whole:\n%s\n%s", a, b)
		}
	})
}

// withoutDeleted is a set without the bodies that nobody among those together
// has and that their author has deleted: a delete may do its work on one member
// before a fork of its author's is seen that leaves no place for it.
func withoutDeleted(set, together []*wire.Record) []*wire.Record {
	had := make(map[wire.RecordID]bool)
	for _, r := range together {
		had[r.ID()] = had[r.ID()] || r.HasBody
	}
	out := slices.Clone(set)
	for i, r := range set {
		if body, held := had[r.ID()]; held && !body && slices.ContainsFunc(set, func(d *wire.Record) bool {
			return d.Type == wire.RecordDelete && d.Author == r.Author &&
				(d.Target == r.ID() || r.Type == wire.RecordEdit && d.Target == r.Target)
		}) {
			out[i] = strip(r)
		}
	}
	return out
}
