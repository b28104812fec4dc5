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
	return r.scan("body", func(s *sqlite3.Stmt) (body []byte, held bool) {
		body = s.ColumnRawBlob(3)
		return body, body != nil
	}, func(x scanned) error { return yield(x.rec) })
}

// Headers hands out all records in the order (clk, id) without their bodies,
// until the first error. body tells whether the body is held.
func (r *Room) Headers(yield func(id wire.RecordID, rec *wire.Record, body bool) error) error {
	return r.scan("body IS NOT NULL", func(s *sqlite3.Stmt) ([]byte, bool) {
		return nil, s.ColumnBool(3)
	}, func(x scanned) error { return yield(x.id, x.rec, x.held) })
}

// scanned is a record on its way through scan.
type scanned struct {
	place
	hint int64
	rec  *wire.Record
	held bool // the body
}

// scan hands out records. column is the fourth of what is read, which bodyOf
// looks at.
func (r *Room) scan(column string, bodyOf func(*sqlite3.Stmt) ([]byte, bool), yield func(scanned) error) error {
	out := sorter{yield: yield}
	err := r.db.read(func(c *conn) error {
		err := c.each(func(s *sqlite3.Stmt) error {
			x := scanned{hint: s.ColumnInt64(1)}
			var body []byte
			var err error
			body, x.held = bodyOf(s)
			if x.id, x.rec, err = parse(x.hint, s.ColumnRawBlob(2), body); err != nil {
				return err
			}
			x.clk = x.rec.Clk
			return out.add(x)
		}, `SELECT clk, hint, header, `+column+` FROM record WHERE room = ?1 AND seat IS NOT NULL
			UNION ALL SELECT clk, hint, header, `+column+` FROM record WHERE room = ?1 AND seat IS NULL
			ORDER BY 1, 2`, r.row)
		if err != nil {
			return err
		}
		return out.flush()
	})
	if out.stop != nil { // the caller's own, as it is
		return out.stop
	}
	return err
}

// sorter passes on what comes in the order of (clk, hint) in that of (clk, id):
// between two ids that begin alike the database does not know the order.
type sorter struct {
	tied  []scanned
	yield func(scanned) error
	stop  error // of yield
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

func (o *sorter) flush() error {
	slices.SortFunc(o.tied, func(a, b scanned) int { return a.compare(b.place) })
	for _, x := range o.tied {
		if o.stop = o.yield(x); o.stop != nil {
			return o.stop
		}
	}
	o.tied = o.tied[:0]
	return nil
}
