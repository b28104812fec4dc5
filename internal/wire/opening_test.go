package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOpeningGolden(t *testing.T) {
	for _, g := range []struct {
		o   Opening
		hex string
	}{
		{Opening{Type: StreamLink, Proof: [32]byte{7}}, "0107" + zeros(31)},
		{Opening{Type: StreamApplication, Proof: [32]byte{7}, Protocol: "pipe/1"}, "0207" + zeros(31) + "06" + hex.EncodeToString([]byte("pipe/1"))},
	} {
		b := g.o.Append(nil)
		if got := hex.EncodeToString(b); got != g.hex {
			t.Errorf("%+v encodes as %s", g.o, got)
		}
		rest := strings.NewReader(string(b) + "behind")
		if got, err := ReadOpening(iotest.OneByteReader(rest)); err != nil || got != g.o || rest.Len() != len("behind") {
			t.Errorf("%x read as %+v, %v, %d bytes left", b, got, err, rest.Len())
		}
		for n := range b {
			if _, err := ReadOpening(bytes.NewReader(b[:n])); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}
	answer := AppendAnswer(nil, [32]byte{9})
	if got, err := ReadAnswer(bytes.NewReader(answer)); err != nil || got != [32]byte{9} {
		t.Errorf("the answer %x reads as %x, %v", answer, got, err)
	}
}

func TestOpeningRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"no type":         "00" + zeros(32),
		"unknown type":    "03" + zeros(32),
		"no protocol":     "02" + zeros(32) + "00",
		"long protocol":   "02" + zeros(32) + "41" + strings.Repeat("61", 65),
		"space":           "02" + zeros(32) + "03612062",
		"control":         "02" + zeros(32) + "0107",
		"not ASCII":       "02" + zeros(32) + "02c3a4",
		"invalid unicode": "02" + zeros(32) + "01ff",
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := ReadOpening(bytes.NewReader(b)); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	link := Opening{Type: StreamLink}.Append(nil)
	if _, err := ReadAnswer(bytes.NewReader(link)); !errors.Is(err, ErrFrame) {
		t.Errorf("a link's proof as an answer: %v", err)
	}
}

func FuzzOpening(f *testing.F) {
	f.Add(Opening{Type: StreamLink, Proof: [32]byte{1}}.Append(nil))
	f.Add(Opening{Type: StreamApplication, Proof: [32]byte{1}, Protocol: "echo"}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		o, err := ReadOpening(r)
		if err != nil {
			return
		}
		if again := o.Append(nil); !bytes.Equal(again, b[:len(b)-r.Len()]) {
			t.Errorf("%x read and written is %x", b, again)
		}
	})
}
