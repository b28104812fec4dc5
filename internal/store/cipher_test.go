package store

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// recorder is a file in memory that remembers where it was written.
type recorder struct {
	vfsutil.SliceFile
	writes []string
}

func (r *recorder) WriteAt(p []byte, off int64) (int, error) {
	r.writes = append(r.writes, fmt.Sprint(off, "+", len(p)))
	return r.SliceFile.WriteAt(p, off)
}

var kinds = map[string]vfs.OpenFlag{"database": vfs.OPEN_MAIN_DB, "log": vfs.OPEN_WAL, "journal": vfs.OPEN_MAIN_JOURNAL}

// Whatever is written where, it reads as from a plain file, but for what lies
// in a unit that the end of the file cuts.
func TestCipherFileReadsWhatWasWritten(t *testing.T) {
	for name, flags := range kinds {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(flags)))
			f := newCipherFile(&recorder{}, testKey, flags)
			plain := make([]byte, 0, 1<<16)
			for range 300 {
				off, n := rng.IntN(20_000), 1+rng.IntN(9000)
				off = min(off, len(plain)) // SQLite leaves no holes
				p := make([]byte, n)
				for i := range p {
					p[i] = byte(rng.Uint32())
				}
				if m, err := f.WriteAt(p, int64(off)); m != n || err != nil {
					t.Fatal(m, err)
				}
				plain = append(plain, make([]byte, max(0, off+n-len(plain)))...)
				copy(plain[off:], p)
				off, n = rng.IntN(len(plain)), 1+rng.IntN(9000)
				n = min(n, len(plain)-off)
				got := make([]byte, n)
				if m, err := f.ReadAt(got, int64(off)); m != n || err != nil || !bytes.Equal(got, plain[off:off+n]) {
					t.Fatalf("%d+%d: %d, %v", off, n, m, err)
				}
			}
			if m, err := f.ReadAt(make([]byte, 10), 1<<20); m != 0 || err != io.EOF {
				t.Error("behind the end:", m, err)
			}
		})
	}
}

// Appending to the log touches nothing of what is there: readers have it.
func TestLogIsOnlyAppendedTo(t *testing.T) {
	file := &recorder{}
	f := newCipherFile(file, testKey, vfs.OPEN_WAL)
	var want []string
	write := func(off, n int) {
		if _, err := f.WriteAt(make([]byte, n), int64(off)); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(off, "+", n))
	}
	write(0, walHeaderSize)
	for i := range 5 {
		at := walHeaderSize + i*frameSize
		write(at, frameHeadSize)
		write(at+frameHeadSize, pageSize)
	}
	if !slices.Equal(file.writes, want) {
		t.Errorf("wrote %q, want %q", file.writes, want)
	}
}

func TestCipherFileHidesContent(t *testing.T) {
	page := bytes.Repeat([]byte("the same again. "), pageSize/16)
	seen := map[string]string{}
	for name, flags := range kinds {
		file := &recorder{}
		f := newCipherFile(file, testKey, flags)
		for i := range 2 {
			if _, err := f.WriteAt(page, int64(walHeaderSize+frameHeadSize+i*frameSize)); err != nil {
				t.Fatal(err)
			}
		}
		if bytes.Contains(file.SliceFile, []byte("same")) {
			t.Error("a", name, "can be read")
		}
		for at := 0; at+64 <= len(file.SliceFile); at += 64 {
			block := string(file.SliceFile[at : at+64])
			if where := fmt.Sprint(name, at); seen[block] != "" && block != string(make([]byte, 64)) {
				t.Errorf("%s looks like %s", where, seen[block])
			} else {
				seen[block] = where
			}
		}
	}
}

func TestCipherFileTruncates(t *testing.T) {
	for name, c := range map[string]struct {
		flags      vfs.OpenFlag
		size, want int64
	}{
		"to nothing":       {vfs.OPEN_WAL, 0, 0},
		"in the header":    {vfs.OPEN_WAL, 7, walHeaderSize},
		"behind a frame":   {vfs.OPEN_WAL, walHeaderSize + frameSize, walHeaderSize + frameSize},
		"in a frame":       {vfs.OPEN_WAL, walHeaderSize + frameSize + 1, walHeaderSize + frameSize + frameHeadSize},
		"behind a page":    {vfs.OPEN_MAIN_DB, 2 * pageSize, 2 * pageSize},
		"in a page":        {vfs.OPEN_MAIN_DB, pageSize + 1, 2 * pageSize},
		"in a log's page":  {vfs.OPEN_WAL, walHeaderSize + frameHeadSize + 1, walHeaderSize + frameSize},
		"in a journal's 1": {vfs.OPEN_MAIN_JOURNAL, 1, pageSize},
	} {
		file := &recorder{SliceFile: make([]byte, 10*pageSize)}
		if err := newCipherFile(file, testKey, c.flags).Truncate(c.size); err != nil || int64(len(file.SliceFile)) != c.want {
			t.Errorf("%s: %d, %v, want %d", name, len(file.SliceFile), err, c.want)
		}
	}
}
