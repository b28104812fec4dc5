package store

import (
	"fmt"
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

// batch is some rows as they were read, and what they hold.
type batch struct {
	rows []row
	data []byte // of all rows: headers and what follows them
	list []scanned
	err  error
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

// reset makes a batch that is done with ready for the next rows. Its records are
// made anew in their own memory.
func (b *batch) reset() { b.rows, b.data, b.list, b.err = b.rows[:0], b.data[:0], b.list[:0], nil }

// add takes a row; body is nil if it is not wanted or there is none.
func (b *batch) add(hint int64, header, body []byte, held bool) {
	before := len(b.data)
	b.data = appendRecord(b.data, header, body)
	b.rows = append(b.rows, row{hint, len(b.data) - before, len(header), held})
}

func (b *batch) full() bool { return len(b.rows) >= scanRows || len(b.data) >= scanBytes }

// parse makes the records of a batch.
func (b *batch) parse() {
	data := b.data
	for _, x := range b.rows {
		rec := b.spare()
		id, err := parseInto(rec, x.hint, data[:x.size:x.size], x.head)
		if err != nil {
			b.err = err
			return
		}
		b.list = append(b.list, scanned{place{rec.Clk, id}, x.hint, rec, x.held})
		data = data[x.size:]
	}
}

// spare is the record that stood at the next place of the list before, or a new one.
func (b *batch) spare() *wire.Record {
	if n := len(b.list); n < cap(b.list) {
		if rec := b.list[:n+1][n].rec; rec != nil {
			return rec
		}
	}
	return &wire.Record{}
}

// scanning is one scan. What was read of a batch is used again for another if the
// records are good only until the next one: there may be a million.
type scanning struct {
	column  string                                       // the fourth of what is read
	bodyOf  func(*sqlite3.Stmt) (body []byte, held bool) // from that column; no body: none is wanted
	passing bool                                         // whoever gets the records does not keep them

	raw, ready, spare chan *batch
	quit              chan struct{}
}

// scan hands out records.
func (r *Room) scan(s scanning, yield func(scanned) error) error {
	s.raw, s.ready, s.spare, s.quit = make(chan *batch, 2), make(chan *batch, 2), make(chan *batch, 2), make(chan struct{})
	var stages sync.WaitGroup
	defer stages.Wait()
	defer close(s.quit)
	var failed error // of the first stage
	stages.Go(func() {
		defer close(s.raw)
		// On a connection of its own: one that has seen the whole room keeps what it
		// took for that for as long as it is open.
		failed = r.db.fail(r.db.pool.alone(func(c *conn) error { return s.read(c, r.row) }))
	})
	stages.Go(func() {
		defer close(s.ready)
		for b := range s.raw {
			b.parse()
			select {
			case s.ready <- b:
			case <-s.quit:
				return // so does the first stage
			}
		}
	})
	out := sorter{yield: yield}
	for b := range s.ready {
		for _, x := range b.list {
			if err := out.add(x); err != nil {
				return err // the caller's own, as it is
			}
		}
		if b.err != nil {
			return r.db.fail(b.err)
		}
		if s.passing {
			out.detach()
			s.release(b)
		}
	}
	if failed != nil { // written before the stages after it ended
		return failed
	}
	return out.flush()
}

// release offers a batch to the first stage, which may have enough of them.
func (s *scanning) release(b *batch) {
	select {
	case s.spare <- b:
	default:
	}
}

// next is a batch for the first stage to fill.
func (s *scanning) next(last *batch) *batch {
	select {
	case b := <-s.spare:
		b.reset()
		return b
	default:
		return &batch{rows: make([]row, 0, scanRows), data: make([]byte, 0, cap(last.data)), list: make([]scanned, 0, scanRows)}
	}
}

const scanSQL = `SELECT clk, hint, header, %[1]s FROM record WHERE room = ?1 AND seat IS NOT NULL
	UNION ALL SELECT clk, hint, header, %[1]s FROM record WHERE room = ?1 AND seat IS NULL
	ORDER BY 1, 2`

// read is the first stage.
func (s *scanning) read(c *conn, room int64) error {
	b := s.next(&batch{})
	send := func() error {
		select {
		case s.raw <- b:
			b = s.next(b)
			return nil
		case <-s.quit:
			return errEnough
		}
	}
	err := c.each(func(stmt *sqlite3.Stmt) error {
		body, held := s.bodyOf(stmt)
		b.add(stmt.ColumnInt64(1), stmt.ColumnRawBlob(2), body, held)
		if b.full() {
			return send()
		}
		return nil
	}, fmt.Sprintf(scanSQL, s.column), room)
	if err != nil {
		return err
	}
	return send()
}
