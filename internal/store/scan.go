package store

import (
	"sync"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// A scan of a million records takes seconds, so it is done in three stages side
// by side: reading rows, making records of them, and whatever the caller does.

const (
	// scanRows and scanBytes are how much goes from one stage to the next at once.
	scanRows  = 256
	scanBytes = 1 << 20
)

// batch is some rows as they were read.
type batch struct {
	rows []row
	data []byte // of all rows: headers and what follows them
}

// row is a record in its batch.
type row struct {
	hint       int64
	size, head int // bytes of it, and of those the header's
	held       bool
}

// scanned is a record on its way through scan.
type scanned struct {
	place
	hint int64
	rec  *wire.Record
	held bool // the body
}

// parsed is what a batch holds.
type parsed struct {
	list []scanned
	err  error
}

// add takes a row; body is nil if it is not wanted or there is none.
func (b *batch) add(hint int64, header, body []byte, held bool) {
	before := len(b.data)
	b.data = appendRecord(b.data, header, body)
	b.rows = append(b.rows, row{hint, len(b.data) - before, len(header), held})
}

func (b *batch) full() bool { return len(b.rows) >= scanRows || len(b.data) >= scanBytes }

// records makes the records of a batch.
func (b *batch) records() (m parsed) {
	m.list = make([]scanned, 0, len(b.rows))
	data := b.data
	for _, x := range b.rows {
		id, rec, err := parseRecord(x.hint, data[:x.size:x.size], x.head)
		if err != nil {
			m.err = err
			return m
		}
		m.list = append(m.list, scanned{place{rec.Clk, id}, x.hint, rec, x.held})
		data = data[x.size:]
	}
	return m
}

// scan hands out records. column is the fourth of what is read, which bodyOf
// looks at.
func (r *Room) scan(column string, bodyOf func(*sqlite3.Stmt) ([]byte, bool), yield func(scanned) error) error {
	raw, ready, quit := make(chan *batch, 2), make(chan parsed, 2), make(chan struct{})
	var stages sync.WaitGroup
	defer stages.Wait()
	defer close(quit)
	var failed error // of the first stage
	stages.Go(func() {
		defer close(raw)
		failed = r.db.read(func(c *conn) error { return r.readBatches(c, column, bodyOf, raw, quit) })
	})
	stages.Go(func() {
		defer close(ready)
		for b := range raw {
			select {
			case ready <- b.records():
			case <-quit:
				return // so does the first stage
			}
		}
	})
	out := sorter{yield: yield}
	for m := range ready {
		for _, x := range m.list {
			if err := out.add(x); err != nil {
				return err // the caller's own, as it is
			}
		}
		if m.err != nil {
			return r.db.fail(m.err)
		}
	}
	if failed != nil { // written before the stages after it ended
		return failed
	}
	return out.flush()
}

// readBatches is the first stage.
func (r *Room) readBatches(c *conn, column string, bodyOf func(*sqlite3.Stmt) ([]byte, bool), raw chan<- *batch, quit <-chan struct{}) error {
	b := &batch{}
	send := func() error {
		select {
		case raw <- b:
			b = &batch{rows: make([]row, 0, scanRows), data: make([]byte, 0, cap(b.data))}
			return nil
		case <-quit:
			return errEnough
		}
	}
	err := c.each(func(s *sqlite3.Stmt) error {
		body, held := bodyOf(s)
		b.add(s.ColumnInt64(1), s.ColumnRawBlob(2), body, held)
		if b.full() {
			return send()
		}
		return nil
	}, `SELECT clk, hint, header, `+column+` FROM record WHERE room = ?1 AND seat IS NOT NULL
		UNION ALL SELECT clk, hint, header, `+column+` FROM record WHERE room = ?1 AND seat IS NULL
		ORDER BY 1, 2`, r.row)
	if err != nil {
		return err
	}
	return send()
}
