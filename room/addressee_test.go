package room

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// profileOf writes a profile with a box.
func profileOf(w *scribe, nick string, box []byte) *wire.Record {
	r := w.write("")
	r.Type = wire.RecordProfile
	fields := []wire.Field{{Type: wire.FieldNick, Value: []byte(nick)}}
	if box != nil {
		fields = append(fields, wire.Field{Type: wire.FieldBox, Value: box})
	}
	r.SetBody([16]byte{}, wire.AppendFields(nil, fields...))
	r.Sign(w.id, simRoom)
	w.prev = r.ID()
	return r
}

func TestAddressees(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	with, without, odd := newScribe(1), newScribe(2), newScribe(3)
	box := crypto.BoxID{7}
	s.push(1, profileOf(with, "old", []byte("another box 1234")))
	s.push(1, profileOf(with, "new", box[:]))
	s.push(1, profileOf(without, "none", nil))
	s.push(1, profileOf(odd, "odd", []byte("short")))
	want := []Addressee{{with.id.Public(), box}}
	if got := s.e.Addressees(time.Time{}, 9); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := s.e.Addressees(s.now.Add(time.Hour), 9); len(got) != 0 {
		t.Errorf("long gone: %v", got)
	}
	if got := s.e.Addressees(time.Time{}, 0); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
	if s.e.Has(wire.RecordID{1}, with.id.Public()) {
		t.Error("has what is not")
	}
}

// What comes from a mailbox is news: delivered in order, and not held back for
// long by what nobody here has.
func TestImportOfNews(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1) // once, so that there is a horizon
	w := newScribe(1)
	lost := w.write("lost")
	second, third := w.write("second"), w.write("third")
	_ = lost
	s.step(Import{Ref: 1, News: true, Records: []*wire.Record{third, second}})
	s.wait(3 * giveUpAfter)
	if got := s.shown(); !slices.Equal(got, []string{"second", "third"}) {
		t.Errorf("shown %q", got)
	}
}
