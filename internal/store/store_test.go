package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

var (
	testKey  = []byte("0123456789abcdef0123456789abcdef")
	testRoom = crypto.RoomID{1, 2, 3}
	alice    = crypto.PublicKey{0: 0xa1, 31: 1}
	bob      = crypto.PublicKey{0: 0xb0, 31: 2}
)

// dbPath is a path for a new database.
func dbPath(t testing.TB) string { return filepath.Join(t.TempDir(), "history.db") }

// open opens a database of alice's that is closed with the test.
func open(t testing.TB, path string, opts Options) *DB {
	t.Helper()
	opts.Self = alice
	db, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return db
}

func openRoom(t testing.TB, db *DB, id crypto.RoomID) *Room {
	t.Helper()
	r, err := db.Room(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// newRoom is a room in a new database.
func newRoom(t testing.TB) *Room {
	t.Helper()
	return openRoom(t, open(t, dbPath(t), Options{}), testRoom)
}

var serial uint64

// message makes a record that no other is equal to. Nothing here verifies
// signatures.
func message(author crypto.PublicKey, clk wire.Clk, text string) *wire.Record {
	return makeRecord(wire.RecordText, author, clk, text)
}

func makeRecord(typ wire.RecordType, author crypto.PublicKey, clk wire.Clk, text string) *wire.Record {
	serial++
	r := &wire.Record{Type: typ, Author: author, Chain: 1, Seq: serial + 1, Clk: clk, Prev: wire.RecordID{1}}
	copy(r.Sig[:], fmt.Sprint("signature ", serial))
	r.SetBody([16]byte{1}, wire.AppendFields(nil, wire.Field{Type: wire.FieldText, Value: []byte(text)}))
	return r
}

// stub is a record without its body.
func stub(r *wire.Record) *wire.Record {
	s := *r
	s.HasBody, s.Salt, s.Body = false, [16]byte{}, nil
	return &s
}

func put(t testing.TB, r *Room, records ...*wire.Record) {
	t.Helper()
	if err := r.Commit(records, nil); err != nil {
		t.Fatal(err)
	}
}

func texts(records []*wire.Record) (list []string) {
	for _, r := range records {
		list = append(list, string(r.Field(wire.FieldText)))
	}
	return list
}

func textsOf(messages []room.Message) (list []string) {
	for _, m := range messages {
		list = append(list, string(m.Record.Field(wire.FieldText)))
	}
	return list
}
