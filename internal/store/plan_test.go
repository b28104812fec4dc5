package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// No statement that is run on a room reads a whole table or sorts: all find
// their rows by an index, in order, and so stay quick however much is stored.
func TestStatementsUseIndexes(t *testing.T) {
	db := open(t, dbPath(t), Options{base: newDisk()})
	r, c := openRoom(t, db, testRoom), newChatter()
	list := c.batch(50)
	own := message(alice, 1, "own words")
	put(t, r, append(list, own)...)
	put(t, r, stub(list[0]))
	id := list[1].ID()
	_, err1 := r.Get(id)
	_, err2 := r.Page(Shown, "", 5)
	_, err3 := r.After(Stored, "", 5)
	_, err4 := r.Search("own wo", "", 5)
	_, err5 := r.Unshown(5)
	_, err7 := r.Undelivered(5)
	_, _, err8 := r.Reached(own.ID())
	_, err9 := r.NewestBytes(100)
	_, err10 := r.Trim(context.Background(), list[5].Clk, DropBodies, nil)
	_, _, err11 := r.Arrivals(0, 5)
	_, err12 := r.Size()
	scan(t, r)
	if err := errors.Join(err1, err2, err3, err4, err5, err7, err8, err9, err10, err11, err12, r.SetName("x"),
		r.SetReached(own.ID(), bob), r.MarkShown(id), r.SetComplete(own.ID()),
		r.Commit(nil, []wire.RecordID{id})); err != nil {
		t.Fatal(err)
	}
	statements := map[string]bool{fmt.Sprintf(scanSQL, "body"): true} // of a connection that is gone
	for _, c := range append(slices.Clone(db.pool.idle), db.writer.tx.conn) {
		for sql := range c.prepared {
			statements[sql] = true
		}
	}
	if len(statements) < 40 {
		t.Errorf("only %d statements were run", len(statements))
	}
	for _, sql := range slices.Sorted(maps.Keys(statements)) {
		if strings.HasPrefix(sql, "PRAGMA") {
			continue
		}
		var plan []string
		err := db.read(func(c *conn) error {
			return c.each(func(s *sqlite3.Stmt) error {
				plan = append(plan, s.ColumnText(3))
				return nil
			}, "EXPLAIN QUERY PLAN "+sql)
		})
		if err != nil {
			t.Fatal(sql, err)
		}
		for _, step := range plan {
			scan := strings.HasPrefix(step, "SCAN ") &&
				!strings.Contains(sql, "DESC LIMIT") && // a look at the newest end
				!strings.Contains(step, "VIRTUAL TABLE") && !strings.Contains(step, "subquery") &&
				step != "SCAN life" && step != "SCAN CONSTANT ROW"
			if scan || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n%q", sql, plan)
			}
		}
	}
}
