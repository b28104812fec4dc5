package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"testing"
	"testing/iotest"

	"gochat/crypto"
)

var linkGolden = []struct {
	frame LinkFrame
	hex   string // with its length
}{
	{LinkHello{Features: 1, Now: 0x010203040506, Floor: 7}, "0e0101010203040506000000000007"},
	{LinkPush{Hop: 1, Flags: PushToAll, Record: []byte{0xee, 0xff}}, "05020101eeff"},
	{LinkIHave{Hints: []Hint{{1}, {7: 2}}}, "110301000000000000000000000000000002"},
	{LinkWant{Hints: []Hint{{3}}, Spans: []WantSpan{
		{Author: crypto.PublicKey{9}, Chain: 300, From: 1, Count: 1},
		{Author: crypto.PublicKey{8}, Chain: 0, From: 5, Count: MaxWantSpan},
	}}, "52040103000000000000000900000000000000000000000000000000000000000000000000000000000000ac02010008000000000000000000000000000000000000000000000000000000000000000005ff01"},
	{LinkWant{Spans: []WantSpan{{From: 1, Count: 2}}}, "2504000000000000000000000000000000000000000000000000000000000000000000000101"},
	{LinkDigest{Answer: true, Count: 200, Sum: SetSum{1, 15: 2}}, "140501c80101000000000000000000000000000002"},
	{LinkRecon{Initiator: true}, "020601"},
	{LinkRecon{Start: Bound{Clk: 1}, Ranges: []ReconRange{
		{End: Bound{Clk: 2, ID: ShortID{0, 5}}, Mode: RangeSkip},
		{End: Bound{Clk: 3}, Mode: RangeSum, Count: 4, Sum: SetSum{6}},
		{End: Bound{Clk: 4}, Mode: RangeList},
		{End: Bound{Clk: MaxClk}, Mode: RangeList, IDs: []ShortID{{1}, {2}}},
	}}, "5e060000000000000100000000000000020200050100000000000300040600000000000000000000000000000002000000000004000002ffffffffffff00020100000000000000000000000000000002000000000000000000000000000000"},
	{LinkAck{Held: []Hint{{1}}, Refused: []Hint{{2}, {3}}}, "1a0701010000000000000002000000000000000300000000000000"},
	{LinkPrune{}, "0108"},
	{LinkGraft{}, "0109"},
	{LinkBye{}, "010a"},
	{LinkNeighbour{Priority: PriorityHigh}, "020b02"},
	{LinkDisconnect{}, "010c"},
	{LinkFloor{Floor: 0x0102}, "070d000000000102"},
	{LinkSame{Answer: true, Ranges: []ReconRange{{End: Bound{Clk: 9}, Mode: RangeSum, Count: 3, Sum: SetSum{4}}}},
		"220e01000000000000000100000000000900" + "0304" + zeros(15)},
	{LinkTyping{}, "010f"},
	{LinkStatus{Away: true, Text: "tea"}, "051001746561"},
	{LinkStatus{}, "021000"},
}

func TestLinkGolden(t *testing.T) {
	for _, g := range linkGolden {
		b := AppendLinkFrame(nil, g.frame)
		if got := hex.EncodeToString(b); got != g.hex {
			t.Errorf("%T encodes as %s", g.frame, got)
		}
		frame, err := NewLinkReader(bytes.NewReader(b)).Next()
		if err != nil {
			t.Fatalf("%T: %v", g.frame, err)
		}
		got, err := ParseLinkFrame(frame)
		if err != nil || !reflect.DeepEqual(got, g.frame) {
			t.Errorf("%T parsed as %+v, %v", g.frame, got, err)
		}
	}
}

// A cut frame is refused or, where its end is open, another frame; it never
// reads as the whole one.
func TestLinkCut(t *testing.T) {
	for _, g := range linkGolden {
		whole := append([]byte{byte(g.frame.LinkFrameType())}, g.frame.Append(nil)...)
		for n := range whole {
			f, err := ParseLinkFrame(whole[:n])
			if err == nil && reflect.DeepEqual(f, g.frame) {
				t.Errorf("%T parsed from %d of %d bytes", g.frame, n, len(whole))
			}
			if err == nil && !bytes.Equal(f.Append(nil), whole[1:n]) {
				t.Errorf("%T: %d of %d bytes parsed as something else", g.frame, n, len(whole))
			}
		}
	}
}

func TestLinkRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":               "",
		"bye with payload":    "0a00",
		"prune with payload":  "0800",
		"typing with payload": "0f00",
		"no priority":         "0b",
		"unknown priority":    "0b03",
		"push of hop 0":       "020000ee",
		"empty push":          "020100",
		"no hints":            "03",
		"half a hint":         "0301020304",
		"want more than sent": "04020102030405060708",
		"want seq 0":          "0400" + zeros(32) + "000000",
		"flag 2":              "0502" + "00" + zeros(16),
		"padded count":        "05008000" + zeros(16),
		"range backwards":     "0600" + "00000000000500" + "0000000000000400",
		"start only":          "0600" + "00000000000500",
		"unknown mode":        "0600" + "00000000000000" + "0300000000000400",
		"zero-ended bound":    "0600" + "00000000000000" + "000000000000040100",
		"floor cut":           "0d0000000001",
		"status of nothing":   "10",
		"status flag 2":       "1002",
		"status too long":     "1001" + zeros(MaxStatus+1),
		"same of nothing":     "0e00" + "00000000000000",
		"ids not ascending":   "0600" + "00000000000000" + "020000000000040002" + zeros(32),
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(name, err)
		}
		if f, err := ParseLinkFrame(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: parsed as %+v, %v", name, f, err)
		}
	}
	if f, err := ParseLinkFrame([]byte{200, 1, 2}); f != nil || err != nil {
		t.Errorf("unknown type: %v, %v; it must be skipped", f, err)
	}
}

func zeros(n int) string { return hex.EncodeToString(make([]byte, n)) }

func TestLinkReader(t *testing.T) {
	var stream []byte
	for _, g := range linkGolden {
		stream = AppendLinkFrame(stream, g.frame)
	}
	r := NewLinkReader(iotest.OneByteReader(bytes.NewReader(stream)))
	for _, g := range linkGolden {
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f, err := ParseLinkFrame(b); err != nil || !reflect.DeepEqual(f, g.frame) {
			t.Fatalf("got %+v, %v", f, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("end of stream: %v", err)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"zero length":       {[]byte{0}, ErrFrame},
		"padded length":     {[]byte{0x81, 0}, ErrFrame},
		"length above max":  {[]byte{0x81, 0x80, 0x10}, ErrFrame},
		"endless length":    {bytes.Repeat([]byte{0xff}, 20), ErrFrame},
		"cut in the length": {[]byte{0x81}, io.ErrUnexpectedEOF},
		"cut in the frame":  {[]byte{3, 10}, io.ErrUnexpectedEOF},
	} {
		if _, err := NewLinkReader(bytes.NewReader(c.in)).Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzParseLinkFrame(f *testing.F) {
	for _, g := range linkGolden {
		f.Add(append([]byte{byte(g.frame.LinkFrameType())}, g.frame.Append(nil)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ParseLinkFrame(b)
		if err == nil && frame != nil && !bytes.Equal(frame.Append(nil), b[1:]) {
			t.Fatalf("%T: parse and append differ", frame)
		}
	})
}

func FuzzLinkReader(f *testing.F) {
	f.Add(AppendLinkFrame(nil, LinkBye{}))
	f.Add([]byte{0x80, 0x80, 0x10, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewLinkReader(bytes.NewReader(b))
		for total := 0; ; {
			frame, err := r.Next()
			if err != nil {
				return
			}
			if total += len(frame); total > len(b) || len(frame) == 0 {
				t.Fatal("frames from nothing")
			}
		}
	})
}
