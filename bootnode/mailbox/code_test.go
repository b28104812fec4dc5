package mailbox

import (
	"bytes"
	"reflect"
	"testing"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/wire"
)

func requests() []bootnode.MailRequest {
	return []bootnode.MailRequest{
		{Op: bootnode.MailPut, Box: crypto.BoxID{1}, Item: crypto.BoxItemID{2}, Object: []byte{3, 4}},
		{Op: bootnode.MailList, Secret: crypto.BoxSecret{5}, After: 6, Done: []uint64{7, 8}, Admit: true},
		{Op: bootnode.MailRead, Secret: crypto.BoxSecret{5}, Seq: 9},
	}
}

func answers() []bootnode.MailAnswer {
	return []bootnode.MailAnswer{
		{Status: wire.BoxFull},
		{Entries: []wire.BoxEntry{{Seq: 1, Size: 512}, {Seq: 9, Size: 1}}, Left: 3, New: true},
		{Object: []byte("object")},
	}
}

func TestCode(t *testing.T) {
	for _, want := range requests() {
		b := appendRequest(nil, &want)
		got, err := parseRequest(b)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Object) == 0 {
			got.Object = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v became %+v", want, got)
		}
		for n := range b {
			if cut, err := parseRequest(b[:n]); err == nil && !bytes.Equal(appendRequest(nil, &cut), b[:n]) {
				t.Errorf("cut to %d bytes: %+v", n, cut)
			}
		}
	}
	for _, want := range answers() {
		b := appendAnswer(nil, &want)
		if got, err := parseAnswer(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v became %+v, %v", want, got, err)
		}
		for n := range b {
			if cut, err := parseAnswer(b[:n]); err == nil && !bytes.Equal(appendAnswer(nil, &cut), b[:n]) {
				t.Errorf("cut to %d bytes: %+v", n, cut)
			}
		}
	}
}

// Another node's bytes are read back as they were, or not at all.
func FuzzCode(f *testing.F) {
	for _, r := range requests() {
		f.Add(appendRequest(nil, &r))
	}
	for _, a := range answers() {
		f.Add(appendAnswer(nil, &a))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := parseRequest(b); err == nil && !bytes.Equal(appendRequest(nil, &r), b) {
			t.Errorf("request %x reads back as %x", b, appendRequest(nil, &r))
		}
		if a, err := parseAnswer(b); err == nil && !bytes.Equal(appendAnswer(nil, &a), b) {
			t.Errorf("answer %x reads back as %x", b, appendAnswer(nil, &a))
		}
	})
}
