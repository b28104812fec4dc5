package archive

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"gochat/crypto"
	"gochat/internal/wire"
)

var update = flag.Bool("update", false, "write the golden file anew")

var (
	keys   = crypto.NewRoomKeys(crypto.EpochKey{1})
	author = crypto.IdentityFromSeed([32]byte{2})
)

func ours(epoch crypto.EpochID) *crypto.RoomKeys {
	if epoch == keys.Epoch {
		return keys
	}
	return nil
}

// records are n records in order, each third without its body, each tenth long.
func records(n int) (list []*wire.Record) {
	for i := range n {
		r := &wire.Record{Type: wire.RecordText, Chain: 7, Seq: uint64(i + 1), Clk: wire.Clk(1000 + i)}
		if i > 0 {
			r.Prev = list[i-1].ID()
		}
		text := []byte("hello")
		if i%10 == 9 {
			text = bytes.Repeat(text, 1000)
		}
		r.SetBody([16]byte{byte(i)}, wire.AppendFields(nil, wire.Field{Type: wire.FieldText, Value: text}))
		r.Sign(author, keys.ID)
		if i%3 == 2 {
			r.HasBody, r.Salt, r.Body = false, [16]byte{}, nil
		}
		list = append(list, r)
	}
	return list
}

func export(t testing.TB, list []*wire.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, keys, 990)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read yields all of an archive and what it ended with.
func read(r io.Reader) (list []*wire.Record, err error) {
	a, err := NewReader(r, ours)
	if err != nil {
		return nil, err
	}
	for {
		rec, err := a.Next()
		if err != nil {
			if _, again := a.Next(); again != err {
				return list, errors.New("Next does not stay at its end")
			}
			return list, err
		}
		list = append(list, rec)
	}
}

// partOf reports whether got is a part of want, in order.
func partOf(got, want []*wire.Record) bool {
	for _, r := range got {
		i := slices.IndexFunc(want, func(w *wire.Record) bool { return bytes.Equal(w.Append(nil), r.Append(nil)) })
		if i < 0 {
			return false
		}
		want = want[i+1:]
	}
	return true
}

func TestGolden(t *testing.T) {
	const path = "testdata/three.gcx"
	b := export(t, records(3))
	if *update {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(b, want) {
		t.Errorf("another file than once exported: %v", err)
	}
	a, err := NewReader(bytes.NewReader(want), ours)
	if err != nil || a.Floor() != 990 || a.Room() != keys {
		t.Fatalf("floor %d, %v", a.Floor(), err)
	}
	list, err := read(bytes.NewReader(want))
	if err != io.EOF || len(list) != 3 || !partOf(list, records(3)) {
		t.Errorf("%d records, %v", len(list), err)
	}
	for _, r := range list {
		if err := r.Verify(keys.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 40} {
		b := export(t, records(n))
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(b), "bytewise": iotest.OneByteReader(bytes.NewReader(b)),
			"with EOF": iotest.DataErrReader(bytes.NewReader(b)), "halves": iotest.HalfReader(bytes.NewReader(b)),
		} {
			if list, err := read(r); err != io.EOF || len(list) != n || !partOf(list, records(n)) {
				t.Errorf("%s: %d of %d records, %v", name, len(list), n, err)
			}
		}
	}
}

func TestWriterKeepsOrder(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, keys, 0)
	if err != nil {
		t.Fatal(err)
	}
	list := records(3)
	for _, c := range []struct {
		i    int
		want error
	}{{1, nil}, {1, ErrOrder}, {0, ErrOrder}, {2, nil}} {
		if err := w.Write(list[c.i]); err != c.want {
			t.Errorf("record %d: %v", c.i, err)
		}
	}
	w.Close()
	if got, err := read(&b); err != io.EOF || len(got) != 2 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(b []byte) (int, error) {
	n := min(len(b), d.left)
	if d.left -= n; n < len(b) {
		return n, errFull
	}
	return n, nil
}

func TestFullDisk(t *testing.T) {
	w, err := NewWriter(&fullDisk{100_000}, keys, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records(300) {
		w.Write(r)
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	small, _ := NewWriter(&fullDisk{10}, keys, 0)
	if err := small.Close(); !errors.Is(err, errFull) {
		t.Errorf("noticed by nobody: %v", err)
	}
}

func TestUnreadableFile(t *testing.T) {
	broken := errors.New("broken stick")
	b := export(t, records(5))
	for _, n := range []int{0, 2, 30, 500, len(b) - 10, len(b)} {
		list, err := read(io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || !partOf(list, records(5)) {
			t.Errorf("after %d bytes: %d records, %v", n, len(list), err)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	good := export(t, records(1))
	other := append([]byte(nil), good...)
	other[3] = '2'
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"empty": {nil, ErrNotArchive}, "text": {[]byte("hello, this is a text\n"), ErrNotArchive},
		"short": {[]byte("GCX"), ErrNotArchive}, "kin": {[]byte("GCXa......"), ErrNotArchive}, "newer": {other, ErrNewer},
		"mark only": {[]byte(magic), ErrTruncated}, "half a head": {good[:20], ErrTruncated},
		"huge head": {[]byte(magic + "\xff\xff\xff\xff" + "xxxxxxxxxx"), ErrDamaged},
	} {
		if _, err := read(bytes.NewReader(c.b)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewReader(bytes.NewReader(good), func(crypto.EpochID) *crypto.RoomKeys { return nil }); err != ErrOtherRoom {
		t.Errorf("another room's: %v", err)
	}
	// Keys given for an epoch that is not theirs.
	if _, err := NewReader(bytes.NewReader(good), func(crypto.EpochID) *crypto.RoomKeys {
		return crypto.NewRoomKeys(crypto.EpochKey{9})
	}); err != ErrDamaged {
		t.Errorf("keys that do not fit: %v", err)
	}
	// A record's object is no head.
	headless := append([]byte(magic), good[len(magic)+4+wire.ObjectOverhead+8:]...)
	if _, err := read(bytes.NewReader(headless)); err != ErrDamaged {
		t.Errorf("without a head: %v", err)
	}
}

func BenchmarkWriter(b *testing.B) {
	list := records(1000)
	size := len(export(b, list))
	b.SetBytes(int64(size))
	for b.Loop() {
		w, _ := NewWriter(io.Discard, keys, 0)
		for _, r := range list {
			w.Write(r)
		}
		w.Close()
	}
	b.ReportMetric(float64(b.N*len(list))/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkReader(b *testing.B) {
	file := export(b, records(1000))
	b.SetBytes(int64(len(file)))
	n := 0
	for b.Loop() {
		list, err := read(bytes.NewReader(file))
		if err != io.EOF {
			b.Fatal(err)
		}
		n += len(list)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
