package store

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// member is one engine over one database.
type member struct {
	t      *testing.T
	sim    *village
	index  int
	id     *crypto.Identity
	path   string
	db     *DB
	room   *Room
	engine *room.Engine
	shown  map[wire.RecordID]int
}

// village is members in one room whose links carry frames in order, at once.
type village struct {
	now     time.Time
	members []*member
	queue   []func()
	cut     map[int]bool // members who are alone
}

func (v *village) run(d time.Duration) {
	for end := v.now.Add(d); v.now.Before(end); v.now = v.now.Add(50 * time.Millisecond) {
		for _, m := range v.members {
			m.step(room.Timer{})
		}
		for len(v.queue) > 0 {
			next := v.queue[0]
			v.queue = v.queue[1:]
			next()
		}
	}
}

// link is the number of the link between two members, on both sides.
func link(a, b int) room.LinkID { return room.LinkID(1 + min(a, b)*10 + max(a, b)) }

func (v *village) connect(a, b *member) {
	for _, side := range [][2]*member{{a, b}, {b, a}} {
		side[0].step(room.LinkUp{Link: link(a.index, b.index), Peer: side[1].id.Public(), Key: [16]byte{byte(link(a.index, b.index))}})
	}
}

func (v *village) disconnect(a, b *member) {
	for _, m := range []*member{a, b} {
		m.step(room.LinkDown{Link: link(a.index, b.index)})
	}
}

func (v *village) join(t *testing.T, path string) *member {
	m := &member{t: t, sim: v, index: len(v.members), path: path, shown: map[wire.RecordID]int{}}
	m.id = crypto.IdentityFromSeed([32]byte{byte(m.index + 1)})
	v.members = append(v.members, m)
	m.start()
	return m
}

// start opens the database and goes on from what it has.
func (m *member) start() {
	var err error
	m.db, err = Open(m.path, Options{Self: m.id.Public(), base: newDisk()})
	if err == nil {
		m.room, err = m.db.Room(testRoom)
	}
	if err == nil {
		m.engine, err = room.New(room.Config{
			Room: testRoom, Self: m.id, Store: m.room, Chain: 1, Rand: rand.New(rand.NewPCG(uint64(m.index), 1)),
		}, m.sim.now)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) step(ev room.Event) {
	for _, a := range m.engine.Step(m.sim.now, ev) {
		switch a := a.(type) {
		case room.Commit:
			err := m.room.Commit(a.Put, a.Delete)
			m.sim.queue = append(m.sim.queue, func() { m.step(room.Committed{Batch: a.Batch, Err: err}) })
		case room.Send:
			for _, to := range m.sim.members {
				if to != m && link(m.index, to.index) == a.Link && !m.sim.cut[m.index] && !m.sim.cut[to.index] {
					_, n := binary.Uvarint(a.Frame)
					frame := append([]byte(nil), a.Frame[n:]...)
					m.sim.queue = append(m.sim.queue, func() { to.step(room.Frame{Link: a.Link, Data: frame}) })
				}
			}
		case room.Deliver:
			m.shown[a.ID]++
			if err := m.room.MarkShown(a.ID); err != nil {
				m.t.Fatal(err)
			}
		case room.Delivered:
			if a.Peer != (crypto.PublicKey{}) {
				if err := m.room.SetReached(a.ID, a.Peer); err != nil {
					m.t.Fatal(err)
				}
			}
		case room.StoreFailed:
			m.t.Fatal(a.Err)
		}
	}
}

func (m *member) say(text string) {
	m.step(room.Append{Type: wire.RecordText, Fields: []wire.Field{{Type: wire.FieldText, Value: []byte(text)}}})
}

// note writes a record about another.
func (m *member) note(typ wire.RecordType, target wire.RecordID, field wire.FieldType, value string) {
	var fields []wire.Field
	if field != 0 {
		fields = append(fields, wire.Field{Type: field, Value: []byte(value)})
	}
	m.step(room.Append{Type: typ, Target: target, Fields: fields})
}

// Three engines over three databases come to the same room, through a
// partition and a restart, and the databases say the same as the engines.
func TestEnginesOverDatabases(t *testing.T) {
	v := &village{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), cut: map[int]bool{}}
	dir := t.TempDir()
	for i := range 3 {
		v.join(t, filepath.Join(dir, fmt.Sprint(i, ".db")))
	}
	a, b, c := v.members[0], v.members[1], v.members[2]
	for _, pair := range [][2]*member{{a, b}, {b, c}, {a, c}} {
		v.connect(pair[0], pair[1])
	}
	talk := func(from int) {
		for i := range 10 {
			for _, m := range v.members {
				m.say(fmt.Sprint("message ", from+i, " of member ", m.index))
				v.run(100 * time.Millisecond)
			}
		}
	}
	talk(0)
	v.cut[2] = true
	v.disconnect(b, c)
	v.disconnect(a, c)
	talk(10)
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	v.disconnect(a, b)
	b.start()
	v.cut[2] = false
	v.connect(a, b)
	v.connect(b, c)
	v.connect(a, c)
	talk(20)
	words := a.engine.History(90)
	own := func(n int) room.Message { // a message of member 1
		return words[slices.IndexFunc(words, func(m room.Message) bool {
			return m.Record.Author == b.id.Public() && strings.HasPrefix(string(m.Text), fmt.Sprint("message ", n, " "))
		})]
	}
	b.note(wire.RecordEdit, own(3).ID, wire.FieldText, "message 3, as it should have been, of member 1")
	b.note(wire.RecordDelete, own(4).ID, 0, "")
	a.note(wire.RecordReact, own(3).ID, wire.FieldEmoji, "👍")
	c.note(wire.RecordReact, own(5).ID, wire.FieldEmoji, "🎉")
	v.run(30 * time.Second)

	for _, m := range v.members {
		if n, digest := m.engine.Transcript(); n != 94 {
			t.Errorf("member %d has %d records, %x", m.index, n, digest)
		}
		if got, want := scan(t, m.room), scan(t, a.room); !reflect.DeepEqual(got, want) {
			t.Errorf("member %d has another room than member 0", m.index)
		}
		history := m.engine.History(90)
		page, err := m.room.Page(Shown, "", 90)
		if err != nil || len(page) != 90 {
			t.Fatal(len(page), err)
		}
		for i := range history {
			history[i].Late, history[i].Gap = false, false
		}
		if !reflect.DeepEqual(page, history) {
			t.Errorf("member %d: the page is not the engine's history", m.index)
		}
		var deleted, edited, reactions int
		for _, x := range page {
			if x.Content == room.Deleted {
				deleted++
			}
			if !x.Edited.IsZero() {
				edited++
			}
			reactions += len(x.Reactions)
		}
		if deleted != 1 || edited != 1 || reactions != 2 {
			t.Errorf("member %d: %d deleted, %d edited, %d reactions", m.index, deleted, edited, reactions)
		}
		for id, n := range m.shown {
			if n != 1 {
				t.Errorf("member %d showed %s %d times", m.index, id, n)
			}
		}
		if found, err := m.room.Search(`"of member 1"`, "", 100); len(found) != 30 || err != nil { // one edit, one deleted
			t.Errorf("member %d finds %d, %v", m.index, len(found), err)
		}
		if rest, err := m.room.Unshown(10); len(m.shown) != 94 || len(rest) != 0 || err != nil {
			t.Errorf("member %d showed %d, %d are left, %v", m.index, len(m.shown), len(rest), err)
		}
	}
	for _, m := range v.members {
		if err := m.db.Close(); err != nil {
			t.Error(err)
		}
	}
}
