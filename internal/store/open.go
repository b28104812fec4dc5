package store

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"gochat/crypto"
	"gochat/internal/filelock"
)

// Options say how a database is opened.
type Options struct {
	// Key of 32 bytes encrypts the file, its log and its journals; nil: plain.
	Key []byte
	// Self is whose records count as own.
	Self crypto.PublicKey
	// ReadOnly reads beside a writer in another process, or one that crashed.
	ReadOnly bool
	// Logger gets what goes wrong behind the scenes; nil: nobody.
	Logger *slog.Logger

	// For tests:
	base      vfs.VFS // under the encryption; nil: the system's
	partTexts int64   // 0: defaultPartTexts
}

// DB is an open database with the rooms of one member. Its methods may be
// called from any goroutine.
type DB struct {
	path     string
	self     crypto.PublicKey
	log      *slog.Logger
	files    *fileSystem
	lock     *os.File
	writer   *writer // nil: only read
	pool     pool
	crashed  bool
	restored bool

	mu    sync.Mutex
	rooms map[crypto.RoomID]*Room
}

// Open opens the database at path, and makes it if there is none. Its
// directory must exist. Only one process at a time can write, any number can
// read beside it. The errors are those of this package, or the system's.
func Open(path string, opts Options) (*DB, error) {
	if err := checkKey(opts.Key); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	path = resolve(path)
	db := &DB{path: path, self: opts.Self, log: opts.Logger, rooms: make(map[crypto.RoomID]*Room)}
	db.files = newFileSystem(opts.base, opts.Key)
	var err error
	if opts.ReadOnly {
		err = db.openReader()
	} else {
		err = db.openWriter(cmp.Or(opts.partTexts, defaultPartTexts))
	}
	if err != nil {
		db.release()
		return nil, db.fail(db.files.blame(err))
	}
	return db, nil
}

func checkKey(key []byte) error {
	if key != nil && len(key) != cipherKeySize {
		return fmt.Errorf("a key of %d bytes, want %d", len(key), cipherKeySize)
	}
	return nil
}

// Close ends everything; what was committed is then in the one file.
func (db *DB) Close() error {
	db.pool.close()
	var err error
	if db.writer != nil {
		err = db.writer.close()
	}
	db.release()
	return db.fail(err)
}

func (db *DB) release() {
	db.files.close()
	if db.lock != nil {
		db.lock.Close()
	}
}

// Crashed reports whether the process that wrote before did not close the
// database. Nothing that was committed is lost by that; Check tells whether
// the machine's power failing has done damage.
func (db *DB) Crashed() bool { return db.crashed }

// openReader opens the database of another process.
func (db *DB) openReader() error {
	if _, err := db.admit(); err != nil {
		return err
	}
	var params []string
	if touch(db.path+"-shm") != nil {
		// On a read-only medium there is no place for the log's index, and
		// without a log no need of one.
		if exists(db.path + "-wal") {
			return fmt.Errorf("%w, and its log can be read only where something can be written: copy both elsewhere", ErrReadOnly)
		}
		params = append(params, "immutable=1")
	}
	uri := db.files.uri(db.path, params...)
	db.pool.open = func() (*conn, error) { return connectReader(uri) }
	return db.tryReading()
}

// tryReading reads what tells whether the file can be read.
func (db *DB) tryReading() error {
	return db.pool.read(func(c *conn) error {
		if err := identify(c); err != nil {
			return err
		}
		version, err := c.number("PRAGMA user_version")
		switch {
		case err != nil:
			return err
		case version > schemaVersion:
			return ErrNewer
		case version < schemaVersion:
			return ErrOlder
		}
		return probe(c)
	})
}

// openWriter opens the database to write, and makes or mends it.
func (db *DB) openWriter(partTexts int64) (err error) {
	if db.lock, err = filelock.Lock(db.path + "-lock"); err != nil {
		return err
	}
	if err := destroy(db.path + newSuffix); err != nil { // of a Copy that was interrupted
		return err
	}
	what, err := db.admit()
	if err != nil {
		return err
	}
	db.crashed = exists(db.path + "-wal")
	if what == contentNone && db.crashed {
		return damaged("the file is gone, but not its log")
	}
	if err := checkWritable(db.path); err != nil {
		return err
	}
	if what == contentNone {
		if err := markUnused(db.lock); err != nil {
			return err
		}
	}
	c, err := connect(db.files.uri(db.path), sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE)
	if err != nil {
		return err
	}
	if err := db.prepareWriter(c, what == contentNone); err != nil {
		return errors.Join(err, c.close())
	}
	uri := db.files.uri(db.path)
	db.pool.open = func() (*conn, error) { return connectReader(uri) }
	db.writer = newWriter(c, partTexts, func(err error) { db.log.Warn("message store", "err", err) })
	c.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
		db.writer.upkeep.pages = pages
		return nil
	})
	return nil
}

// admit refuses files that cannot be what is looked for.
func (db *DB) admit() (content, error) {
	what, err := inspect(db.path)
	if err != nil {
		return what, err
	}
	locked := db.files.key != nil
	switch {
	case what == contentNone && isEmptied(db.path):
		return what, damaged("it is empty, and was not")
	case what == contentNone && db.lock == nil:
		return what, errNothing
	case what == contentSQLite && locked:
		return what, ErrUnlocked
	case what == contentNoise && !locked:
		return what, ErrLocked
	case what == contentOther:
		return what, damaged("it is no database")
	}
	return what, nil
}

// identify refuses databases of other programs.
func identify(c *conn) error {
	id, err := c.number("PRAGMA application_id")
	if err != nil || id == applicationID {
		return err
	}
	// A crash at the very first start leaves a file without anything in it.
	n, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err == nil && (id != 0 || n != 0) {
		err = damaged("it belongs to another program")
	}
	return err
}

// prepareWriter makes the file ready, with everything on the disk.
func (db *DB) prepareWriter(c *conn, fresh bool) error {
	if err := checkVersion(c); err != nil {
		return err
	}
	version, err := db.examine(c, fresh)
	if err != nil {
		return err
	}
	if err := db.useLog(c, version == 0); err != nil {
		return err
	}
	if version > 0 && db.crashed {
		if err := db.checkLog(c); err != nil {
			return err
		}
	}
	if version < schemaVersion {
		if err := errors.Join(migrate(c, schemaSteps()), probe(c)); err != nil {
			return err
		}
	}
	if db.restored, err = beginRun(c, db.path, db.lock); err != nil {
		return err
	}
	return errors.Join(tighten(db.path), syncDir(filepath.Dir(db.path)))
}

// examine looks at what is there, and changes nothing yet.
func (db *DB) examine(c *conn, fresh bool) (version int64, err error) {
	if fresh {
		return 0, nil
	}
	if err := identify(c); err != nil {
		return 0, err
	}
	version, err = c.number("PRAGMA user_version")
	switch {
	case err != nil:
	case version > schemaVersion:
		err = ErrNewer
	case version == schemaVersion:
		err = probe(c)
	}
	return version, err
}

// useLog turns the write-ahead log on.
func (db *DB) useLog(c *conn, empty bool) error {
	if empty { // later is too late
		if err := c.Exec("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
			return err
		}
	}
	mode, err := c.word("PRAGMA journal_mode = WAL")
	if err != nil {
		return err
	}
	if mode != "wal" {
		return errors.New("processes cannot share memory on this file system; choose another directory with --data-dir")
	}
	return c.Exec(fmt.Sprintf("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = %d", maxLogBytes))
}

func (db *DB) fail(err error) error { return explain(db.path, err) }

func (db *DB) read(f func(*conn) error) error { return db.fail(db.pool.read(f)) }

func (db *DB) commit(durable bool, do func(*tx) error) error {
	if db.writer == nil {
		return db.fail(ErrReadOnly)
	}
	return db.fail(db.writer.commit(durable, do))
}

// flush does what waits, if there is a writer.
func (db *DB) flush() error {
	if db.writer == nil {
		return nil
	}
	return db.fail(db.writer.flush())
}
