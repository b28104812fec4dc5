package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"gochat/crypto"
)

// The vector was computed by another implementation from docs/PROTOCOL.md.
func TestSealedRecordGolden(t *testing.T) {
	b := SealRecord(goldenRecord(), testRoom())
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(b[:ObjectOverhead]); got != sealedRecordHex {
		t.Errorf("begins %s", got)
	}
	if got := hex.EncodeToString(sum[:]); got != sealedRecordSum {
		t.Errorf("sums up to %s", got)
	}
	if epoch, kind, err := ParseObject(b); err != nil || kind != ObjectRecord || epoch != testRoom().Epoch {
		t.Errorf("shows %x, %d, %v", epoch, kind, err)
	}
	r, err := OpenRecord(b, testRoom())
	if err != nil || !reflect.DeepEqual(r, goldenRecord()) || r.Verify(goldenRoom) != nil {
		t.Errorf("opened %+v, %v", r, err)
	}
}

// Dropping a body changes neither the record's id nor, then, the key of a seal
// made from the id alone: the two must not meet under one key and nonce.
func TestSealedRecordWithoutBody(t *testing.T) {
	bare := goldenRecord()
	bare.HasBody, bare.Salt, bare.Body = false, [16]byte{}, nil
	full, stub := SealRecord(goldenRecord(), testRoom()), SealRecord(bare, testRoom())
	salt := func(b []byte) []byte { return b[objectHeader : objectHeader+crypto.ObjectSaltSize] }
	if bare.ID() != goldenRecord().ID() || bytes.Equal(salt(full), salt(stub)) {
		t.Error("record and stub share a salt")
	}
	if r, err := OpenRecord(stub, testRoom()); err != nil || !reflect.DeepEqual(r, bare) {
		t.Errorf("opened %+v, %v", r, err)
	}
}

func TestSealedRecordSizes(t *testing.T) {
	seen := map[int]bool{}
	sizes := []int{MaxBody - 4}
	for n := 0; n < MaxBody-4; n = n*5/4 + 1 {
		sizes = append(sizes, n)
	}
	for _, body := range sizes {
		r := goldenRecord()
		r.SetBody([16]byte{}, AppendFields(nil, Field{9, make([]byte, body)}))
		b := SealRecord(r, testRoom())
		seen[len(b)] = true
		if n := len(r.Append(nil)) + sealedRecordOverhead; len(b) < n || len(b) > MinSealedRecord && len(b) >= 2*n {
			t.Errorf("%d bytes take %d", n, len(b))
		}
		if got, err := OpenRecord(b, testRoom()); err != nil || len(got.Body) != len(r.Body) {
			t.Fatalf("body of %d bytes: %v", body, err)
		}
	}
	if len(seen) != 10 || !seen[MinSealedRecord] || !seen[MaxSealedRecord] {
		t.Errorf("lengths seen: %v", seen)
	}
	// At the borders of a class, and the largest record there is.
	for _, n := range []int{MinSealedRecord - sealedRecordOverhead, MinSealedRecord - sealedRecordOverhead + 1, MaxRecord} {
		if size := sealedRecordSize(n); size < n+sealedRecordOverhead || size > MaxSealedRecord {
			t.Errorf("%d bytes take %d", n, size)
		}
	}
}

// What only a member could make, and no member's gochat makes.
func TestOpenRecordRefuses(t *testing.T) {
	room := testRoom()
	record := goldenRecord().Append([]byte{0, 0, 1, 8})
	if len(record) != 4+264 {
		t.Fatalf("the record has %d bytes", len(record)-4)
	}
	plain := func(size int) []byte {
		return append(bytes.Clone(record), make([]byte, size-ObjectOverhead-len(record))...)
	}
	seal := func(kind ObjectKind, plain []byte) []byte { return SealObject(nil, kind, plain, room) }
	spoilt := func(i int, v byte) []byte {
		p := plain(MinSealedRecord)
		p[i] = v
		return p
	}
	if _, err := OpenRecord(seal(ObjectRecord, plain(MinSealedRecord)), room); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"other class":     {seal(ObjectRecord, plain(2*MinSealedRecord)), ErrFrame},
		"no class":        {seal(ObjectRecord, plain(MinSealedRecord+1)), ErrFrame},
		"not padded":      {seal(ObjectRecord, record), ErrFrame},
		"padding":         {seal(ObjectRecord, spoilt(MinSealedRecord-ObjectOverhead-1, 1)), ErrFrame},
		"length too long": {seal(ObjectRecord, spoilt(0, 0xff)), ErrFrame},
		"length too big":  {seal(ObjectRecord, spoilt(3, 9)), ErrFrame},
		"no record":       {seal(ObjectRecord, spoilt(4, 2)), ErrFrame},
		"nothing":         {seal(ObjectRecord, nil), ErrFrame},
		"other kind":      {seal(ObjectArchiveHead, plain(MinSealedRecord)), ErrFrame},
		"too long":        {make([]byte, MaxSealedRecord+1), ErrFrame},
		"empty":           {nil, ErrFrame},
		"other epoch":     {SealRecord(goldenRecord(), crypto.NewRoomKeys(crypto.EpochKey{1})), ErrEpoch},
	} {
		if _, err := OpenRecord(c.b, room); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := *room
	other.ID[0] ^= 1
	if _, err := OpenRecord(SealRecord(goldenRecord(), &other), room); !errors.Is(err, crypto.ErrSeal) {
		t.Errorf("other room id: %v", err)
	}
}

func FuzzOpenRecord(f *testing.F) {
	room := testRoom()
	f.Add(SealRecord(goldenRecord(), room), goldenRecord().Append([]byte{0, 0, 1, 8}))
	f.Add([]byte{1, 1}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, plain []byte) {
		for _, b := range [][]byte{sealed, SealObject(nil, ObjectRecord, plain, room)} {
			if r, err := OpenRecord(b, room); err == nil && !bytes.Equal(SealRecord(r, room), b) {
				t.Error("open and seal differ")
			}
		}
	})
}

func TestGroupRefuses(t *testing.T) {
	secret := make([]byte, 32)
	group := func(keys ...byte) []byte {
		b := bytes.Clone(secret)
		for _, k := range keys {
			b = append(append(b, k), make([]byte, 31)...)
		}
		return b
	}
	many := make([]byte, MaxGroup+1)
	for i := range many {
		many[i] = byte(i + 1)
	}
	if g, err := ParseGroup(group(many[:MaxGroup]...)); err != nil || len(g.Members) != MaxGroup {
		t.Errorf("%d members: %v", len(g.Members), err)
	}
	for name, b := range map[string][]byte{
		"two": group(1, 2), "none": secret, "twice": group(1, 2, 2), "falling": group(1, 3, 2), "nobody": group(0, 1, 2),
		"too many": group(many...), "half a key": append(group(1, 2, 3), 4),
	} {
		if g, err := ParseGroup(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v, %v", name, g, err)
		}
	}
}

func BenchmarkSealedRecord(b *testing.B) {
	for _, size := range []int{60, 64 << 10} {
		r := goldenRecord()
		r.SetBody([16]byte{}, AppendFields(nil, Field{FieldText, make([]byte, size)}))
		sealed := SealRecord(r, testRoom())
		room := testRoom()
		b.Run(fmt.Sprintf("seal/%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(sealed)))
			for b.Loop() {
				SealRecord(r, room)
			}
		})
		b.Run(fmt.Sprintf("open/%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(sealed)))
			for b.Loop() {
				if _, err := OpenRecord(sealed, room); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

const (
	sealedRecordHex = "01017ca35e9c5515c41049c3c2357e9f8c60756713f1872f27f434de88e11909f93d9ac09df37006ea88ad5799c6dcbacc40"
	sealedRecordSum = "1ad47c60fb3ae4eb207ccb4fd9585a1bc59676a381c76877464c551f148134a0"
)
