package store

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// Files that were put back from a copy say so to the engines, once, and so long
// as an engine has not taken the mark away.
func TestRestored(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files have no number here")
	}
	path := dbPath(t)
	copied := filepath.Join(t.TempDir(), "history.db")
	session := func(path string, restored, marked bool) {
		t.Helper()
		db, err := Open(path, Options{Self: alice})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		mark, err := openRoom(t, db, testRoom).Meta(room.MetaRestored)
		if err != nil || db.Restored() != restored || (mark != nil) != marked {
			t.Errorf("%s: restored is %v, the mark %x, %v", path, db.Restored(), mark, err)
		}
	}
	session(path, false, false)
	session(path, false, false)
	copyFile(t, path, copied)
	session(copied, true, true)
	session(copied, false, true)
	copyFile(t, path, copied) // in its place, but the lock is as it was
	copyFile(t, path+"-lock", copied+"-lock")
	session(copied, true, true)
	session(path, false, false)

	db := open(t, copied, Options{})
	r := openRoom(t, db, testRoom)
	if err := r.SetMeta(room.MetaRestored, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.MarkRestored(); err != nil {
		t.Fatal(err)
	}
	if mark, err := r.Meta(room.MetaRestored); mark == nil || err != nil {
		t.Error(mark, err)
	}
}

func TestNick(t *testing.T) {
	r := newRoom(t)
	profile := func(author crypto.PublicKey, clk wire.Clk, name string) *wire.Record {
		p := makeRecord(wire.RecordProfile, author, clk, "")
		p.SetBody([16]byte{1}, wire.AppendFields(nil, wire.Field{Type: wire.FieldNick, Value: []byte(name)}))
		return p
	}
	expect := func(author crypto.PublicKey, want string) {
		t.Helper()
		if got, err := r.Nick(author); string(got) != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	future := wire.Clk(time.Now().Add(24 * time.Hour).UnixMilli())
	expect(bob, "")
	put(t, r, profile(bob, 2000, "bob"), profile(bob, 1000, "robert"), profile(alice, 1, "alice"),
		profile(bob, 2500, string(make([]byte, room.MaxNick+1))), profile(bob, future, "for ever"), stub(profile(bob, 2600, "stub")))
	expect(bob, "bob")
	expect(alice, "alice")
	put(t, r, profile(bob, 3000, "bobby"))
	expect(bob, "bobby")
	if _, err := r.Trim(context.Background(), 2000, DropRecords, nil); err != nil {
		t.Fatal(err)
	}
	expect(alice, "")
	expect(bob, "bobby")
}
