package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"io"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"lukechampine.com/adiantum"
	"lukechampine.com/adiantum/hbsh"
)

// Sizes SQLite gives to what it writes (sqlite.org/fileformat2.html §4.1).
const (
	pageSize       = 4096
	walHeaderSize  = 32
	frameHeadSize  = 24
	frameSize      = frameHeadSize + pageSize
	cipherKeySize  = 32
	cipherTweakLen = 9
)

// cipherFile encrypts a file with Adiantum, unit by unit: a unit is encrypted
// as a whole, under its kind of file and its place. The units of a write-ahead
// log are its header, each frame's header and each frame's page, exactly what
// SQLite writes at once. With units across frames, as the vfs/adiantum of
// go-sqlite3 has them, appending a frame would rewrite the end of the one
// before, and who reads that at the same moment reads noise.
type cipherFile struct {
	vfs.File
	cipher *hbsh.HBSH
	unit   func(off int64) (start int64, n int)
	tweak  [cipherTweakLen]byte
	buf    [pageSize]byte
	reset  bool // see resetVectors
}

func newCipherFile(file vfs.File, key []byte, flags vfs.OpenFlag) *cipherFile {
	f := &cipherFile{File: file, cipher: adiantum.New(key), unit: pageUnit}
	switch {
	case flags&vfs.OPEN_WAL != 0:
		f.unit = walUnit
		f.tweak[0] = 'w'
	case flags&vfs.OPEN_MAIN_DB != 0:
		f.tweak[0] = 'd'
	default:
		f.tweak[0] = 'j' // journals and temporary files
	}
	return f
}

func randomKey() []byte {
	key := make([]byte, cipherKeySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// pageUnit divides a file into pages.
func pageUnit(off int64) (int64, int) { return off &^ (pageSize - 1), pageSize }

// walUnit divides a write-ahead log.
func walUnit(off int64) (int64, int) {
	if off < walHeaderSize {
		return 0, walHeaderSize
	}
	in := (off - walHeaderSize) % frameSize
	if in < frameHeadSize {
		return off - in, frameHeadSize
	}
	return off - in + frameHeadSize, pageSize
}

// at is the tweak of the unit that begins at start.
func (f *cipherFile) at(start int64) []byte {
	binary.LittleEndian.PutUint64(f.tweak[1:], uint64(start))
	return f.tweak[:]
}

// read decrypts a unit into buf. It is io.EOF if the file does not have all of it.
func (f *cipherFile) read(start int64, n int) ([]byte, error) {
	m, err := f.File.ReadAt(f.buf[:n], start)
	switch {
	case m == n:
		unit := f.cipher.Decrypt(f.buf[:n], f.at(start))
		f.resetVectors()
		return unit, nil
	case err == nil:
		err = io.EOF
	}
	return nil, err
}

// resetVectors mends what the hash in package adiantum v1.1.1 leaves behind on
// amd64: it returns without VZEROUPPER, and whatever uses older vector
// instructions after it runs many times slower (SHA-256: 13 times, measured).
// The standard library compares 64 bytes with AVX2, and clears up.
func (f *cipherFile) resetVectors() {
	f.reset = bytes.Equal(f.buf[:64], f.buf[64:128])
}

// ReadAt reads and decrypts.
func (f *cipherFile) ReadAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		start, n := f.unit(off)
		unit, err := f.read(start, n)
		if err != nil {
			return done, err
		}
		m := copy(p[done:], unit[off-start:])
		done += m
		off += int64(m)
	}
	return done, nil
}

// WriteAt encrypts and writes.
func (f *cipherFile) WriteAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		start, n := f.unit(off)
		unit := f.buf[:n]
		if off > start || len(p)-done < n { // part of a unit: read the rest
			switch _, err := f.read(start, n); err {
			case nil:
			case io.EOF:
				clear(unit)
			default:
				return done, err
			}
		}
		m := copy(unit[off-start:], p[done:])
		f.cipher.Encrypt(unit, f.at(start))
		f.resetVectors()
		if _, err := f.File.WriteAt(unit, start); err != nil {
			return done, err
		}
		done += m
		off += int64(m)
	}
	return done, nil
}

// Truncate keeps the unit that the new end is in.
func (f *cipherFile) Truncate(size int64) error {
	if size > 0 {
		start, n := f.unit(size - 1)
		size = start + int64(n)
	}
	return f.File.Truncate(size)
}

// SharedMemory and HasMoved are those of the file beneath.
func (f *cipherFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

// HasMoved: see SharedMemory.
func (f *cipherFile) HasMoved() (bool, error) { return vfsutil.WrapHasMoved(f.File) }
