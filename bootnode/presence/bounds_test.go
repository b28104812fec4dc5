package presence

import (
	"encoding/binary"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// crowd makes records of sessions that nobody has.
func crowd(from, n int) (rs []wire.NodeRecord) {
	for i := range n {
		r := wire.NodeRecord{Since: 1}
		binary.BigEndian.PutUint64(r.Session[:], uint64(from+i)<<24)
		rs = append(rs, r)
	}
	return rs
}

// A SNAP with pages without end leaves nothing of those it has no place for.
func TestEndlessSnap(t *testing.T) {
	w := newNet(t, 1)
	a := w.nodes[0]
	a.limits = Limits{PerRoom: 10}
	w.start()
	a.join(0, 1, "a")
	e, subject := newEnemy(w, 1), subjectOf(0)
	a.hear(subject, e.message(e.id(), subject, wire.NodeSnap, wire.Snap{Version: 1, Pages: 65535}.Append(nil)))
	if s := a.core.Stats(); s.Drops[DropMalformed] != 1 {
		t.Errorf("%+v", s)
	}
	for page := range 20 {
		f := wire.Snap{Version: 1, Page: uint16(page), Pages: 26, Records: crowd(1000*page, 1000)}
		a.hear(subject, e.message(e.id(), subject, wire.NodeSnap, f.Append(nil)))
	}
	p := a.core.rooms[subject].parts[0]
	if s := a.core.Stats(); len(p.claims) != 10 || p.snapNext != 20 || s.Refused != 20_000-10 {
		t.Errorf("%d claims, page %d, %+v", len(p.claims), p.snapNext, s)
	}
	w.run(time.Second)
}

// Forgers who write this node's name, a stranger's or a known node's on their
// messages leave the others theirs.
func TestForgersLeaveOthersTheirs(t *testing.T) {
	w := newNet(t, 3)
	w.start()
	for i, n := range w.nodes {
		n.join(0, 1+i, "x")
	}
	w.run(5 * time.Second)
	a, b, c := w.nodes[0], w.nodes[1], w.nodes[2]
	usual := checksOfAll
	defer func() { checksOfAll = usual }()
	checksOfAll = allowance{1, 10}
	e, none := newEnemy(w, 1), crypto.RoomSubject{}
	e.epoch = uint64(w.now.UnixMilli()) + 1<<40
	body := wire.Beacon{}.Append(nil)
	flood := func(as crypto.NodeID) {
		p := e.message(as, none, wire.NodeBeacon, body)
		for range 5 * checksOfStrangers.burst {
			a.hear(none, p)
		}
	}
	flood(a.id())
	if s := a.core.Stats(); s.Drops[DropSeal] > uint64(checksOfStrangers.burst)+1 || s.Drops[DropRate] == 0 || s.Drops[DropTwin] != 0 {
		t.Errorf("in this node's own name: %v", s.Drops)
	}
	flood(newEnemy(w, 2).id())
	flood(b.id())
	c.join(0, 9, "late")
	w.run(time.Second)
	if _, there := a.foreign[subjectOf(0)][sessionOf(9)]; !there {
		t.Error("who joined at a third node is not heard of")
	}
}

// A former life is not another node with the same key.
func TestTwinIsLater(t *testing.T) {
	w := newNet(t, 1)
	w.start()
	a, none := w.nodes[0], crypto.RoomSubject{}
	twin := &enemy{net: w, key: a.key, epoch: 5}
	a.hear(none, twin.message(a.id(), none, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	if d := a.core.Stats().Drops; d[DropTwin] != 0 || d[DropOld] != 1 {
		t.Errorf("a message of a former life: %v", d)
	}
	twin.epoch = 1 << 60
	a.hear(none, twin.message(a.id(), none, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	if d := a.core.Stats().Drops; d[DropTwin] != 1 {
		t.Errorf("another with the same key: %v", d)
	}
}

// A registration that is said to come in the far future wins against nobody.
func TestSinceOfTheFuture(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	w.run(3 * time.Second)
	e, subject := newEnemy(w, 1), subjectOf(0)
	r := wire.NodeRecord{Session: sessionOf(2), Since: 1<<64 - 1, Announcement: []byte("stolen")}
	a.hear(subject, e.message(e.id(), subject, wire.NodeSnap, wire.Snap{Version: 1, Pages: 1, Records: []wire.NodeRecord{r}}.Append(nil)))
	if got := a.foreign[subject][sessionOf(2)]; got != "b" {
		t.Errorf("%q counts", got)
	}
	w.check(1)
}

// One node fills a room that it has to itself; others get their shares of it.
func TestHostileCrowdLeavesPlace(t *testing.T) {
	w := newNet(t, 4)
	for _, n := range w.nodes {
		n.limits = Limits{PerRoom: 100}
	}
	w.start()
	a, subject := w.nodes[0], subjectOf(0)
	a.join(0, 1, "a")
	w.run(3 * time.Second)
	e := newEnemy(w, 1)
	flood := func(version uint64) {
		f := wire.Snap{Version: version, Pages: 1, Records: crowd(0, 200)}
		a.hear(subject, e.message(e.id(), subject, wire.NodeSnap, f.Append(nil)))
	}
	flood(1)
	if s := a.core.Stats(); s.Members != 100 {
		t.Errorf("alone it has %d places", s.Members)
	}
	for i := range 75 {
		w.nodes[1+i%3].join(0, 100+i, "honest")
		w.run(100 * time.Millisecond)
		flood(uint64(2 + i))
	}
	w.run(2 * time.Second)
	for i := range 75 {
		if _, there := a.foreign[subject][sessionOf(100+i)]; !there {
			t.Errorf("member %d was kept out", i)
		}
	}
	if s := a.core.Stats(); s.Members > 100 || s.Members < 90 {
		t.Errorf("%+v", s)
	}
}

// The same for all places together.
func TestHostileCrowdOfManyRooms(t *testing.T) {
	w := newNet(t, 2)
	w.nodes[0].limits = Limits{Members: 40}
	w.start()
	a := w.nodes[0]
	e := newEnemy(w, 1)
	for room := range 10 {
		a.join(room, 1, "a")
		s := subjectOf(room)
		a.hear(s, e.message(e.id(), s, wire.NodeSnap, wire.Snap{Version: 1, Pages: 1, Records: crowd(0, 10)}.Append(nil)))
	}
	for room := range 10 {
		w.nodes[1].join(room, 2, "honest")
	}
	w.run(5 * time.Second)
	for room := range 10 {
		if _, there := a.foreign[subjectOf(room)][sessionOf(2)]; !there {
			t.Errorf("room %d: kept out", room)
		}
	}
	if s := a.core.Stats(); s.Members > 40 {
		t.Errorf("%+v", s)
	}
}

// Keys that were never heard come one after the other: every room has its turn to
// be asked about, and not all the keys are taken.
func TestNewKeysLeaveRoomsTheirTurn(t *testing.T) {
	w := newNet(t, 1)
	w.start()
	a, none := w.nodes[0], crypto.RoomSubject{}
	const rooms = 500
	for room := range rooms {
		a.join(room, 1, "a")
	}
	w.run(30 * time.Second)
	begin := a.core.now
	for i := range 40 {
		e := newEnemy(w, byte(i))
		a.hear(none, e.message(e.id(), none, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
		w.run(25 * time.Millisecond)
	}
	for i, r := range a.core.list {
		if r.askedLast <= begin {
			t.Fatalf("room %d was not asked about", i)
		}
	}
	if n := len(a.core.resync); n > rooms {
		t.Errorf("%d rooms wait", n)
	}
	usual := newNodes
	defer func() { newNodes = usual }()
	newNodes = allowance{1, 3}
	a.core.newcomers = 0
	w.run(time.Minute)
	for i := range 20 {
		e := newEnemy(w, byte(100+i))
		a.hear(none, e.message(e.id(), none, wire.NodeBeacon, wire.Beacon{}.Append(nil)))
	}
	if d := a.core.Stats().Drops[DropNodes]; d != 17 {
		t.Errorf("%d of 20 new nodes refused", d)
	}
}

// Many who ask about one room get no more of it than few.
func TestAnswersHaveATotal(t *testing.T) {
	usualRoom, usualAll := answersOfRoom, answersToAll
	defer func() { answersOfRoom, answersToAll = usualRoom, usualAll }()
	for _, room := range []bool{true, false} {
		answersOfRoom, answersToAll = usualRoom, usualAll
		if room {
			answersOfRoom = allowance{1, 20}
		} else {
			answersToAll = allowance{1, 20}
		}
		w := newNet(t, 1)
		w.start()
		a, subject := w.nodes[0], subjectOf(0)
		for i := range 9 {
			a.join(0, i, "a")
		}
		w.run(2 * time.Second)
		sent := a.core.Stats().Sent
		for i := range 50 {
			e := newEnemy(w, byte(i))
			a.hear(subject, e.message(e.id(), subject, wire.NodeWho, wire.Who{Version: 1}.Append(nil)))
			w.now = w.now.Add(snapGap)
		}
		if n := a.core.Stats().Sent - sent; n > 20 { // a few answers, and beacons
			t.Errorf("one room %v: %d answers to 50 who ask", room, n)
		}
		if d := a.core.Stats().Drops[DropRate]; d < 40 {
			t.Errorf("%d refused", d)
		}
	}
}

// Who writes a node's name on four times as many messages as can be checked does
// not make it vanish; when the node has really gone, it is missed a minute later at
// most, whatever is still said in its name.
func TestDrownedNodeIsNotGone(t *testing.T) {
	usualNode, usualAll := checksOfNode, checksOfAll
	defer func() { checksOfNode, checksOfAll = usualNode, usualAll }()
	checksOfNode, checksOfAll = allowance{4, 20}, allowance{46, 50}
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	w.run(5 * time.Second)
	w.check(1)
	e, none := newEnemy(w, 1), crypto.RoomSubject{}
	e.epoch = uint64(w.now.UnixMilli()) + 1<<40
	p := e.message(b.id(), none, wire.NodeBeacon, wire.Beacon{}.Append(nil))
	flood := func(d time.Duration) {
		for end := w.now.Add(d); w.now.Before(end); w.run(time.Duration(9+w.rand.IntN(3)) * time.Millisecond / 2) {
			a.hear(none, p)
		}
	}
	flood(3 * time.Minute)
	if n := a.core.Stats(); n.Gone != 0 || n.Drops[DropRate] < 10_000 {
		t.Errorf("%+v", n)
	}
	w.check(1)
	b.up = false
	flood(drownedAfter + time.Second)
	if list := a.core.Nodes(w.now); list[0].State != Gone {
		t.Errorf("%+v", list)
	}
}
