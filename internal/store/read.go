package store

import (
	"slices"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
	"gochat/room"
)

// Get returns one record, or room.ErrNotFound.
func (r *Room) Get(id wire.RecordID) (rec *wire.Record, err error) {
	err = r.db.read(func(c *conn) error {
		found, err := c.find(r.row, id)
		if err != nil || found == nil {
			return err
		}
		_, rec, err = found.record()
		return err
	})
	if err == nil && rec == nil {
		err = room.ErrNotFound
	}
	return rec, err
}

// Scan hands out all records in the order (clk, id), until the first error.
func (r *Room) Scan(yield func(*wire.Record) error) error {
	return r.scan(scanning{column: "body", bodyOf: func(s *sqlite3.Stmt) (body []byte, held bool) {
		body = s.ColumnRawBlob(3)
		return body, body != nil
	}}, func(x scanned) error { return yield(x.rec) })
}

// Headers hands out all records in the order (clk, id) without their bodies,
// until the first error. body tells whether the body is held. A header is good
// only within the call.
func (r *Room) Headers(yield func(id wire.RecordID, rec *wire.Record, body bool) error) error {
	return r.scan(scanning{column: "body IS NOT NULL", passing: true, bodyOf: func(s *sqlite3.Stmt) ([]byte, bool) {
		return nil, s.ColumnBool(3)
	}}, func(x scanned) error { return yield(x.id, x.rec, x.held) })
}

// sorter passes on what comes in the order of (clk, hint) in that of (clk, id):
// between two ids that begin alike the database does not know the order.
type sorter struct {
	tied  []scanned
	yield func(scanned) error
}

func (o *sorter) add(x scanned) error {
	if len(o.tied) > 0 && (o.tied[0].clk != x.clk || o.tied[0].hint != x.hint) {
		if err := o.flush(); err != nil {
			return err
		}
	}
	o.tied = append(o.tied, x)
	return nil
}

// detach has what waits keep its records when those of its batch are made anew.
func (o *sorter) detach() {
	for i, x := range o.tied {
		rec := *x.rec
		rec.Parents = slices.Clone(rec.Parents)
		o.tied[i].rec = &rec
	}
}

func (o *sorter) flush() error {
	slices.SortFunc(o.tied, func(a, b scanned) int { return a.compare(b.place) })
	for _, x := range o.tied {
		if err := o.yield(x); err != nil {
			return err
		}
	}
	o.tied = o.tied[:0]
	return nil
}
