package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"gochat/internal/filelock"
)

// Copy makes a copy of the database at from, whose key is fromKey, that is
// encrypted with toKey; nil is no key. It appears at to at once and whole, on
// the disk; whatever was there is destroyed first. The original stays as it
// is. It takes the room of the database on the disk once more, and some
// seconds a gigabyte.
//
// The copy counts as the same files in another place, for Restored too: who
// makes one must not write to both. The error is fs.ErrNotExist if there is
// nothing at from, and ErrInUse if somebody has it open, a reader included.
func Copy(from string, fromKey []byte, to string, toKey []byte) error {
	return copyOn(nil, from, fromKey, to, toKey)
}

// newSuffix names a copy until it is whole.
const newSuffix = "-new"

// copyOn is Copy to a disk of its own.
func copyOn(base vfs.VFS, from string, fromKey []byte, to string, toKey []byte) error {
	if err := checkKey(toKey); err != nil {
		return err
	}
	from, to = resolve(from), resolve(to)
	if !exists(from) && !exists(from+"-wal") && !isEmptied(from) {
		return explain(from, errNothing)
	}
	if err := Destroy(to); err != nil {
		return err
	}
	// Open looks at all that must be looked at before this may become the only
	// copy: a log that a crash left, another place, an older schema.
	db, err := Open(from, Options{Key: fromKey})
	if err != nil {
		return err
	}
	target := newFileSystem(base, toKey)
	defer target.close()
	err = errors.Join(db.copyInto(target.uri(to+newSuffix)), db.Close())
	if err == nil {
		// The last one to close takes the log away. A reader would go on beside a
		// file that is about to be destroyed.
		if _, look := os.Lstat(from + "-wal"); look == nil {
			err = explain(from, ErrInUse)
		}
	}
	if err == nil {
		err = explain(to, finishCopy(target, to))
	}
	if err != nil {
		return errors.Join(err, explain(to, destroy(to+newSuffix)))
	}
	return nil
}

// copyInto copies everything into a new database.
func (db *DB) copyInto(uri string) error {
	if err := db.flush(); err != nil {
		return err
	}
	return db.fail(db.pool.alone(func(c *conn) error { return c.exec("VACUUM INTO ?", uri) }))
}

// finishCopy reads what is going to be the only copy, and gives it its name.
func finishCopy(target *fileSystem, path string) error {
	made := path + newSuffix
	c, err := connect(target.uri(made), sqlite3.OPEN_READWRITE)
	if err != nil {
		return err
	}
	// Else the next start takes it for files that were put back from a copy. A
	// journal is not needed: who crashes here has no copy yet.
	err = c.Exec("PRAGMA journal_mode = MEMORY; UPDATE life SET place = ''")
	if err == nil {
		err = quickCheck(c)
	}
	if err = errors.Join(err, c.close()); err == nil {
		err = syncFile(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// Destroy overwrites and removes a database with all that belongs to it but its
// lock; it is fine if there is none. ErrInUse says that somebody writes there.
//
// What cannot be promised: file systems and drives keep copies of their own (a
// journal, snapshots, the flash cells that were written before).
func Destroy(path string) error {
	real := resolve(path)
	var there []string
	// The file itself last: while there is one, there is something to destroy.
	for _, suffix := range []string{newSuffix, "-wal", "-shm", "-journal", ""} {
		if _, err := os.Lstat(real + suffix); err == nil {
			there = append(there, real+suffix)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return explain(path, err)
		}
	}
	if len(there) == 0 {
		return nil
	}
	lock, err := filelock.Lock(real + "-lock")
	if err != nil {
		return explain(path, err)
	}
	defer lock.Close()
	for _, p := range there {
		if err := destroy(p); err != nil {
			return explain(path, err)
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // a link
		return explain(path, err)
	}
	return explain(path, syncDir(filepath.Dir(real)))
}
