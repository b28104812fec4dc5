package bench

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/profile"
	"gochat/internal/store"
	"gochat/internal/wire"
)

// A large room takes minutes to make, so that it can be kept:
//
//	go test -run '^$' -bench Start ./test/bench -messages 1000000 -keep DIR
var (
	messages = flag.Int("messages", defaultMessages, "messages in the large room")
	keep     = flag.String("keep", "", "an absolute folder to keep the large room's data directory in")
)

const defaultMessages = 20_000

// largeRoom is the name of the room in the data directory that largeData makes.
const largeRoom = "large"

// largeData is a data directory with a room of many messages, all of them shown.
func largeData(b *testing.B) string {
	b.Helper()
	return largeDataOf(b, *messages)
}

func largeDataOf(b *testing.B, n int) string { return largeRooms(b, n, 1) }

// largeRooms is a data directory with that many rooms of n messages each, called
// as roomName says.
func largeRooms(b *testing.B, n, rooms int) string {
	b.Helper()
	base := *keep
	if base == "" {
		base = b.TempDir()
	}
	dir := filepath.Join(base, fmt.Sprintf("data-%d", n))
	if rooms > 1 {
		dir += fmt.Sprintf("x%d", rooms)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	begin := time.Now()
	making := dir + ".making"
	if err := os.RemoveAll(making); err != nil {
		b.Fatal(err)
	}
	if err := fill(making, n, rooms); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(making, dir); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d messages made in %v", n, time.Since(begin).Round(time.Second))
	return dir
}

// roomName is the name of the i-th of several large rooms: no letter of it is in
// the same place in another's, so that a terminal is sent all of it anew.
func roomName(i, rooms int) string {
	if rooms == 1 {
		return largeRoom
	}
	return strings.Repeat(string(rune('a'+i)), 8)
}

// fill makes a data directory with messages of the last 80 days in each room.
func fill(dir string, n, rooms int) error {
	p, _, err := profile.Open(dir, true, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{Self: p.Identity().Public()})
	if err != nil {
		return err
	}
	for i := range rooms {
		name := roomName(i, rooms)
		e0 := crypto.DeriveEpoch0(name, "")
		err := p.PutRoomKey(name, "", e0)
		if err = errors.Join(err, fillRoom(db, crypto.NewRoomKeys(e0).ID, n)); err != nil {
			return err
		}
	}
	return db.Close()
}

func fillRoom(db *store.DB, id crypto.RoomID, n int) error {
	r, err := db.Room(id)
	if err != nil {
		return err
	}
	talk := newTalk(id, time.Now().Add(-80*24*time.Hour), 80*24*time.Hour/time.Duration(n))
	for done := 0; done < n; done += batch {
		if err := r.Commit(talk.next(min(batch, n-done)), nil); err != nil {
			return err
		}
	}
	for more := true; more; {
		var ids []wire.RecordID
		list, err := r.Unshown(4096)
		for _, u := range list {
			ids = append(ids, u.ID)
		}
		if err = errors.Join(err, r.MarkShown(ids...)); err != nil {
			return err
		}
		more = len(list) > 0
	}
	return nil
}

// batch is how many records are stored in one step.
const batch = 2048

// talk writes a room's messages: those of fifty members, each citing the one before
// it in its chain and in the room; one in twenty is a reaction.
type talk struct {
	room  crypto.RoomID
	rng   *rand.Rand
	zipf  *rand.Zipf
	words []string
	at    time.Time
	step  time.Duration
	n     int

	authors [50]author
	ids     []wire.RecordID // the latest
}

type author struct {
	id   *crypto.Identity
	seq  uint64
	last wire.RecordID
}

func newTalk(room crypto.RoomID, from time.Time, step time.Duration) *talk {
	t := &talk{room: room, rng: rand.New(rand.NewPCG(1, 2)), at: from, step: step}
	for i := range t.authors {
		t.authors[i].id, _ = crypto.NewIdentity()
	}
	for range 50_000 {
		w := make([]byte, 2+t.rng.IntN(9))
		for i := range w {
			w[i] = "etaoinshrdlucmfwypvbgkjqxz"[min(t.rng.IntN(26), t.rng.IntN(26))]
		}
		t.words = append(t.words, string(w))
	}
	t.zipf = rand.NewZipf(t.rng, 1.1, 4, uint64(len(t.words)-1))
	return t
}

func (t *talk) next(n int) (list []*wire.Record) {
	for range n {
		list = append(list, t.record())
	}
	return list
}

func (t *talk) record() *wire.Record {
	i := t.rng.IntN(len(t.authors))
	a := &t.authors[i]
	t.at = t.at.Add(t.step)
	a.seq++
	r := &wire.Record{Type: wire.RecordText, Chain: 1, Seq: a.seq, Prev: a.last, Clk: wire.Clk(t.at.UnixMilli())}
	if n := len(t.ids); n > 0 && t.ids[n-1] != a.last {
		r.Parents = []wire.RecordID{t.ids[n-1]}
	}
	field := wire.Field{Type: wire.FieldText, Value: []byte(t.text())}
	if t.n++; t.n%20 == 0 {
		r.Type, r.Target = wire.RecordReact, t.ids[len(t.ids)-10]
		field = wire.Field{Type: wire.FieldEmoji, Value: []byte("👍")}
	}
	var salt [16]byte
	salt[0], salt[1], salt[2] = byte(t.n), byte(t.n>>8), byte(t.n>>16)
	r.SetBody(salt, wire.AppendFields(nil, field))
	r.Sign(a.id, t.room)
	a.last = r.ID()
	t.ids = append(t.ids, a.last)
	t.ids = t.ids[max(0, len(t.ids)-32):]
	return r
}

func (t *talk) text() string {
	words := make([]string, 3+t.rng.IntN(10))
	for i := range words {
		words[i] = t.words[t.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}
