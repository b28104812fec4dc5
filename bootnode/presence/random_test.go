package presence

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Whatever happens to three to five nodes, they come to the truth once nothing
// more happens, and nobody is told of who is not there or away twice (see act).
func TestRandom(t *testing.T) {
	const rooms, sessions = 4, 12
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		w := newNet(t, 3+int(seed%3))
		w.rand = rnd
		w.latency = func(int, int) time.Duration { return time.Duration(1+rnd.IntN(60)) * time.Millisecond }
		w.start()
		isolated := map[int]bool{}
		losses := rnd.IntN(20) // percent
		quiet := false
		w.lost = func(from, to int) bool {
			return isolated[from] != isolated[to] || !quiet && rnd.IntN(100) < losses
		}
		for range 150 {
			n := w.nodes[rnd.IntN(len(w.nodes))]
			room, session := rnd.IntN(rooms), rnd.IntN(sessions)
			own := slices.ContainsFunc(n.own[subjectOf(room)], func(r wire.NodeRecord) bool { return r.Session == sessionOf(session) })
			switch k := rnd.IntN(40); {
			case k == 0:
				isolated[n.index] = !isolated[n.index]
			case k == 1 && n.up && !n.stopped:
				n.up = false
			case k == 2 && n.up:
				n.stopped = !n.stopped
			case !n.up && k < 10:
				n.start()
			case !n.up || n.stopped:
			case own && k < 20:
				n.leave(room, session)
			default:
				n.join(room, session, fmt.Sprint(rnd.Uint64()))
			}
			w.run(time.Duration(rnd.IntN(1500)) * time.Millisecond)
		}
		clear(isolated)
		quiet = true
		for _, n := range w.nodes {
			n.stopped = false
			if !n.up {
				n.start()
			}
			n.join(0, 100+n.index, "last")
		}
		// What was lost just before the end of the trouble is seen when the versions
		// are told; a last farewell that was lost, when the room was not heard of.
		w.run(partExpiry + 20*time.Second)
		if bad := w.wrong(rooms); len(bad) > 0 {
			t.Fatalf("seed %d: %d wrong, the first: %s", seed, len(bad), bad[0])
		}
	}
}

// An hour of coming and going leaves nothing behind.
func TestSoak(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	w := newNet(t, 3)
	w.start()
	here := make([]map[int]bool, 3)
	for i := range here {
		here[i] = map[int]bool{}
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early uint64
	turns := 600
	if testing.Short() {
		turns = 150 // a quarter of an hour, under the race detector
	}
	for turn := range turns {
		for range 2 {
			n := rnd.IntN(3)
			who := rnd.IntN(300)
			if room, session := who%40, n*1000+who; here[n][who] {
				w.nodes[n].leave(room, session)
			} else {
				w.nodes[n].join(room, session, fmt.Sprint(turn))
			}
			here[n][who] = !here[n][who]
		}
		w.nodes[0].news, w.nodes[1].news, w.nodes[2].news = nil, nil, nil
		w.run(6 * time.Second)
		if turn == 100 {
			early = heap()
		}
	}
	w.run(2 * time.Second)
	w.check(40)
	if late := heap(); late > early+early/2+1<<20 {
		t.Errorf("%d KB after ten minutes, %d KB after an hour", early>>10, late>>10)
	}
	for i, n := range w.nodes {
		for who, is := range here[i] {
			if is {
				n.leave(who%40, i*1000+who)
			}
		}
	}
	w.run(time.Second)
	for _, n := range w.nodes {
		c := n.core
		if s := c.Stats(); s.Members != 0 || s.Rooms != 0 || len(c.list) != 0 || len(c.due) != 0 || len(c.nodes) != 2 || len(c.resync) != 0 ||
			len(c.nodes[0].parts)+len(c.nodes[1].parts) != 0 || c.nodes[0].members+c.nodes[1].members != 0 {
			t.Errorf("something is left: %+v", s)
		}
	}
}

// enemy signs whatever it likes, as itself.
type enemy struct {
	*net
	key    ed25519.PrivateKey
	epoch  uint64
	number uint64
}

func newEnemy(w *net, seed byte) *enemy {
	s := make([]byte, 32)
	s[31] = seed
	return &enemy{net: w, key: ed25519.NewKeyFromSeed(s), epoch: 1}
}

func (e *enemy) id() crypto.NodeID { return crypto.NodeID(e.key.Public().(ed25519.PublicKey)) }

func (e *enemy) message(as crypto.NodeID, subject crypto.RoomSubject, t wire.NodeType, body []byte) []byte {
	e.number++
	m := wire.NodeMessage{Type: t, Node: as, Epoch: e.epoch, Number: e.number, Body: body}
	return m.Sign(subject, func(b []byte) [64]byte { return [64]byte(ed25519.Sign(e.key, b)) })
}

func (n *simNode) hear(subject crypto.RoomSubject, p []byte) {
	n.step(Event{Subject: subject, Message: p})
}

// A node speaks for itself alone, what was said once is not said again, and what
// a node makes others keep and do is bounded.
func TestHostile(t *testing.T) {
	usual := messagesOfNode
	defer func() { messagesOfNode = usual }()
	messagesOfNode = allowance{usual.perSecond / 10, usual.burst / 10}
	w := newNet(t, 2)
	w.nodes[0].limits = Limits{Nodes: 4, Members: 100, PerNode: 30, PerRoom: 20}
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	w.run(3 * time.Second)
	w.check(1)
	subject := subjectOf(0)
	records := func(n int) (rs []wire.NodeRecord) {
		for i := range n {
			rs = append(rs, wire.NodeRecord{Session: sessionOf(5000 + i), Since: 1})
		}
		return rs
	}
	drops := func(r DropReason) uint64 { return a.core.Stats().Drops[r] }

	e := newEnemy(w, 1)
	left := wire.Changes{From: 1, To: 1 << 60, Entries: []wire.NodeEntry{{Kind: wire.RosterLeft, NodeRecord: wire.NodeRecord{Session: sessionOf(2)}}}}
	e.epoch = uint64(w.now.UnixMilli()) + 1000
	a.hear(subject, e.message(b.id(), subject, wire.NodeChanges, left.Append(nil)))
	if drops(DropSeal) != 1 {
		t.Error("spoke for another")
	}
	a.hear(subject, e.message(e.id(), subjectOf(1), wire.NodeSnap, wire.Snap{Version: 1, Pages: 1}.Append(nil)))
	a.hear(subjectOf(1), e.message(e.id(), subjectOf(1), wire.NodeSnap, wire.Snap{Version: 1, Pages: 1}.Append(nil)))
	a.hear(subject, e.message(e.id(), subject, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	if drops(DropSeal) != 2 || drops(DropRoom) != 1 || drops(DropMalformed) != 1 {
		t.Errorf("%v", a.core.Stats().Drops)
	}

	// 1,200 members in one room and as many rooms: no more than there is room for, and a quarter is left to others.
	p := e.message(e.id(), subject, wire.NodeSnap, wire.Snap{Version: 1, Pages: 1, Records: records(1200)}.Append(nil))
	a.hear(subject, p)
	if s := a.core.Stats(); s.Members != 15 || s.Refused != 1186 {
		t.Errorf("%+v", s)
	}
	a.hear(subject, p)
	if drops(DropOld) != 1 {
		t.Error("said twice")
	}
	e.epoch--
	a.hear(subject, e.message(e.id(), subject, wire.NodeSnap, wire.Snap{Version: 2, Pages: 1}.Append(nil)))
	if drops(DropOld) != 2 || a.core.Stats().Members != 15 {
		t.Error("said in a former life")
	}
	for i := range 20 { // more nodes than there is room for
		x := newEnemy(w, byte(10+i))
		a.hear(crypto.RoomSubject{}, x.message(x.id(), crypto.RoomSubject{}, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	}
	if s := a.core.Stats(); s.Nodes != 4 || drops(DropNodes) != 18 {
		t.Errorf("%+v", s)
	}

	// A flood of questions: few answers, and the others are still heard.
	e.epoch++
	sent := a.core.Stats().Sent
	for range 3_000 {
		a.hear(subject, e.message(e.id(), subject, wire.NodeWho, wire.Who{Version: 1}.Append(nil)))
	}
	if n := a.core.Stats().Sent - sent; n > 10 {
		t.Errorf("%d answers", n)
	}
	if drops(DropRate) < 500 {
		t.Errorf("%v", a.core.Stats().Drops)
	}
	a.core.part(a.core.byID[e.id()], a.core.rooms[subject]) // it has filled the room; it falls silent
	w.run(13 * time.Second)
	b.join(0, 3, "c")
	w.run(time.Second)
	w.check(1)
	if list := a.core.Nodes(w.now); len(list) != 4 || list[0].State != Alive || list[1].State != Gone {
		t.Errorf("%+v", list)
	}
	x := newEnemy(w, 99) // those that are gone make room
	a.hear(crypto.RoomSubject{}, x.message(x.id(), crypto.RoomSubject{}, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	if _, ok := a.core.byID[x.id()]; !ok {
		t.Error("no room for a node though others are gone")
	}
	twin := &enemy{net: w, key: a.key, epoch: 1 << 60}
	a.hear(crypto.RoomSubject{}, twin.message(a.id(), crypto.RoomSubject{}, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	if drops(DropTwin) != 1 {
		t.Error("another with the same key goes unnoticed")
	}
}

// Nothing that a node may say makes another crash or keep what it should not.
func FuzzHear(f *testing.F) {
	record := wire.NodeRecord{Session: sessionOf(2), Since: 1, Announcement: []byte("x")}
	f.Add([]byte{1, 0}, wire.Beacon{Sent: 1}.Append(nil))
	f.Add([]byte{2, 1}, wire.Changes{To: 1, Entries: []wire.NodeEntry{{Kind: wire.RosterPresent, NodeRecord: record}}}.Append(nil))
	f.Add([]byte{3, 1}, wire.Who{Version: 1, Whole: true, Records: []wire.NodeRecord{record}}.Append(nil))
	f.Add([]byte{4, 1}, wire.Snap{Version: 2, Pages: 2, Records: []wire.NodeRecord{record}}.Append(nil))
	f.Add([]byte{5, 1}, wire.Digest{Version: 9}.Append(nil))
	f.Fuzz(func(t *testing.T, how, body []byte) {
		w := newNet(t, 1)
		w.start()
		a := w.nodes[0]
		a.join(0, 1, "a")
		e := newEnemy(w, 1)
		for _, h := range how[:min(len(how), 8)] {
			subject := subjectOf(0)
			kind := wire.NodeType(h % 6)
			if kind == wire.NodeBeacon {
				subject = crypto.RoomSubject{}
			}
			if p := e.message(e.id(), subject, kind, body); len(p) <= wire.MaxNodeMessage {
				a.hear(subject, p)
			}
			a.hear(subject, bytes.Clone(body))
			w.run(time.Duration(h) * 50 * time.Millisecond)
		}
		w.run(partExpiry + time.Minute)
		if s := a.core.Stats(); s.Members != 0 || s.Nodes != 0 || len(a.foreign[subjectOf(0)]) != 0 {
			t.Errorf("%+v after all is silent", s)
		}
	})
}
