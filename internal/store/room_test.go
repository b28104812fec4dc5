package store

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

func scan(t testing.TB, s *Room) (list []*wire.Record) {
	t.Helper()
	if err := s.Scan(func(r *wire.Record) error {
		list = append(list, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRecordsComeBack(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "locked": testKey} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			db, err := Open(path, Options{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			a, b, c := message(alice, 30, "third"), message(bob, 10, "first"), message(alice, 20, "second")
			c.Parents = []wire.RecordID{{5}, {6}}
			put(t, openRoom(t, db, testRoom), a, b, c)
			put(t, openRoom(t, db, crypto.RoomID{9}), message(bob, 1, "elsewhere"))
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			r := openRoom(t, open(t, path, Options{Key: key}), testRoom)
			if got := scan(t, r); !reflect.DeepEqual(got, []*wire.Record{b, c, a}) {
				t.Errorf("got %v", texts(got))
			}
			got, err := r.Get(c.ID())
			if err != nil || !reflect.DeepEqual(got, c) {
				t.Errorf("got %+v, %v", got, err)
			}
			if _, err := r.Get(wire.RecordID{1}); err != room.ErrNotFound {
				t.Error(err)
			}
		})
	}
}

func TestScanStops(t *testing.T) {
	r := newRoom(t)
	put(t, r, message(bob, 1, "a"), message(bob, 2, "b"))
	stop := errors.New("stop")
	n := 0
	if err := r.Scan(func(*wire.Record) error { n++; return stop }); err != stop || n != 1 {
		t.Error(n, err)
	}
}

func TestHeadersTellOfBodies(t *testing.T) {
	r := newRoom(t)
	with, without := message(bob, 1, "a"), message(bob, 2, "b")
	put(t, r, with, stub(without), makeRecord(wire.RecordProfile, bob, 3, "p"))
	var bodies []bool
	err := r.Headers(func(id wire.RecordID, rec *wire.Record, body bool) error {
		if id != rec.ID() || rec.HasBody || rec.Body != nil {
			t.Errorf("header %+v", rec)
		}
		bodies = append(bodies, body)
		return nil
	})
	if err != nil || !slices.Equal(bodies, []bool{true, false, true}) {
		t.Error(bodies, err)
	}
}

// Headers are made in the memory of those before them, of which a scan of so many
// has none left after some batches.
func TestHeadersOfManyBatches(t *testing.T) {
	r, c := newRoom(t), newChatter()
	put(t, r, c.batch(20*scanRows)...)
	want := scan(t, r)
	err := r.Headers(func(id wire.RecordID, rec *wire.Record, body bool) error {
		w := want[0]
		if want = want[1:]; id != w.ID() || id != rec.ID() || !body || !slices.Equal(rec.Parents, w.Parents) {
			t.Fatalf("header %+v, want %+v", rec, w)
		}
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Error(len(want), err)
	}
}

// What waits in the sorter for the next batch outlives its own.
func TestSorterDetaches(t *testing.T) {
	var got []wire.RecordID
	out := sorter{yield: func(x scanned) error { got = append(got, x.rec.Parents[0]); return nil }}
	rec := &wire.Record{Clk: 1, Parents: []wire.RecordID{{1}}}
	if err := out.add(scanned{rec: rec}); err != nil {
		t.Fatal(err)
	}
	out.detach()
	rec.Parents[0] = wire.RecordID{2} // as the next batch does
	if err := out.flush(); err != nil || !slices.Equal(got, []wire.RecordID{{1}}) {
		t.Error(got, err)
	}
}

func TestReadingWhileScanning(t *testing.T) {
	r := newRoom(t)
	put(t, r, message(bob, 1, "a"), message(bob, 2, "b"))
	seen := 0
	err := r.Scan(func(rec *wire.Record) error {
		seen++
		put(t, r, message(bob, rec.Clk+10, "c")) // belongs to a later state
		_, err := r.Get(rec.ID())
		return err
	})
	if err != nil || seen != 2 {
		t.Error(seen, err)
	}
	if got := len(scan(t, r)); got != 4 {
		t.Error(got)
	}
}

// Two records of one clk whose ids begin alike, which nobody can make for a
// test, come in the order of their ids, in pages and scans.
func TestOrderBeyondTheHint(t *testing.T) {
	places := []place{{6, wire.RecordID{9}}, {7, wire.RecordID{0: 1, 8: 1}}, {7, wire.RecordID{0: 1, 8: 2}}, {7, wire.RecordID{2}}}
	ties := []place{places[0], places[2], places[1], places[3]} // as the index may have them
	var got []place
	out := sorter{yield: func(x scanned) error { got = append(got, x.place); return nil }}
	for _, p := range ties {
		if err := out.add(scanned{place: p, hint: hint(p.id)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.flush(); err != nil || !slices.Equal(got, places) {
		t.Errorf("scanned %v", got)
	}
	for limit := 1; limit <= 4; limit++ {
		got = nil
		for from := (place{}); ; {
			l := lister{limit: limit, sign: 1, from: from}
			for _, p := range ties {
				if !l.full(p.clk, hint(p.id)) {
					l.insert(found{place: p, hint: hint(p.id)})
				}
			}
			n := len(l.result())
			for _, f := range l.list[:n] {
				got = append(got, f.place)
			}
			if n == 0 {
				break
			}
			from = got[len(got)-1]
		}
		if !slices.Equal(got, places) {
			t.Errorf("in pages of %d: %v", limit, got)
		}
	}
}

func TestMeta(t *testing.T) {
	r := newRoom(t)
	other := openRoom(t, r.db, crypto.RoomID{9})
	if v, err := r.Meta("chain"); v != nil || err != nil {
		t.Error(v, err)
	}
	for _, v := range [][]byte{{1}, {2, 3}} {
		if err := r.SetMeta("chain", v); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Meta("chain"); !slices.Equal(got, v) || got == nil || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, v)
		}
	}
	if v, _ := other.Meta("chain"); v != nil {
		t.Error("another room has", v)
	}
	if err := r.SetMeta("chain", nil); err != nil {
		t.Fatal(err)
	}
	if v, _ := r.Meta("chain"); v != nil {
		t.Error("deleted, and still", v)
	}
}

func TestRooms(t *testing.T) {
	db := open(t, dbPath(t), Options{})
	quiet, busy := openRoom(t, db, crypto.RoomID{1}), openRoom(t, db, crypto.RoomID{2})
	put(t, quiet, message(bob, 100, "long ago"), makeRecord(wire.RecordProfile, bob, 500, "bob"))
	put(t, busy, message(bob, 300, "just now"), message(bob, 200, "before"))
	if err := busy.SetName("lobby"); err != nil {
		t.Fatal(err)
	}
	if name, err := busy.Name(); name != "lobby" || err != nil {
		t.Error(name, err)
	}
	openRoom(t, db, crypto.RoomID{3})
	got, err := db.Rooms()
	want := []RoomInfo{
		{crypto.RoomID{2}, "lobby", 300, 2}, {crypto.RoomID{1}, "", 100, 1}, {crypto.RoomID{3}, "", 0, 0},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if openRoom(t, db, crypto.RoomID{2}) != busy {
		t.Error("a second Room for the same room")
	}
}
