package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/filelock"
)

// Rekey encrypts the database at path, decrypts it or gives it another key:
// from is the key it has, to the one it gets, nil is none. Nobody may have it
// open. A copy is made and takes the place of the file at once; then
// the old one is overwritten and removed. Whenever the machine stops, the file
// is whole, under one key or the other: see Locked. It takes the room of the
// database on the disk once more, and some seconds a gigabyte.
//
// What cannot be promised: file systems and drives keep copies of their own (a
// journal, snapshots, the flash cells that were written before), and on a file
// system without hard links, as on many memory sticks, nothing is overwritten.
// Whoever had the key before can read such copies with it.
func Rekey(path string, from, to []byte) error {
	if err := errors.Join(checkKey(from), checkKey(to)); err != nil {
		return err
	}
	path = resolve(path)
	lock, err := filelock.Lock(path + "-lock")
	if err == nil {
		err = errors.Join(rekey(path, from, to, lock), lock.Close())
	}
	return explain(path, err)
}

func rekey(path string, from, to []byte, lock *os.File) error {
	if err := finishRekey(path); err != nil {
		return err
	}
	if err := copyInto(path, path+newSuffix, from, to, lock); err != nil {
		return errors.Join(err, destroy(path+newSuffix))
	}
	if err := checkCopy(path+newSuffix, to); err != nil {
		return errors.Join(err, destroy(path+newSuffix))
	}
	// From here on the old file has a second name, by which it is destroyed.
	linked := os.Link(path, path+oldSuffix) == nil
	dir := filepath.Dir(path)
	if err := errors.Join(syncDir(dir), os.Rename(path+newSuffix, path), syncDir(dir)); err != nil {
		return err
	}
	if linked {
		return errors.Join(destroy(path+oldSuffix), syncDir(dir))
	}
	return nil
}

const (
	newSuffix = "-new" // the copy, until it takes the file's place
	oldSuffix = "-old" // the file whose place was taken
)

// finishRekey clears up after a Rekey that was interrupted: whatever has the
// file's name is good.
func finishRekey(path string) error {
	if err := destroy(path + newSuffix); err != nil {
		return err
	}
	old, err := os.Lstat(path + oldSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if now, err := os.Lstat(path); err == nil && os.SameFile(old, now) {
		return os.Remove(path + oldSuffix) // its place was not taken yet
	}
	return destroy(path + oldSuffix)
}

// copyInto copies a database under another key, onto the disk.
func copyInto(path, into string, from, to []byte, lock *os.File) error {
	db := &DB{path: path, files: newFileSystem(nil, from), lock: lock}
	defer db.files.close()
	switch what, err := db.admit(); {
	case err != nil:
		return err
	case what == contentNone:
		return fmt.Errorf("no messages are stored here: %w", fs.ErrNotExist)
	}
	target := newFileSystem(nil, to)
	defer target.close()
	c, err := connect(db.files.uri(path), sqlite3.OPEN_READWRITE)
	if err != nil {
		return db.files.blame(err)
	}
	err = identify(c)
	if err == nil {
		err = c.exec("VACUUM INTO ?", target.uri(into))
	}
	if err != nil {
		return errors.Join(db.files.blame(err), c.close())
	}
	if err := errors.Join((&tx{conn: c}).end(), syncFile(into)); err != nil {
		return err
	}
	// The last one to close takes the log away. A reader would go on with it
	// beside a file that it does not belong to.
	if _, err := os.Lstat(path + "-wal"); err == nil {
		return ErrInUse
	}
	return nil
}

// checkCopy reads what is going to be the only copy.
func checkCopy(path string, key []byte) error {
	files := newFileSystem(nil, key)
	defer files.close()
	c, err := connectReader(files.uri(path, "immutable=1"))
	if err != nil {
		return err
	}
	return errors.Join(quickCheck(c), c.close())
}
