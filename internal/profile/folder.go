package profile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

const (
	maxSeedFile   = 1 << 10
	maxRunFile    = 64
	maxRoomFile   = 1 << 20
	maxPinFile    = 32 << 20
	maxLockedFile = 1 << 10
)

var errDamaged = errors.New("damaged")

// folder is a data directory. A crash in the middle of one of its methods leaves
// what was there before or all of what was to be.
type folder struct {
	path string
	// fault is set by tests to end a method where a crash would, before each
	// step that changes the disk.
	fault func() error
}

func (f folder) step() error {
	if f.fault == nil {
		return nil
	}
	return f.fault()
}

func (f folder) join(name string) string { return filepath.Join(f.path, name) }

// has reports whether there is a file of that name.
func (f folder) has(name string) (bool, error) {
	_, err := os.Lstat(f.join(name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// read returns a file of at most limit bytes; a longer one is errDamaged.
func (f folder) read(name string, limit int64) ([]byte, error) {
	file, err := os.Open(f.join(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

func readAll(f *os.File, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is over %d bytes: %w", f.Name(), limit, errDamaged)
	}
	return b, err
}

// write puts b in place of a file. The directory's lock keeps other writers
// out; a temporary file left by a crash is overwritten. O_EXCL after the
// removal keeps a planted link from being followed.
func (f folder) write(name string, b []byte) error {
	tmp := f.join(name + ".new")
	if err := f.step(); err != nil {
		return err
	}
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for _, do := range []func() error{
		f.step,
		func() error { _, err := file.Write(b); return err },
		f.step,
		file.Sync,
	} {
		if err := do(); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := f.step(); err != nil {
		return err
	}
	if err := os.Rename(tmp, f.join(name)); err != nil {
		return err
	}
	return f.sync()
}

// remove deletes a file if there is one.
func (f folder) remove(name string) error {
	if there, err := f.has(name); !there {
		return err
	}
	if err := f.step(); err != nil {
		return err
	}
	if err := os.Remove(f.join(name)); err != nil {
		return err
	}
	return f.sync()
}

// shred overwrites and deletes a file with a secret, if there is one. What a
// file system or a disk keeps of the old bytes is out of reach.
func (f folder) shred(name string) error {
	st, err := os.Lstat(f.join(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && st.Mode().IsRegular() {
		err = f.blank(name, st.Size())
	}
	if err != nil {
		return err
	}
	return f.remove(name)
}

func (f folder) blank(name string, size int64) error {
	if err := f.step(); err != nil {
		return err
	}
	file, err := os.OpenFile(f.join(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, min(size, maxPinFile)))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// sync makes renames and removals durable. Windows cannot sync a directory.
func (f folder) sync() error {
	if err := f.step(); err != nil || runtime.GOOS == "windows" {
		return err
	}
	d, err := os.Open(f.path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// moveAside keeps a damaged file for a person to look at and says so; what an
// earlier damage left there is replaced.
func (f folder) moveAside(name, consequence string) (string, error) {
	aside := name + ".damaged"
	if err := os.Rename(f.join(name), f.join(aside)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s was damaged and is kept as %s; %s", f.join(name), aside, consequence), nil
}
