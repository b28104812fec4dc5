package large

import (
	"path/filepath"
	"testing"

	"gochat/crypto"
	"gochat/internal/store"
	"gochat/internal/wire"
)

// What is made is what a member has who took part: each record is signed for its
// room, all were shown, and the last messages say which they are.
func TestMake(t *testing.T) {
	const n, records = 205, 205 + 11 // the last of 11 reactions stands behind the last message
	dir := t.TempDir()
	if err := Make(dir, n, Room{Name: "one"}, Room{Name: "two", Unread: 3}); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, read := range map[string]int{"one": 0, "two": 4} {
		id := crypto.NewRoomKeys(crypto.DeriveEpoch0(name, "")).ID
		r, err := db.Room(id)
		if err != nil {
			t.Fatal(err)
		}
		signed := 0
		err = r.Scan(func(rec *wire.Record) error {
			signed++
			return rec.Verify(id)
		})
		if err != nil || signed != records {
			t.Errorf("%s: %d records are signed, want %d; %v", name, signed, records, err)
		}
		list, err := r.Page(store.Shown, "", 2*n)
		if err != nil || len(list) != n {
			t.Fatalf("%s: %d messages were shown, %v", name, len(list), err)
		}
		for _, i := range []int{1, numbered} {
			if got := string(list[n-i].Record.Field(wire.FieldText)); got != Last(name, i) {
				t.Errorf("%s: the %d. last message is %q", name, i, got)
			}
		}
		want := ""
		if read > 0 {
			want = list[n-read].Order
		}
		if at, err := r.Meta(readUpTo); string(at) != want || err != nil {
			t.Errorf("%s: read up to %q, want %q; %v", name, at, want, err)
		}
	}
}
