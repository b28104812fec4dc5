package large

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	span  = 80 * 24 * time.Hour // in which a room was written
	reach = 32                  // so many of the latest records are cited
)

// numbered messages at the end of a room say what they are.
const numbered = 100

// Last is the text of a room's i-th last message; 1 is the last one. There are a
// hundred such.
func Last(room string, i int) string { return fmt.Sprintf("%s, %d from the end", room, i) }

// talk writes a room's messages: those of fifty members, each citing the one before
// it in its chain and in the room; behind each twentieth is a reaction.
type talk struct {
	name  string
	room  crypto.RoomID
	rng   *rand.Rand
	zipf  *rand.Zipf
	words []string
	at    time.Time
	step  time.Duration
	left  int // messages to be written

	n       int // records written
	authors [50]author
	ids     []wire.RecordID // the latest
}

type author struct {
	id   *crypto.Identity
	seq  uint64
	last wire.RecordID
}

func newTalk(name string, room crypto.RoomID, count int) *talk {
	t := &talk{name: name, room: room, left: count, rng: rand.New(rand.NewPCG(1, 2)), at: time.Now().Add(-span), step: span / time.Duration(count+count/20+1)}
	for i := range t.authors {
		t.authors[i].id = crypto.IdentityFromSeed(sha256.Sum256(fmt.Append(nil, name, i)))
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

// next writes the next n records, or what is left.
func (t *talk) next(n int) (list []*wire.Record) {
	for len(list) < n && t.left > 0 {
		list = append(list, t.message())
		if t.left--; t.left%20 == 0 {
			list = append(list, t.reaction())
		}
	}
	return list
}

func (t *talk) message() *wire.Record {
	text := Last(t.name, t.left)
	if t.left > numbered {
		text = t.text()
	}
	return t.record(&wire.Record{Type: wire.RecordText}, wire.Field{Type: wire.FieldText, Value: []byte(text)})
}

func (t *talk) reaction() *wire.Record {
	target := t.ids[max(0, len(t.ids)-10)]
	return t.record(&wire.Record{Type: wire.RecordReact, Target: target}, wire.Field{Type: wire.FieldEmoji, Value: []byte("👍")})
}

// record puts a record at the end of somebody's chain and of the room.
func (t *talk) record(r *wire.Record, body wire.Field) *wire.Record {
	a := &t.authors[t.rng.IntN(len(t.authors))]
	t.at = t.at.Add(t.step)
	a.seq++
	r.Chain, r.Seq, r.Prev, r.Clk = 1, a.seq, a.last, wire.Clk(t.at.UnixMilli())
	if n := len(t.ids); n > 0 && t.ids[n-1] != a.last {
		r.Parents = []wire.RecordID{t.ids[n-1]}
	}
	var salt [16]byte
	binary.LittleEndian.PutUint64(salt[:], uint64(t.n))
	t.n++
	r.SetBody(salt, wire.AppendFields(nil, body))
	r.Sign(a.id, t.room)
	a.last = r.ID()
	t.ids = append(t.ids, a.last)
	t.ids = t.ids[max(0, len(t.ids)-reach):]
	return r
}

func (t *talk) text() string {
	words := make([]string, 3+t.rng.IntN(10))
	for i := range words {
		words[i] = t.words[t.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}
