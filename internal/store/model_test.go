package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// model is what a room should be, beside the one that is.
type model struct {
	room.MemoryStore
	all     []*wire.Record // ever put, with their bodies
	unshown map[wire.RecordID]bool
	ghosts  map[wire.RecordID]bool
}

func (m *model) sorted() (list []*wire.Record) {
	_ = m.Headers(func(id wire.RecordID, _ *wire.Record, _ bool) error {
		r, err := m.Get(id)
		list = append(list, r)
		return err
	})
	return list
}

func (m *model) messages() (list []*wire.Record) {
	for _, r := range m.sorted() {
		if r.Type == wire.RecordText {
			list = append(list, r)
		}
	}
	return list
}

func (m *model) put(r *wire.Record) {
	id := r.ID()
	old, _ := m.Get(id)
	_ = m.Commit([]*wire.Record{r}, nil)
	switch {
	case !r.HasBody:
		m.forget(id)
	case old != nil && old.HasBody || !isShown(r.Type):
	case m.ghosts[id]:
		delete(m.ghosts, id)
	default:
		m.unshown[id] = true
	}
}

func (m *model) forget(id wire.RecordID) { delete(m.unshown, id) }

func (m *model) delete(id wire.RecordID, mayReturn bool) {
	old, err := m.Get(id)
	if err != nil {
		return
	}
	if mayReturn && isShown(old.Type) && !m.unshown[id] {
		m.ghosts[id] = true
	}
	m.forget(id)
	_ = m.Commit(nil, []wire.RecordID{id})
}

// find is the search done plainly.
func (m *model) find(query string) (list []*wire.Record) {
	phrases := parseQuery(query)
	for _, r := range slices.Backward(m.sorted()) {
		if len(phrases) > 0 && isText(r.Type) && r.HasBody &&
			!slices.ContainsFunc(phrases, func(p phrase) bool { return !occurs(p, termsOf(r)) }) {
			list = append(list, r)
		}
	}
	return list
}

func occurs(p phrase, in []term) bool {
	for i := range in {
		ok := i+len(p.terms) <= len(in)
		for j := 0; ok && j < len(p.terms); j++ {
			ok = in[i+j].text == p.terms[j] ||
				p.open && j == len(p.terms)-1 && strings.HasPrefix(in[i+j].text, p.terms[j])
		}
		if ok {
			return true
		}
	}
	return false
}

var vocabulary = []string{"a", "ab", "abc", "b", "Żółw", "zol", "東京", "東京都", "京", "สวัสดี", "🎉", "foo-bar", "bar"}

func drawText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 4).Draw(t, "words"), " ")
}

// Whatever is done to a room, it is what the model is.
func TestRoomIsItsModel(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		var key []byte
		if rapid.Bool().Draw(t, "locked") {
			key = testKey
		}
		var db *DB
		var r, other *Room
		reopen := func() {
			var err error
			if db, err = Open(path, Options{Key: key, Self: alice, base: newDisk(), partTexts: 3}); err != nil {
				t.Fatal(err)
			}
			r, err = db.Room(testRoom)
			if err == nil {
				other, err = db.Room(crypto.RoomID{7})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		reopen()
		defer func() { db.Close() }()
		m := &model{unshown: map[wire.RecordID]bool{}, ghosts: map[wire.RecordID]bool{}}
		some := func(label string) *wire.Record {
			if len(m.all) == 0 {
				t.Skip("nothing there")
			}
			return m.all[rapid.IntRange(0, len(m.all)-1).Draw(t, label)]
		}
		ok := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		clk := func() wire.Clk { return wire.Clk(rapid.IntRange(1, 12).Draw(t, "clk")) }
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				var list []*wire.Record
				for range rapid.IntRange(1, 4).Draw(t, "records") {
					typ := rapid.SampledFrom([]wire.RecordType{wire.RecordText, wire.RecordText, wire.RecordEdit, wire.RecordReact, wire.RecordProfile, 200}).Draw(t, "type")
					rec := makeRecord(typ, rapid.SampledFrom([]crypto.PublicKey{alice, bob}).Draw(t, "author"), clk(), drawText(t))
					m.all = append(m.all, rec)
					m.put(rec)
					list = append(list, rec)
				}
				ok(r.Commit(list, nil))
				// Another room's texts at the same time get in nobody's way.
				ok(other.Commit([]*wire.Record{message(bob, list[0].Clk, drawText(t))}, nil))
			},
			"put again": func(t *rapid.T) {
				rec := some("record")
				m.put(rec)
				ok(r.Commit([]*wire.Record{rec}, nil))
			},
			"drop body": func(t *rapid.T) {
				rec := stub(some("record"))
				if _, err := m.Get(rec.ID()); err != nil {
					t.Skip("gone")
				}
				m.put(rec)
				ok(r.Commit([]*wire.Record{rec}, nil))
			},
			"delete": func(t *rapid.T) {
				id := some("record").ID()
				m.delete(id, true)
				ok(r.Commit(nil, []wire.RecordID{id, {9}}))
			},
			"mark shown": func(t *rapid.T) {
				id := some("record").ID()
				m.forget(id)
				ok(r.MarkShown(id, wire.RecordID{9}))
			},
			"trim": func(t *rapid.T) {
				floor, drop := clk(), rapid.SampledFrom([]Drop{DropBodies, DropRecords}).Draw(t, "drop")
				keep := append(m.all, nil)[rapid.IntRange(0, len(m.all)).Draw(t, "keep")]
				want := 0
				for _, rec := range m.sorted() {
					if rec.Clk >= floor || keep != nil && rec.ID() == keep.ID() {
						continue
					}
					if drop == DropRecords {
						m.delete(rec.ID(), false)
						want++
					} else if rec.HasBody {
						m.put(stub(rec))
						want++
					}
				}
				for _, rec := range m.all {
					if rec.Clk < floor {
						delete(m.ghosts, rec.ID())
					}
				}
				got, err := r.Trim(context.Background(), floor, drop, func(id wire.RecordID, _ *wire.Record) bool {
					return keep != nil && id == keep.ID()
				})
				ok(err)
				if got != want {
					t.Fatalf("trimmed %d, want %d", got, want)
				}
			},
			"reopen": func(t *rapid.T) {
				ok(db.Check(context.Background()))
				ok(db.Close())
				reopen()
			},
			"": func(t *rapid.T) { compare(t, r, m) },
		})
	})
}

// compare looks at the room from all sides.
func compare(t *rapid.T, r *Room, m *model) {
	var got []*wire.Record
	if err := r.Scan(func(rec *wire.Record) error {
		got = append(got, rec)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := m.sorted()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("scan: %q, want %q", texts(got), texts(want))
	}
	i := 0
	if err := r.Headers(func(id wire.RecordID, rec *wire.Record, body bool) error {
		if i >= len(want) || id != want[i].ID() || body != want[i].HasBody || !bytes.Equal(rec.AppendHeader(nil), want[i].AppendHeader(nil)) {
			t.Fatalf("header %d differs", i)
		}
		i++
		return nil
	}); err != nil || i != len(want) {
		t.Fatal(i, err)
	}
	compareBytes(t, r, want)
	comparePages(t, r, m)
	query := rapid.SampledFrom(vocabulary).Draw(t, "query") + rapid.SampledFrom([]string{"", " ", " b", `" a "`}).Draw(t, "more")
	limit := rapid.IntRange(0, 5).Draw(t, "limit")
	compareMessages(t, "search "+query, all(t, limit, func(before string) ([]room.Message, error) { return r.Search(query, before, limit) }), m.find(query), limit)
	list, err := r.Unshown(1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(m.unshown) {
		t.Fatalf("%d are unshown, want %d", len(list), len(m.unshown))
	}
	for i, u := range list {
		if !m.unshown[u.ID] || i > 0 && whereIs(list[i-1]).compare(whereIs(u)) >= 0 {
			t.Fatalf("unshown: %+v", u)
		}
	}
}

func whereIs(u Unshown) place { return place{u.Record.Clk, u.ID} }

func compareBytes(t *rapid.T, r *Room, want []*wire.Record) {
	size, err := r.Size()
	if err != nil {
		t.Fatal(err)
	}
	var sum Size
	for _, rec := range want {
		sum.Records++
		sum.Bytes += int64(len(prepare(rec).header) + len(prepare(rec).body))
	}
	if size != sum {
		t.Fatalf("size %+v, want %+v", size, sum)
	}
	budget := int64(rapid.IntRange(0, 3000).Draw(t, "budget"))
	floor, err := r.NewestBytes(budget)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[wire.Clk]int64{}
	above, total := int64(0), int64(0)
	for _, rec := range want {
		n := int64(len(prepare(rec).header) + len(prepare(rec).body))
		sizes[rec.Clk] += n
		total += n
		if rec.Clk >= floor {
			above += n
		}
	}
	if (floor == 0) != (total <= budget) || above > budget {
		t.Fatalf("of %d bytes, %d are from %d on, the budget is %d", total, above, floor, budget)
	}
	for _, clk := range slices.Backward(slices.Sorted(maps.Keys(sizes))) {
		if clk < floor {
			if above+sizes[clk] <= budget {
				t.Fatalf("%d would do, the floor is %d", clk, floor)
			}
			break
		}
	}
}

func comparePages(t *rapid.T, r *Room, m *model) {
	limit := rapid.IntRange(0, 3).Draw(t, "page")
	stored := m.messages()
	shown := slices.DeleteFunc(slices.Clone(stored), func(rec *wire.Record) bool {
		return m.unshown[rec.ID()]
	})
	for which, want := range map[Which][]*wire.Record{Stored: stored, Shown: shown} {
		compareMessages(t, "after", all(t, limit, func(after string) ([]room.Message, error) { return r.After(which, after, limit) }), want, limit)
		back := slices.Clone(want)
		slices.Reverse(back)
		compareMessages(t, "page", all(t, limit, func(before string) ([]room.Message, error) {
			list, err := r.Page(which, before, limit)
			slices.Reverse(list)
			return list, err
		}), back, limit)
	}
}

// all reads page after page.
func all(t *rapid.T, limit int, next func(string) ([]room.Message, error)) (list []room.Message) {
	for at := ""; ; {
		page, err := next(at)
		if err == ErrNoWords {
			return nil
		}
		if err != nil || len(page) > limit {
			t.Fatalf("%d of %d, %v", len(page), limit, err)
		}
		if len(page) == 0 {
			return list
		}
		list = append(list, page...)
		at = page[len(page)-1].Order
	}
}

func compareMessages(t *rapid.T, what string, got []room.Message, want []*wire.Record, limit int) {
	if limit == 0 {
		want = nil
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %q, want %q", what, textsOf(got), texts(want))
	}
	for i, msg := range got {
		if !reflect.DeepEqual(msg.Record, want[i]) || msg.ID != want[i].ID() || msg.Own != (want[i].Author == alice) {
			t.Fatalf("%s, message %d: %+v", what, i, msg)
		}
	}
}
