package peer

import (
	"fmt"
	"slices"
	"testing"

	"gochat/internal/wire"
	"gochat/room"
)

// hits is a Searcher that finds the same whatever is asked, the newest first.
type hits []room.Message

func (h hits) Search(_, before string, limit int) (out []room.Message, err error) {
	for _, m := range h {
		if (before == "" || m.Order < before) && len(out) < limit {
			out = append(out, m)
		}
	}
	return out, nil
}

// A message is found by what is shown of it, once, and not by what its author
// has made something else of.
func TestFindShownTexts(t *testing.T) {
	id := func(b byte) wire.RecordID { return wire.RecordID{b} }
	record := func(b byte, typ wire.RecordType, target byte) room.Message {
		return room.Message{ID: id(b), Record: &wire.Record{Type: typ, Target: id(target)}, Order: fmt.Sprintf("%02x", b)}
	}
	edited := func(m room.Message, by byte) room.Message { m.Edited = id(by); return m }
	all := map[wire.RecordID]room.Message{
		id(1): record(1, wire.RecordText, 0),
		id(2): edited(record(2, wire.RecordText, 0), 7), // by an edit of an edit
		id(3): edited(record(3, wire.RecordText, 0), 6),
		id(4): record(4, wire.RecordText, 0), // its edit does not count
		id(5): record(5, wire.RecordEdit, 2),
		id(6): record(6, wire.RecordEdit, 3),
		id(7): record(7, wire.RecordEdit, 5),
		id(8): record(8, wire.RecordEdit, 4),
		id(9): record(9, wire.RecordEdit, 99), // of what is not here
	}
	view := func(id wire.RecordID) (room.Message, Message, error) {
		m, ok := all[id]
		if !ok || m.Record.Type != wire.RecordText {
			return m, Message{}, nil
		}
		return m, Message{ID: m.ID.String(), Order: m.Order}, nil
	}
	var found hits
	for b := byte(9); b > 0; b-- {
		found = append(found, all[id(b)])
	}
	for _, c := range []struct {
		only   []byte // the hits; none: all
		behind string
		limit  int
		want   []string
	}{
		{nil, "", 10, []string{"01", "02", "03", "04"}},
		{nil, "", 2, []string{"02", "03"}}, // the newest hits
		{nil, "07", 10, []string{"02"}},
		{[]byte{3, 2}, "", 10, nil}, // edited away
		{[]byte{6, 3}, "", 10, []string{"03"}},
		{[]byte{5}, "", 10, nil},
		{[]byte{8}, "", 10, nil},
	} {
		s := slices.DeleteFunc(slices.Clone(found), func(m room.Message) bool {
			return c.only != nil && !slices.Contains(c.only, m.ID[0])
		})
		list, err := Find(s, "word", c.behind, c.limit, view)
		var got []string
		for _, m := range list {
			got = append(got, m.Order)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("hits %v behind %q, at most %d: %v, %v, want %v", c.only, c.behind, c.limit, got, err, c.want)
		}
	}
}
