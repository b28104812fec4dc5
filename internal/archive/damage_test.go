package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"

	"gochat/internal/wire"
)

// frames splits a good archive: magic, head, records, end.
func frames(b []byte) (list [][]byte) {
	list = append(list, b[:len(magic)])
	for b = b[len(magic):]; len(b) > 0; {
		n := 4 + binary.BigEndian.Uint32(b)
		list, b = append(list, b[:n:n]), b[n:]
	}
	return list
}

// Cut anywhere, a file gives the records before the cut.
func TestCutShort(t *testing.T) {
	b := export(t, records(4))
	fs := frames(b)
	whole := 0 // records before the cut
	end := len(fs[0]) + len(fs[1])
	for n := range b {
		if whole < 4 && n == end+len(fs[2+whole]) {
			end += len(fs[2+whole])
			whole++
		}
		list, err := read(bytes.NewReader(b[:n]))
		want := ErrTruncated
		if n < len(magic) {
			want = ErrNotArchive
		}
		if !errors.Is(err, want) || len(list) != whole || !partOf(list, records(4)) {
			t.Errorf("cut at %d: %d of %d records, %v", n, len(list), whole, err)
		}
	}
}

// Any one byte changed costs one record at most, and never goes unnoticed.
func TestOneByteChanged(t *testing.T) {
	b := export(t, records(4))
	head := len(frames(b)[0]) + len(frames(b)[1])
	for i := range b {
		for _, bit := range []byte{1, 0x80} {
			b[i] ^= bit
			list, err := read(bytes.NewReader(b))
			b[i] ^= bit
			if err == io.EOF || !partOf(list, records(4)) || i >= head && len(list) < 3 {
				t.Errorf("byte %d: %d records, %v", i, len(list), err)
			}
			if i >= head && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTruncated) {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
}

// Bad blocks cost the records that touch them.
func TestBadBlocks(t *testing.T) {
	const block = 4096
	all := records(100)
	b := export(t, all)
	for at := block; at+block < len(b); at += 3 * block {
		bad := bytes.Clone(b)
		clear(bad[at : at+block])
		touched, pos := 0, 0
		for _, f := range frames(b) {
			if pos < at+block && pos+len(f) > at {
				touched++
			}
			pos += len(f)
		}
		list, err := read(bytes.NewReader(bad))
		if !errors.Is(err, ErrDamaged) || len(list) != len(all)-touched || !partOf(list, all) {
			t.Errorf("block at %d: %d records, %d touched, %v", at, len(list), touched, err)
		}
	}
	// A hole that is not there at all.
	list, err := read(bytes.NewReader(slices.Concat(b[:9000], b[20000:])))
	if !errors.Is(err, ErrDamaged) || len(list) < 60 || !partOf(list, all) {
		t.Errorf("hole: %d records, %v", len(list), err)
	}
}

// Who has no key can take away and repeat frames, but not unnoticed.
func TestRearranged(t *testing.T) {
	all := records(5)
	b := export(t, all)
	fs := frames(b)
	other := frames(export(t, all[:2]))
	for name, c := range map[string]struct {
		frames [][]byte
		yields int
		err    error
	}{
		"as it was":       {fs, 5, io.EOF},
		"one out":         {slices.Delete(slices.Clone(fs), 3, 4), 4, ErrDamaged},
		"last out":        {slices.Delete(slices.Clone(fs), 6, 7), 4, ErrDamaged},
		"all out":         {[][]byte{fs[0], fs[1], fs[7]}, 0, ErrDamaged},
		"one twice":       {slices.Insert(slices.Clone(fs), 4, fs[3]), 5, ErrDamaged},
		"first again":     {slices.Insert(slices.Clone(fs), 7, fs[2]), 5, ErrDamaged},
		"swapped":         {[][]byte{fs[0], fs[1], fs[3], fs[2], fs[4], fs[5], fs[6], fs[7]}, 4, ErrDamaged},
		"other's end":     {append(slices.Clone(fs[:7]), other[len(other)-1]), 5, ErrDamaged},
		"end too early":   {slices.Insert(slices.Clone(fs), 4, fs[7]), 2, ErrDamaged},
		"head again":      {slices.Insert(slices.Clone(fs), 4, fs[1]), 5, ErrDamaged},
		"more behind":     {append(slices.Clone(fs), []byte{0}), 5, ErrDamaged},
		"two in a row":    {append(slices.Clone(fs), fs...), 5, ErrDamaged},
		"without its end": {fs[:7], 5, ErrTruncated},
	} {
		list, err := read(bytes.NewReader(bytes.Join(c.frames, nil)))
		if !errors.Is(err, c.err) || len(list) != c.yields || !partOf(list, all) {
			t.Errorf("%s: %d records, %v", name, len(list), err)
		}
	}
}

// What somebody without the key puts together from scratch costs no more than
// its own length and a bounded number of tries.
func TestHostile(t *testing.T) {
	fs := frames(export(t, nil))
	prefix := bytes.Join(fs[:2], nil)
	var flood []byte
	for len(flood) < 2<<20 {
		flood = binary.BigEndian.AppendUint32(flood, wire.MaxSealedRecord)
		flood = append(append(flood, 1, byte(wire.ObjectRecord)), keys.Epoch[:]...)
	}
	for name, b := range map[string][]byte{
		"beginnings": flood,
		"zeros":      make([]byte, 2<<20),
		"lengths":    bytes.Repeat([]byte{0xff}, 2<<20),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list, err := read(bytes.NewReader(append(bytes.Clone(prefix), b...)))
		runtime.ReadMemStats(&after)
		if len(list) > 0 || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTruncated) {
			t.Errorf("%s: %d records, %v", name, len(list), err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; name != "beginnings" && n > 8<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

func FuzzReader(f *testing.F) {
	whole := export(f, records(4))
	f.Add(whole)
	f.Add(whole[:600])
	f.Add(slices.Concat(whole[:700], whole[900:]))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := read(bytes.NewReader(b))
		if err == nil {
			t.Fatal("no end")
		}
		if !partOf(list, records(4)) {
			t.Error("a record from nowhere")
		}
		if err == io.EOF && !bytes.Equal(b, whole) {
			t.Error("another file counts as complete")
		}
	})
}

// FuzzRearranged treats each byte as the number of the frame that stands there.
func FuzzRearranged(f *testing.F) {
	all := records(6)
	fs := frames(export(f, all))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{0, 1, 3, 2, 8})
	f.Fuzz(func(t *testing.T, order []byte) {
		var b []byte
		for _, i := range order[:min(len(order), 100)] {
			b = append(b, fs[int(i)%len(fs)]...)
		}
		list, err := read(bytes.NewReader(b))
		if !partOf(list, all) {
			t.Error("records out of order or from nowhere")
		}
		if whole := bytes.Equal(b, bytes.Join(fs, nil)); (err == io.EOF) != whole {
			t.Errorf("%v: %v", order, err)
		}
	})
}
