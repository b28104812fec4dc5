package store

import (
	"errors"
	"io/fs"
	"os"
)

// A crash at the very first start leaves an empty file, and so does who empties
// one that held messages. The lock file tells the two apart: it has a byte in it
// once the database has been made.

// isUsed reports whether the database at path was made once.
func isUsed(path string) bool { return exists(path + "-lock") }

// isEmptied reports whether the file at path held a database and is empty now.
// One that was moved away is not: there a new one is made.
func isEmptied(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == 0 && isUsed(path)
}

func markUsed(lock *os.File) error {
	_, err := lock.WriteAt([]byte{'1'}, 0)
	return errors.Join(err, lock.Sync())
}

// markUnused is for before a database is made where there was one.
func markUnused(lock *os.File) error {
	info, err := lock.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	return errors.Join(lock.Truncate(0), lock.Sync())
}

// nothing is the error of who reads what is not there yet.
type nothing struct{}

func (nothing) Error() string        { return "no messages are stored here yet" }
func (nothing) Is(target error) bool { return target == fs.ErrNotExist }

var errNothing error = nothing{}
