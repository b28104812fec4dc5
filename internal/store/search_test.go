package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/wire"
)

func search(t *testing.T, r *Room, query string) []string {
	t.Helper()
	found, err := r.Search(query, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return textsOf(found)
}

func TestSearchFinds(t *testing.T) {
	r := newRoom(t)
	other := openRoom(t, r.db, crypto.RoomID{9})
	for i, text := range []string{"Deploy at noon", "nach Łódź fahren", "東京都に行きます", "ผมกินข้าว", "party 🎉", "deployed, at last", "can't e-mail you"} {
		put(t, r, message(bob, wire.Clk(i+1), text))
		put(t, other, message(bob, wire.Clk(i+1), "elsewhere "+text))
	}
	for query, want := range map[string][]string{
		"deploy":        {"deployed, at last", "Deploy at noon"},
		"deploy ":       {"Deploy at noon"},
		"at deploy":     {"deployed, at last", "Deploy at noon"},
		"LODZ":          {"nach Łódź fahren"},
		"東京":            {"東京都に行きます"},
		"京都":            {"東京都に行きます"},
		"行":             {"東京都に行きます"},
		"す":             {"東京都に行きます"},
		"京東":            nil,
		"กินข้าว":       {"ผมกินข้าว"},
		"🎉":             {"party 🎉"},
		`"at noon"`:     {"Deploy at noon"},
		`"noon at"`:     nil,
		`"at no`:        {"Deploy at noon"},
		"e-mail":        {"can't e-mail you"},
		"elsewhere":     nil,
		"noon NOT at":   nil,
		"1xdeploy":      nil, // as it stands in the index
		"noon deployed": nil,
	} {
		if got := search(t, r, query); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// What comes late, or newest first, or at one millisecond, is found in the
// room's order all the same; and however the parts lie, they cover a room once.
func TestSearchAcrossParts(t *testing.T) {
	for name, clk := range map[string]func(i int) int{
		"forwards":  func(i int) int { return i + 1 },
		"backwards": func(i int) int { return 100 - i },
		"both ways": func(i int) int { return 100 + (i+1)/2*(1-2*(i%2)) },
		"one clk":   func(int) int { return 7 },
		"shuffled":  func(i int) int { return i * 37 % 101 },
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, dbPath(t), Options{base: newDisk(), partTexts: 10})
			r := openRoom(t, db, testRoom)
			var all []*wire.Record
			for i := range 100 {
				all = append(all, message(bob, wire.Clk(clk(i)), fmt.Sprint("common number", i)))
				put(t, r, all[i])
			}
			want := scan(t, r)
			slices.Reverse(want)
			if got := search(t, r, "common"); !slices.Equal(got, texts(want)) {
				t.Errorf("got %q", got)
			}
			for i := range 100 {
				if got := search(t, r, fmt.Sprint("number", i, " ")); !slices.Equal(got, texts(all[i:i+1])) {
					t.Errorf("got %q", got)
				}
			}
			var ids []wire.RecordID
			for _, rec := range all {
				ids = append(ids, rec.ID())
			}
			if err := r.Commit(nil, ids[:99]); err != nil {
				t.Fatal(err)
			}
			if got := search(t, r, "common"); !slices.Equal(got, texts(all[99:])) {
				t.Errorf("of one message left: %q", got)
			}
			if err := r.Commit(nil, ids[99:]); err != nil {
				t.Fatal(err)
			}
			if n := count(t, r, "part"); n != 0 {
				t.Errorf("%d parts of an empty room", n)
			}
			if n := count(t, r, "temp.vocabulary"); n != 0 {
				t.Errorf("%d words in the index of an empty room", n)
			}
		})
	}
}

func count(t *testing.T, r *Room, table string) (n int64) {
	t.Helper()
	if err := r.db.pool.alone(func(c *conn) error {
		err := c.Exec("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row)")
		if err == nil {
			n, err = c.number("SELECT count(*) FROM " + table)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// However many texts share a millisecond, all are stored and paged; those
// beyond a bound are not found, and in nobody's way.
func TestManyTextsAtOneMoment(t *testing.T) {
	r := openRoom(t, open(t, dbPath(t), Options{base: newDisk()}), testRoom)
	var all []*wire.Record
	for i := range maxSeats + 20 {
		all = append(all, message(bob, 7, fmt.Sprint("same moment ", i)))
	}
	put(t, r, all...)
	put(t, r, message(bob, 8, "same later"))
	if n := len(search(t, r, "same")); n != maxSeats+1 {
		t.Errorf("%d are found", n)
	}
	page, err := r.Page(Stored, "", 1000)
	if err != nil || len(page) != maxSeats+21 {
		t.Error(len(page), err)
	}
	for _, rec := range all { // whether found or not, it can go
		put(t, r, stub(rec))
	}
	if got := search(t, r, "same"); !slices.Equal(got, []string{"same later"}) {
		t.Errorf("got %q", got)
	}
}

func TestLongTexts(t *testing.T) {
	r := newRoom(t)
	long := message(bob, 1, strings.Repeat("word ", maxTerms-1)+"within beyond")
	put(t, r, long)
	if got := search(t, r, "within"); len(got) != 1 {
		t.Error("the last word within the bound is not found")
	}
	if got := search(t, r, "beyond"); len(got) != 0 {
		t.Error("a word beyond the bound is found")
	}
	got, err := r.Get(long.ID())
	if err != nil || !reflect.DeepEqual(got, long) {
		t.Error(err)
	}
	put(t, r, stub(long))
	if got := search(t, r, "word"); len(got) != 0 {
		t.Error("a dropped text is found")
	}
}

func TestEditsAreFoundButNotPaged(t *testing.T) {
	r := newRoom(t)
	put(t, r, message(bob, 1, "typo"), makeRecord(wire.RecordEdit, bob, 2, "no typo"))
	if got := search(t, r, "typo"); !slices.Equal(got, []string{"no typo", "typo"}) {
		t.Errorf("got %q", got)
	}
	page, err := r.Page(Stored, "", 10)
	if err != nil || !slices.Equal(textsOf(page), []string{"typo"}) {
		t.Errorf("got %q, %v", textsOf(page), err)
	}
}
