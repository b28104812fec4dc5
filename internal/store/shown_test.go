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

func unshown(t *testing.T, r *Room, limit int) (ids []wire.RecordID) {
	t.Helper()
	list, err := r.Unshown(limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		ids = append(ids, u.ID)
	}
	return ids
}

// Late ones among others wait in the room's order, whenever they came.
func TestUnshownInOrder(t *testing.T) {
	r := newRoom(t)
	b, c := message(bob, 20, "b"), message(bob, 30, "c")
	put(t, r, b, c)
	if err := r.MarkShown(c.ID()); err != nil {
		t.Fatal(err)
	}
	a := message(bob, 10, "a")
	put(t, r, a, makeRecord(wire.RecordProfile, bob, 5, "bob"))
	if got := unshown(t, r, 10); !slices.Equal(got, []wire.RecordID{a.ID(), b.ID()}) {
		t.Error(got)
	}
	if got := unshown(t, r, 1); !slices.Equal(got, []wire.RecordID{a.ID()}) {
		t.Error(got)
	}
}

// Who was shown stays so, over a restart and asked twice.
func TestShownStaysShown(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	a, b := message(bob, 10, "a"), message(bob, 20, "b")
	put(t, r, a, b)
	for range 2 {
		if err := r.MarkShown(a.ID(), wire.RecordID{9}); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	r = openRoom(t, open(t, path, Options{}), testRoom)
	if got := unshown(t, r, 10); !slices.Equal(got, []wire.RecordID{b.ID()}) {
		t.Error(got)
	}
}

// What was shown and deleted is not shown when it comes back, once.
func TestShownDeletedAndBack(t *testing.T) {
	r := newRoom(t)
	seen, unseen := message(bob, 10, "seen"), message(bob, 20, "unseen")
	put(t, r, seen, unseen)
	if err := r.MarkShown(seen.ID()); err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(nil, []wire.RecordID{seen.ID(), unseen.ID()}); err != nil {
		t.Fatal(err)
	}
	put(t, r, seen, unseen)
	if got := unshown(t, r, 10); !slices.Equal(got, []wire.RecordID{unseen.ID()}) {
		t.Error(got)
	}
	page, err := r.Page(Shown, "", 10)
	if err != nil || !slices.Equal(textsOf(page), []string{"seen"}) {
		t.Error(textsOf(page), err)
	}
}

func TestStubIsShownOnceItHasItsBody(t *testing.T) {
	r := newRoom(t)
	a := message(bob, 10, "late body")
	put(t, r, stub(a))
	if got := unshown(t, r, 10); len(got) > 0 {
		t.Error("a message without text is to be shown")
	}
	put(t, r, a)
	if got := unshown(t, r, 10); len(got) != 1 {
		t.Error(got)
	}
	if found, err := r.Search("late", "", 10); len(found) != 1 || err != nil {
		t.Error(found, err)
	}
	put(t, r, stub(a)) // deleted before anybody saw it
	if got := unshown(t, r, 10); len(got) > 0 {
		t.Error("a deleted message is to be shown")
	}
}

func TestDelivery(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	first, second, others := message(alice, 20, "first"), message(alice, 10, "second"), message(bob, 30, "of bob")
	put(t, r, first, makeRecord(wire.RecordProfile, alice, 1, "alice"), others)
	put(t, r, second)
	carol := crypto.PublicKey{0: 0xc0}
	for _, k := range []crypto.PublicKey{carol, bob, carol} {
		if err := r.SetReached(first.ID(), k); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(r.SetReached(others.ID(), carol), r.SetReached(wire.RecordID{9}, carol))
	if err != nil {
		t.Fatal(err)
	}
	check := func(r *Room, want ...Delivery) {
		t.Helper()
		list, err := r.Undelivered(10)
		if err != nil || !reflect.DeepEqual(list, want) {
			t.Errorf("got %+v, %v", list, err)
		}
	}
	one, two := Delivery{first.ID(), first, []crypto.PublicKey{bob, carol}}, Delivery{ID: second.ID(), Record: second}
	check(r, one, two)
	db.Close() // takes what waits along
	db = open(t, path, Options{})
	r = openRoom(t, db, testRoom)
	check(r, one, two)
	if list, err := r.Undelivered(1); len(list) != 1 || err != nil {
		t.Error(list, err)
	}
	if peers, complete, err := r.Reached(first.ID()); len(peers) != 2 || complete || err != nil {
		t.Error(peers, complete, err)
	}
	if err := r.SetComplete(first.ID(), wire.RecordID{9}); err != nil {
		t.Fatal(err)
	}
	check(r, two)
	if err := r.SetReached(first.ID(), bob); err != nil {
		t.Fatal(err)
	}
	if peers, complete, err := r.Reached(first.ID()); len(peers) != 0 || !complete || err != nil {
		t.Error(peers, complete, err)
	}
	if _, _, err := r.Reached(wire.RecordID{9}); err != room.ErrNotFound {
		t.Error(err)
	}
	if err := r.Commit(nil, []wire.RecordID{second.ID()}); err != nil {
		t.Fatal(err)
	}
	check(r)
}

// Who follows a room sees what arrives, late ones too, each once, whatever is
// deleted meanwhile.
func TestArrivals(t *testing.T) {
	r := newRoom(t)
	other := openRoom(t, r.db, crypto.RoomID{9})
	at := int64(0)
	var seen []string
	follow := func(limit int) {
		t.Helper()
		list, next, err := r.Arrivals(at, limit)
		if err != nil || next < at {
			t.Fatal(next, err)
		}
		seen = append(seen, textsOf(list)...)
		at = next
	}
	b := message(bob, 20, "b")
	put(t, r, b, makeRecord(wire.RecordReact, bob, 1, "!"), message(bob, 30, "c"))
	follow(1)
	follow(10)
	put(t, r, message(bob, 10, "late"))
	put(t, other, message(bob, 10, "elsewhere"))
	follow(10)
	gone := message(bob, 40, "gone")
	put(t, r, gone)
	follow(10)
	if err := r.Commit(nil, []wire.RecordID{gone.ID()}); err != nil {
		t.Fatal(err)
	}
	put(t, r, message(bob, 5, "last"))
	last, err := r.db.LastArrival()
	if last <= at || err != nil {
		t.Error(last, err)
	}
	follow(10)
	put(t, other, message(bob, 10, "elsewhere again"))
	follow(10)
	if at <= last {
		t.Error("other rooms' records are read again and again")
	}
	follow(0)
	if want := []string{"b", "c", "late", "gone", "last"}; !slices.Equal(seen, want) {
		t.Errorf("saw %q, want %q", seen, want)
	}
}
