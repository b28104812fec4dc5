package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/filelock"
)

// What can be wrong with a database. The errors that are returned wrap one of
// these, name the file and say what to do.
var (
	// ErrInUse: another process writes here.
	ErrInUse = filelock.ErrInUse
	// ErrLocked: the file is noise. It is encrypted and the key is missing or
	// another; noise of other origin looks the same.
	ErrLocked = errors.New("locked, or not a gochat database")
	// ErrUnlocked: a key was given, and the file is not encrypted.
	ErrUnlocked = errors.New("not locked")
	// ErrCorrupt: the file is damaged or somebody else's.
	ErrCorrupt = errors.New("damaged, or not a gochat database")
	// ErrReadOnly: nothing can be written here.
	ErrReadOnly = errors.New("read-only")
	// ErrFull: the disk is full. What was to be stored was not; what had been
	// stored before is safe, and storing goes on once there is room.
	ErrFull = errors.New("the disk is full")
	// ErrNewer: a newer gochat made the file.
	ErrNewer = errors.New("made by a newer gochat")
	// ErrOlder: an older gochat made the file, and a reader cannot change it.
	ErrOlder = errors.New("made by an older gochat")
)

// explain says what an error means for the user of the database at path.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	if at, ok := err.(*fs.PathError); ok { // the path is named already
		err = at.Err
	}
	k := kind(err)
	if k != nil && !errors.Is(err, k) {
		err = fmt.Errorf("%w (%w)", k, err)
	}
	switch k {
	case ErrInUse:
		return fmt.Errorf("the messages in %s are %w: end that one, or choose another directory with --data-dir", path, err)
	case ErrLocked:
		return fmt.Errorf("%s is %w; check the passphrase, or whether this is the right file; nothing was changed", path, err)
	case ErrUnlocked:
		return fmt.Errorf("%s is %w, but a passphrase was given; leave it out, or lock the messages first", path, err)
	case ErrCorrupt:
		return fmt.Errorf("%s is %w; move it away together with %s-wal, and gochat starts a new one and fetches "+
			"what other members have; nothing was changed", path, err, filepath.Base(path))
	case ErrReadOnly:
		return fmt.Errorf("%s is %w; make the file and its directory writable, or choose another directory with --data-dir", path, err)
	case ErrFull:
		return fmt.Errorf("cannot store in %s: %w; free some space and try again; what was stored before is safe", path, err)
	case ErrNewer:
		return fmt.Errorf("%s was %w; update this one; nothing was changed", path, err)
	case ErrOlder:
		return fmt.Errorf("%s was %w; start gochat there once to bring it up to date", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// kind is the one of the errors above that err amounts to; nil: none.
func kind(err error) error {
	for _, known := range []error{ErrInUse, ErrLocked, ErrUnlocked, ErrCorrupt, ErrReadOnly, ErrFull, ErrNewer, ErrOlder} {
		if errors.Is(err, known) {
			return known
		}
	}
	switch {
	case isDiskFull(err), errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.IOERR_SHMSIZE):
		return ErrFull // the last one: no room for the index of the log
	case errors.Is(err, sqlite3.NOTADB), errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.IOERR_CORRUPTFS):
		return ErrCorrupt
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, sqlite3.READONLY):
		return ErrReadOnly
	}
	return nil
}

// damaged says in which way a database is no good.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
}

// errClosed is what calls after Close get.
var errClosed = fmt.Errorf("the message store is closed: %w", os.ErrClosed)
