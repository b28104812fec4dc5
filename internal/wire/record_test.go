package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"gochat/crypto"
)

var goldenRoom = crypto.RoomID{0: 0xaa, 15: 0xbb}

// goldenRecord has two-byte uvarints, parents, a TTL and a body of two fields.
func goldenRecord() *Record {
	id := crypto.IdentityFromSeed([32]byte{1, 2, 3})
	r := &Record{
		Type: RecordText, Chain: 300, Seq: 2, Clk: 0x0102030405,
		Prev: RecordID{0: 7, 31: 8}, Parents: []RecordID{{0: 1}, {0: 2}}, TTL: 86400,
	}
	r.SetBody([16]byte{5, 6}, AppendFields(nil,
		Field{FieldText, []byte("hi")}, Field{FieldKind, []byte{KindAction}}))
	r.Sign(id, goldenRoom)
	return r
}

const goldenRecordHex = "" +
	"0101221fe5f6859a1a4fec79057c9d32c8d3fc356e144b1da3b0f9016ef6f298" +
	"88daac0202000102030405070000000000000000000000000000000000000000" +
	"0000000000000000000008020100000000000000000000000000000000000000" +
	"0000000000000000000000000200000000000000000000000000000000000000" +
	"00000000000000000000000080a305078b33fd2065e80b49e0c5a8c633a44252" +
	"6e08905b16595365212b287bca16bb9012c791d3568d764e3f9410f186ffff9c" +
	"498aa31fa73c6ad7e1211c1dc3b4b4a2ef1e247870ea721599eaa8911f81e983" +
	"b0a85e048b3d1a3fe619bf97c9ea850801050600000000000000000000000000" +
	"0001026869030101"

func TestRecordGolden(t *testing.T) {
	r := goldenRecord()
	if got := hex.EncodeToString(r.Append(nil)); got != goldenRecordHex {
		t.Fatalf("encoding changed:\n%s", got)
	}
	b, _ := hex.DecodeString(goldenRecordHex)
	got, err := ParseRecord(b)
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Fatalf("parsed %+v, %v", got, err)
	}
	if err := got.Verify(goldenRoom); err != nil {
		t.Fatal(err)
	}
	if got.ID().String() != "08929fd1d96b48e2ec38d8c64c6ab50313b52f0d56afd54010c44466471e8136" {
		t.Errorf("id is %s", got.ID())
	}
	if string(got.Field(FieldText)) != "hi" || got.Field(FieldNick) != nil {
		t.Error("fields read wrongly")
	}
}

// A target costs its 32 bytes and a bit; a record without one reads as ever.
func TestRecordTarget(t *testing.T) {
	bare := goldenRecord()
	r := goldenRecord()
	r.Type, r.Target = RecordDelete, RecordID{0: 0x77}
	r.Sign(crypto.IdentityFromSeed([32]byte{1, 2, 3}), goldenRoom)
	b := r.Append(nil)
	if len(b) != len(bare.Append(nil))+32 {
		t.Errorf("%d bytes", len(b))
	}
	got, err := ParseRecord(b)
	if err != nil || !reflect.DeepEqual(got, r) || got.Verify(goldenRoom) != nil {
		t.Fatalf("parsed %+v, %v", got, err)
	}
	got.Target[5]++
	if !errors.Is(got.Verify(goldenRoom), ErrRecordSignature) {
		t.Error("the target is not signed")
	}
	at := bytes.Index(b, r.Target[:])
	clear(b[at : at+32])
	if _, err := ParseRecord(b); !errors.Is(err, ErrFrame) {
		t.Error("a target of zeros parsed")
	}
}

func TestRecordVerifyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Record, *crypto.RoomID)
		want   error
	}{
		"other room":      {func(_ *Record, room *crypto.RoomID) { room[3]++ }, ErrRecordSignature},
		"other clk":       {func(r *Record, _ *crypto.RoomID) { r.Clk++ }, ErrRecordSignature},
		"other chain":     {func(r *Record, _ *crypto.RoomID) { r.Chain++ }, ErrRecordSignature},
		"other type":      {func(r *Record, _ *crypto.RoomID) { r.Type++ }, ErrRecordSignature},
		"other author":    {func(r *Record, _ *crypto.RoomID) { r.Author[0]++ }, ErrRecordSignature},
		"other parent":    {func(r *Record, _ *crypto.RoomID) { r.Parents[0][9]++ }, ErrRecordSignature},
		"other body":      {func(r *Record, _ *crypto.RoomID) { r.Body = []byte("\x01\x02ho\x03\x01\x01") }, ErrRecordBody},
		"other salt":      {func(r *Record, _ *crypto.RoomID) { r.Salt[0]++ }, ErrRecordBody},
		"body cut":        {func(r *Record, _ *crypto.RoomID) { r.Body = r.Body[:2] }, ErrRecordBody},
		"without body":    {func(r *Record, _ *crypto.RoomID) { r.HasBody = false }, nil},
		"left as it was":  {func(*Record, *crypto.RoomID) {}, nil},
		"no field list":   {func(r *Record, _ *crypto.RoomID) { resign(r, []byte{1, 9, 'x'}) }, ErrFrame},
		"too many fields": {func(r *Record, _ *crypto.RoomID) { resign(r, make([]byte, 2*MaxFields+2)) }, ErrFrame},
	} {
		r, room := goldenRecord(), goldenRoom
		c.change(r, &room)
		if err := r.Verify(room); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func resign(r *Record, body []byte) {
	r.SetBody(r.Salt, body)
	r.Sign(crypto.IdentityFromSeed([32]byte{1, 2, 3}), goldenRoom)
}

func TestRecordCutAndPadded(t *testing.T) {
	whole := goldenRecord().Append(nil)
	for n := range whole {
		if _, err := ParseRecord(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes parsed", n, len(whole))
		}
	}
	if _, err := ParseRecord(append(whole, 0)); err == nil {
		t.Error("a trailing byte parsed")
	}
}

func TestRecordCanonical(t *testing.T) {
	good := goldenRecord()
	for name, change := range map[string]func(*Record){
		"seq 0":               func(r *Record) { r.Seq = 0 },
		"seq 1 with prev":     func(r *Record) { r.Seq = 1 },
		"seq 2 without prev":  func(r *Record) { r.Prev = RecordID{} },
		"parents descending":  func(r *Record) { r.Parents = []RecordID{{0: 2}, {0: 1}} },
		"parent twice":        func(r *Record) { r.Parents = []RecordID{{0: 2}, {0: 2}} },
		"nine parents":        func(r *Record) { r.Parents = manyIDs(9) },
		"clk at its end":      func(r *Record) { r.Clk = MaxClk },
		"body length too big": func(r *Record) { r.BodyLen = MaxBody + 1 },
		"chain too big":       func(r *Record) { r.Chain = MaxRecordNumber + 1 },
	} {
		r := *good
		change(&r)
		if _, err := ParseRecord(r.Append(nil)); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := good.Append(nil)
	long := append(append(bytes.Clone(b[:36]), 0x82, 0x00), b[37:]...) // seq 2 in two bytes
	if _, err := ParseRecord(long); b[36] != 2 || !errors.Is(err, ErrFrame) {
		t.Errorf("padded uvarint: %v", err)
	}
}

func manyIDs(n int) (ids []RecordID) {
	for i := range n {
		ids = append(ids, RecordID{0: byte(i + 1)})
	}
	return ids
}

func TestRecordLargest(t *testing.T) {
	r := &Record{Type: 255, Chain: MaxRecordNumber, Seq: MaxRecordNumber, Clk: MaxClk - 1,
		Prev: RecordID{1}, Parents: manyIDs(8), Target: RecordID{9}, TTL: MaxTTL}
	r.SetBody([16]byte{1}, AppendFields(nil, Field{9, make([]byte, MaxBody-4)}))
	r.Sign(crypto.IdentityFromSeed([32]byte{1}), goldenRoom)
	b := r.Append(nil)
	if len(b) != MaxRecord {
		t.Errorf("largest record has %d bytes, MaxRecord is %d", len(b), MaxRecord)
	}
	got, err := ParseRecord(b)
	if err != nil || got.Verify(goldenRoom) != nil {
		t.Errorf("largest record: %v, %v", err, got.Verify(goldenRoom))
	}
	if f := AppendLinkFrame(nil, LinkPush{Hop: 1, Record: b}); len(f) > MaxLinkFrame {
		t.Errorf("its PUSH has %d bytes", len(f))
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(goldenRecord().Append(nil))
	bare := goldenRecord()
	bare.HasBody = false
	f.Add(bare.Append(nil))
	bare.Target = RecordID{3}
	f.Add(bare.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Append(nil), b) {
			t.Fatal("parse and append differ")
		}
		_ = r.Verify(goldenRoom)
	})
}

func FuzzParseFields(f *testing.F) {
	f.Add(goldenRecord().Body)
	f.Fuzz(func(t *testing.T, b []byte) {
		if fields, err := ParseFields(b); err == nil && !bytes.Equal(AppendFields(nil, fields...), b) {
			t.Fatal("parse and append differ")
		}
	})
}
