package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// minSQLite is the first version without the WAL-reset bug, by which a
// checkpoint could damage the file (sqlite.org/wal.html#walresetbug).
var minSQLite = [3]int{3, 51, 3}

func checkVersion(c *conn) error {
	text, err := c.word("SELECT sqlite_version()")
	if err != nil {
		return err
	}
	return checkVersionText(text)
}

func checkVersionText(text string) error {
	var v [3]int
	for i, n := range strings.SplitN(text, ".", 3) {
		v[i], _ = strconv.Atoi(n)
	}
	for i := range v {
		if v[i] != minSQLite[i] {
			if v[i] > minSQLite[i] {
				return nil
			}
			return fmt.Errorf("this gochat was built with SQLite %s, which can damage databases; build it with %d.%d.%d or later",
				text, minSQLite[0], minSQLite[1], minSQLite[2])
		}
	}
	return nil
}

// probe looks, within a millisecond and however large the file is, whether
// each table and index can be read at its newest end, where a crash would have
// left its mark, and whether the newest records are what was stored. SQLite
// itself finds a file that is shorter than its first page says. Damage in
// between is Check's.
func probe(c *conn) error {
	for _, sql := range []string{
		"SELECT * FROM life",
		"SELECT * FROM room ORDER BY room DESC LIMIT 1",
		"SELECT * FROM meta ORDER BY room DESC, key DESC LIMIT 1",
		"SELECT hint FROM record INDEXED BY record_hint ORDER BY hint DESC LIMIT 1",
		"SELECT target FROM record INDEXED BY record_target WHERE target IS NOT NULL ORDER BY target DESC LIMIT 1",
		"SELECT clk FROM record INDEXED BY record_text WHERE seat IS NOT NULL ORDER BY room DESC, clk DESC LIMIT 1",
		"SELECT clk FROM record INDEXED BY record_rest WHERE seat IS NULL ORDER BY room DESC, clk DESC LIMIT 1",
		"SELECT * FROM part ORDER BY part DESC LIMIT 1",
		"SELECT room FROM part INDEXED BY part_room ORDER BY room DESC LIMIT 1",
		"SELECT * FROM unshown ORDER BY room DESC LIMIT 1",
		"SELECT * FROM ghost ORDER BY room DESC LIMIT 1",
		"SELECT * FROM own ORDER BY room DESC LIMIT 1",
		"SELECT * FROM peer ORDER BY peer DESC LIMIT 1",
		"SELECT * FROM reach ORDER BY lid DESC LIMIT 1",
		"SELECT * FROM nick ORDER BY room DESC LIMIT 1",
		`SELECT rowid FROM words WHERE words MATCH '"0"' LIMIT 1`,
	} {
		if err := c.each(func(*sqlite3.Stmt) error { return nil }, sql); err != nil {
			if errors.Is(err, sqlite3.ERROR) { // no such table, index or column
				err = damaged("%w", err)
			}
			return err
		}
	}
	return c.each(func(s *sqlite3.Stmt) error {
		_, _, err := readStored(s).record()
		return err
	}, "SELECT "+storedColumns+" FROM record r ORDER BY lid DESC LIMIT 3")
}

// Check reads the whole database, beside everything else, and is ErrCorrupt if
// it finds damage. A million messages take some seconds: it is meant for the
// time after the first screen, when Crashed or once in a while.
func (db *DB) Check(ctx context.Context) error {
	// A connection of its own: FTS5 checks by what a connection remembers of
	// the index, which others may have changed; and its cache fills with what
	// nobody needs.
	return db.fail(db.pool.alone(func(c *conn) error {
		c.SetInterrupt(ctx)
		defer c.SetInterrupt(context.Background())
		if err := quickCheck(c); err != nil {
			return errors.Join(ctx.Err(), err)
		}
		return nil
	}))
}

func quickCheck(c *conn) error {
	verdict, err := c.word("PRAGMA quick_check(1)")
	if err == nil && verdict != "ok" {
		err = damaged("%s", verdict)
	}
	return err
}

// life is who wrote last, and how often.
type life struct {
	run, before, commits int64
	place                string
}

func readLife(c *conn) (l life, found bool, err error) {
	found, err = c.one(func(s *sqlite3.Stmt) {
		l = life{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2), s.ColumnText(3)}
	}, "SELECT run, before, commits, place FROM life")
	return l, found, err
}

// beginRun writes down, in the file itself, that a new process writes, and where
// the file lies. It reports whether it lay elsewhere before.
func beginRun(c *conn, path string, lock *os.File) (moved bool, err error) {
	l, _, err := readLife(c)
	if err != nil {
		return false, err
	}
	place := placeOf(path, lock)
	moved = l.place != "" && place != "" && l.place != place
	var run [8]byte
	_, _ = rand.Read(run[:]) // never fails
	if moved {
		err = c.exec(markRestored)
	}
	if err == nil && !isUsed(path) {
		err = markUsed(lock)
		place = placeOf(path, lock) // which that changes
	}
	if err == nil {
		err = c.exec("INSERT OR REPLACE INTO life (one, run, before, commits, place) VALUES (1, ?, ?, 0, ?)",
			int64(binary.BigEndian.Uint64(run[:])>>1), l.run, place)
	}
	if err == nil {
		_, _, err = c.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	}
	return moved, err
}

// checkLog looks whether the log that a crash has left belongs to the file: a
// file put back from a backup beside the log of its successor would be mixed
// with that. The file alone must be of the same run as the two together, or of
// the one before; if not, nothing but reading all of it can tell.
func (db *DB) checkLog(c *conn) error {
	both, _, err := readLife(c)
	if err != nil {
		return err
	}
	file, found := db.lifeOfFile()
	if !found {
		return nil
	}
	if file.run == both.run && file.commits <= both.commits || file.run == both.before {
		return nil
	}
	db.log.Warn("message store: the log may belong to another file; checking everything", "path", db.path)
	verdict, err := c.word("PRAGMA integrity_check(1)")
	if err == nil && verdict != "ok" {
		err = damaged("its log belongs to another file: %s", verdict)
	}
	return err
}

// lifeOfFile reads the database without its log. It finds nothing if a crash
// came before the first checkpoint or in the middle of one: then the log has all
// that the file lacks, and the file alone need not even be a database.
func (db *DB) lifeOfFile() (l life, found bool) {
	alone, err := connectReader(db.files.uri(db.path, "immutable=1"))
	if err != nil {
		return l, false
	}
	defer alone.close()
	l, found, err = readLife(alone)
	return l, found && err == nil
}
