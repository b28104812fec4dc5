package store

import (
	"os"
	"sync/atomic"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// disk is the system's file system with a mind of its own: it does not wait
// for the hardware, and it can be full or broken.
type disk struct {
	vfs.VFS
	full   atomic.Bool  // nothing can be written
	broken atomic.Bool  // nothing can be synced
	syncs  atomic.Int64 // asked for
}

func newDisk() *disk { return &disk{VFS: vfs.Find("")} }

func (d *disk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(d.VFS, name, flags)
	if err != nil {
		return nil, flags, err
	}
	return &diskFile{f, d}, flags, nil
}

type diskFile struct {
	vfs.File
	disk *disk
}

func (f *diskFile) WriteAt(p []byte, off int64) (int, error) {
	if f.disk.full.Load() {
		return 0, &os.PathError{Op: "write", Err: syscall.ENOSPC}
	}
	return f.File.WriteAt(p, off)
}

func (f *diskFile) Sync(vfs.SyncFlag) error {
	f.disk.syncs.Add(1)
	if f.disk.broken.Load() {
		return sqlite3.IOERR_FSYNC
	}
	return nil
}

func (f *diskFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
