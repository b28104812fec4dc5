package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// fileSystem is what SQLite sees of the disk: the operating system's files,
// readable by their owner only and, given a key, encrypted.
type fileSystem struct {
	vfs.VFS
	name string
	key  []byte // 32 bytes; nil: plain files
}

var fileSystems atomic.Uint64

// newFileSystem registers one for the connections of one DB. base is the
// system's own if nil.
func newFileSystem(base vfs.VFS, key []byte) *fileSystem {
	if base == nil {
		base = vfs.Find("")
	}
	f := &fileSystem{base, fmt.Sprint("gochat-", fileSystems.Add(1)), key}
	vfs.Register(f.name, f)
	return f
}

func (f *fileSystem) close() { vfs.Unregister(f.name) }

// uri names a database file for SQLite.
func (f *fileSystem) uri(path string, params ...string) string {
	uri := "file:" + url.PathEscape(filepath.ToSlash(path)) + "?vfs=" + f.name
	for _, p := range params {
		uri += "&" + p
	}
	return uri
}

// Open is never called: SQLite gets its files by OpenFilename.
func (f *fileSystem) Open(string, vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return nil, 0, sqlite3.CANTOPEN
}

// OpenFilename opens one of the files of a database; name is nil for a
// temporary one.
func (f *fileSystem) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name != nil && flags&vfs.OPEN_CREATE != 0 {
		_ = touch(name.String()) // SQLite will meet the same error, and tell
	}
	file, flags, err := vfsutil.WrapOpenFilename(f.VFS, name, flags)
	if err != nil {
		return nil, flags, err
	}
	file = plainFile{file}
	switch {
	case f.key == nil, flags&(vfs.OPEN_SUPER_JOURNAL|vfs.OPEN_MEMORY) != 0:
		return file, flags, nil
	case name == nil:
		return newCipherFile(file, randomKey(), flags), flags, nil
	}
	return newCipherFile(file, f.key, flags), flags, nil
}

// plainFile is a file of the operating system that says so when the disk is
// full: go-sqlite3 v0.35.6 makes an error without a cause of that.
type plainFile struct{ vfs.File }

// WriteAt writes, or is sqlite3.FULL.
func (f plainFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, orFull(err)
}

// Sync waits for the disk, or is sqlite3.FULL: some file systems look for room
// only then.
func (f plainFile) Sync(flags vfs.SyncFlag) error { return orFull(f.File.Sync(flags)) }

// SizeHint makes room, or is sqlite3.FULL.
func (f plainFile) SizeHint(size int64) error { return orFull(vfsutil.WrapSizeHint(f.File, size)) }

// DeviceCharacteristics leaves out what there are no methods for here.
func (f plainFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() &
		(vfs.IOCAP_POWERSAFE_OVERWRITE | vfs.IOCAP_SUBPAGE_READ | vfs.IOCAP_UNDELETABLE_WHEN_OPEN)
}

// SharedMemory is the index of the write-ahead log: numbers of pages.
func (f plainFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

// HasMoved reports whether the file is no longer the one at its path.
func (f plainFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }

func orFull(err error) error {
	if isDiskFull(err) {
		return sqlite3.FULL
	}
	return err
}

// blame finds the cause of an error at opening: what a key does not fit is no
// database.
func (f *fileSystem) blame(err error) error {
	if f.key != nil && errors.Is(err, sqlite3.NOTADB) {
		return ErrLocked
	}
	return err
}

// touch makes a file that does not exist yet, before SQLite would make it for
// everyone to read.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// tighten takes the files of a database from others than their owner. On Windows
// the folder says who that is: a mode is always 0666, and to change it fails
// while a file is in use.
func tighten(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		switch info, err := os.Stat(p); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode().Perm()&0o077 != 0:
			if err := os.Chmod(p, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
