package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

const (
	// maxTerms of a message are in the search index: of more than some 20 KB of
	// text the rest is not found. It bounds the time a commit takes.
	maxTerms = 4096
	// maxSeats texts of one room and millisecond are in the index.
	maxSeats = 1 << seatBits
	seatBits = 8
	// noSeat is the seat of a text beyond them.
	noSeat int64 = -1
)

// hint stands for an id in the order; as a signed number it sorts alike.
func hint(id wire.RecordID) int64 { return int64(binary.BigEndian.Uint64(id[:8]) ^ 1<<63) }

// docID is the rowid of a text in the index.
func docID(clk wire.Clk, seat int64) int64 { return int64(clk)<<seatBits | seat }

// target is the hint of the record that a record is about, as an argument.
func target(r *wire.Record) any {
	if r.Target.IsZero() {
		return nil
	}
	return hint(r.Target)
}

// incoming is a record made ready outside of the transaction.
type incoming struct {
	*wire.Record
	id     wire.RecordID
	header []byte
	body   []byte // salt and body; nil: none
	text   bool   // of a type that has words to search
	terms  []term
}

func prepare(r *wire.Record) *incoming {
	in := &incoming{Record: r, header: r.AppendHeader(nil), text: isText(r.Type)}
	in.id = sha256.Sum256(in.header)
	if r.HasBody {
		in.body = append(r.Salt[:len(r.Salt):len(r.Salt)], r.Body...)
		in.terms = termsOf(r)
	}
	return in
}

// isText reports whether records of a type have words to search. An edit is
// found by its new words.
func isText(t wire.RecordType) bool { return t == wire.RecordText || t == wire.RecordEdit }

// isShown reports whether records of a type are handed out once: what people
// do, and not what describes them.
func isShown(t wire.RecordType) bool {
	switch t {
	case wire.RecordText, wire.RecordEdit, wire.RecordDelete, wire.RecordReact, wire.RecordFile,
		wire.RecordInvite:
		return true
	}
	return false
}

// termsOf returns what a record is found by. To change what it returns for a
// record takes a migration that makes the index anew: entries are taken out of
// it by their terms.
func termsOf(r *wire.Record) []term {
	if !r.HasBody || !isText(r.Type) {
		return nil
	}
	return split(string(r.Field(wire.FieldText)), maxTerms)
}

// document is terms as the index gets them.
func document(terms []term, prefix string) string {
	var b strings.Builder
	for _, t := range terms {
		b.WriteString(prefix)
		b.WriteString(t.text)
		b.WriteByte(' ')
	}
	return b.String()
}

// stored is a row of the table of records. header and body are the caller's.
type stored struct {
	lid          int64
	clk          wire.Clk
	hint         int64
	seat         int64
	text         bool // seat is not NULL
	header, body []byte
}

const storedColumns = "r.lid, r.clk, r.hint, r.seat, r.header, r.body"

func readStored(s *sqlite3.Stmt) *stored {
	return &stored{
		lid: s.ColumnInt64(0), clk: wire.Clk(s.ColumnInt64(1)), hint: s.ColumnInt64(2), seat: s.ColumnInt64(3),
		text:   s.ColumnType(3) != sqlite3.NULL,
		header: s.ColumnBlob(4, nil), body: s.ColumnBlob(5, nil),
	}
}

func (o *stored) size() int64 { return int64(len(o.header) + len(o.body)) }

// find returns a record's row; nil if there is none.
func (c *conn) find(room int64, id wire.RecordID) (found *stored, err error) {
	err = c.each(func(s *sqlite3.Stmt) error {
		if o := readStored(s); sha256.Sum256(o.header) == id {
			found = o
		}
		return nil
	}, "SELECT "+storedColumns+" FROM record r WHERE r.hint = ? AND r.room = ?", hint(id), room)
	return found, err
}

// record makes a record of a row, and checks that it is what was stored.
func (o *stored) record() (wire.RecordID, *wire.Record, error) {
	return parse(o.hint, o.header, o.body)
}

// parse makes a record of the blobs of a row; body is nil if there is none.
func parse(h int64, header, body []byte) (wire.RecordID, *wire.Record, error) {
	return parseRecord(h, appendRecord(make([]byte, 0, len(header)+1+len(body)), header, body), len(header))
}

// appendRecord puts the blobs of a row together as a record is sent.
func appendRecord(b, header, body []byte) []byte {
	b = append(b, header...)
	if body == nil {
		return append(b, 0)
	}
	return append(append(b, 1), body...)
}

// parseRecord makes a record of what appendRecord put together, and checks that
// it is what was stored.
func parseRecord(h int64, b []byte, header int) (id wire.RecordID, r *wire.Record, err error) {
	r = &wire.Record{}
	if id, err = parseInto(r, h, b, header); err != nil {
		return id, nil, err
	}
	return id, r, nil
}

// parseInto is parseRecord with the memory of a record that is not needed any more.
func parseInto(r *wire.Record, h int64, b []byte, header int) (id wire.RecordID, err error) {
	id = sha256.Sum256(b[:header])
	if r.Parse(b) != nil || hint(id) != h {
		return id, damaged("a record is not as it was stored")
	}
	return id, nil
}
