package rendezvous

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// fakeMail is the mailbox of a fakeBoot: it keeps all there is, over restarts.
type fakeMail struct {
	off, full  bool
	opening    bool // who asks what there is, is told to come later
	unadmitted bool // it takes no new box
	busy       int  // so many puts are told to come later
	next       uint64
	boxes      map[crypto.BoxID][]fakeMailItem
	parts      map[postOf]map[uint16][]byte
}

type fakeMailItem struct {
	seq    uint64
	object []byte
}

type postOf struct {
	session  crypto.SessionID
	transfer uint32
}

func newFakeMail() *fakeMail {
	return &fakeMail{boxes: map[crypto.BoxID][]fakeMailItem{}, parts: map[postOf]map[uint16][]byte{}}
}

func (m *fakeMail) frame(b *fakeBoot, s *bootSession, from netip.AddrPort, kind wire.RendezvousType, body []byte) {
	switch kind {
	case wire.TypeBoxPut:
		f, err := wire.ParseBoxPut(body)
		if err != nil {
			panic(err)
		}
		ack := wire.BoxPutAck{Transfer: f.Transfer, Part: f.Part, Status: m.put(s.id, &f), Keep: time.Hour}
		b.seal(from, s, wire.TypeBoxPutAck, ack.Append(nil))
	case wire.TypeBoxGet:
		f, err := wire.ParseBoxGet(body)
		if err != nil {
			panic(err)
		}
		page := wire.BoxPage{Request: f.Request, Keep: time.Hour}
		switch {
		case m.off:
			page = wire.BoxPage{Request: f.Request, Status: wire.BoxOff}
		case m.unadmitted:
			page.Status = wire.BoxUnknown
		case m.opening:
			page = wire.BoxPage{Request: f.Request, Status: wire.BoxBusy}
		default:
			id := f.Secret.ID()
			m.boxes[id] = slices.DeleteFunc(m.boxes[id], func(x fakeMailItem) bool { return slices.Contains(f.Done, x.seq) })
			for _, x := range m.boxes[id] {
				switch {
				case x.seq <= f.After:
				case len(page.Entries) < 3:
					page.Entries = append(page.Entries, wire.BoxEntry{Seq: x.seq, Size: uint32(len(x.object))})
				default:
					page.Left++
				}
			}
		}
		b.seal(from, s, wire.TypeBoxPage, page.Append(nil))
	case wire.TypeBoxFetch:
		f, err := wire.ParseBoxFetch(body)
		if err != nil {
			panic(err)
		}
		item := wire.BoxItem{Seq: f.Seq}
		for _, x := range m.boxes[f.Secret.ID()] {
			if data := wire.BoxPartOf(x.object, int(f.Part)); x.seq == f.Seq && data != nil {
				item = wire.BoxItem{Seq: f.Seq, Size: uint32(len(x.object)), Part: f.Part, Data: data}
			}
		}
		b.seal(from, s, wire.TypeBoxItem, item.Append(nil))
	}
}

func (m *fakeMail) put(id crypto.SessionID, f *wire.BoxPut) wire.BoxStatus {
	k := postOf{id, f.Transfer}
	switch {
	case m.off:
		return wire.BoxOff
	case m.full:
		return wire.BoxFull
	case m.busy > 0:
		m.busy--
		return wire.BoxBusy
	}
	if m.parts[k] == nil {
		m.parts[k] = map[uint16][]byte{}
	}
	m.parts[k][f.Part] = bytes.Clone(f.Data)
	if len(m.parts[k]) < wire.BoxParts(int(f.Size)) {
		return wire.BoxPartial
	}
	var object []byte
	for i := range len(m.parts[k]) {
		object = append(object, m.parts[k][uint16(i)]...)
	}
	if crypto.NewBoxItemID(object) != f.Item {
		panic("put together wrong")
	}
	if slices.ContainsFunc(m.boxes[f.Box], func(x fakeMailItem) bool { return bytes.Equal(x.object, object) }) {
		return wire.BoxDuplicate
	}
	m.next++
	m.boxes[f.Box] = append(m.boxes[f.Box], fakeMailItem{m.next, object})
	return wire.BoxOK
}

func objectOf(i, n int) []byte { return bytes.Repeat([]byte{byte(i)}, n) }

// collected are the objects a node got in one round, which it says it has taken.
func (w *world) takeAll(n *node) (got [][]byte) {
	for _, a := range slices.Clone(n.seen) {
		if c, ok := a.(Collected); ok {
			got = append(got, c.Object)
			w.step(n, Taken{c.Round, []uint64{c.Seq}})
		}
	}
	return got
}

// What was put for somebody away comes out once, in order, whatever is lost,
// and the box is empty then.
func TestBoxCarries(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld(t, seed)
		w.boot.mail = newFakeMail()
		w.drop = func(int, bool, []byte) bool { return w.rng.Float64() < 0.05*float64(seed) }
		w.boot.mail.busy = int(seed)
		secret := crypto.BoxSecret{7}
		alice := w.add()
		var want [][]byte
		for i := range 10 {
			o := objectOf(i, 512<<(i%3)+i*700)
			if i == 5 {
				o = objectOf(i, wire.MaxBoxObject)
			}
			want = append(want, o)
			w.step(alice, Deposit{Ref: uint64(i), Box: secret.ID(), Object: o})
		}
		w.run(2 * time.Minute)
		if got := count[Deposited](alice); got != len(want) {
			t.Fatalf("seed %d: %d of %d deposited", seed, got, len(want))
		}
		if last[Mailbox](alice) != (Mailbox{true, time.Hour}) {
			t.Errorf("seed %d: %+v", seed, last[Mailbox](alice))
		}
		w.leave(alice)
		order := w.boot.mail.boxes[secret.ID()]

		bob := w.add()
		w.step(bob, Collect{secret})
		w.run(3 * time.Minute)
		got := w.takeAll(bob)
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d of %d came out", seed, len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], order[i].object) {
				t.Fatalf("seed %d: item %d is another", seed, i)
			}
		}
		w.run(3 * time.Minute)
		if left := len(w.boot.mail.boxes[secret.ID()]); left != 0 {
			t.Errorf("seed %d: %d left in the box", seed, left)
		}
		if again := count[Collected](bob); again != len(want) {
			t.Errorf("seed %d: %d came out, some twice", seed, again)
		}
	}
}

// A registration that is lost in the middle changes nothing.
func TestBoxOverARestart(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.mail = newFakeMail()
	secret := crypto.BoxSecret{7}
	alice := w.add()
	w.run(time.Second)
	w.step(alice, Deposit{Ref: 1, Box: secret.ID(), Object: objectOf(1, 50_000)})
	w.run(100 * time.Millisecond)
	w.boot.restart()
	w.boot.mail.parts = map[postOf]map[uint16][]byte{}
	w.run(30 * time.Second)
	if got := last[Deposited](alice); got != (Deposited{1, wire.BoxOK, time.Hour}) {
		t.Fatalf("%+v", got)
	}
	bob := w.add()
	w.step(bob, Collect{secret})
	w.run(500 * time.Millisecond)
	w.boot.restart()
	w.run(30 * time.Second)
	first := last[Collected](bob)
	if len(first.Object) != 50_000 {
		t.Fatalf("%d bytes", len(first.Object))
	}
	w.step(bob, Taken{first.Round - 1, []uint64{first.Seq}}) // of an earlier round: not this item
	w.run(time.Minute)
	if len(w.boot.mail.boxes[secret.ID()]) != 1 {
		t.Fatal("deleted by the number it had before")
	}
	w.step(bob, Taken{first.Round, []uint64{first.Seq}})
	w.run(time.Second)
	if len(w.boot.mail.boxes[secret.ID()]) != 0 {
		t.Error("not deleted")
	}
}

// A mailbox that takes no new box of us says so once, and takes what we leave for others.
func TestNoBox(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.mail = newFakeMail()
	w.boot.mail.unadmitted = true
	n := w.add()
	w.step(n, Collect{crypto.BoxSecret{1}})
	w.step(n, Deposit{Ref: 1, Box: crypto.BoxID{1}, Object: objectOf(1, 600)})
	w.run(time.Hour)
	if told := count[NoBox](n); told != 1 || !last[Mailbox](n).On || last[Deposited](n).Status != wire.BoxOK {
		t.Errorf("told %d times, %+v, %+v", told, last[Mailbox](n), last[Deposited](n))
	}
	if asked := len(n.times(wire.TypeBoxGet)); asked < 2 {
		t.Errorf("asked %d times in an hour", asked)
	}
}

func TestBoxOffAndFull(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.mail = newFakeMail()
	w.boot.mail.off = true
	n := w.add()
	w.step(n, Collect{crypto.BoxSecret{1}})
	w.step(n, Deposit{Ref: 1, Box: crypto.BoxID{1}, Object: objectOf(1, 600)})
	w.run(time.Second)
	if got := last[Deposited](n); got.Status != wire.BoxOff {
		t.Errorf("%+v", got)
	}
	w.run(10 * time.Minute)
	if got := len(n.times(wire.TypeBoxGet)); got != 1 {
		t.Errorf("asked %d times where there is no mailbox", got)
	}
	w.step(n, Deposit{Ref: 2, Box: crypto.BoxID{1}, Object: objectOf(1, 600)})
	w.step(n, Deposit{Ref: 3, Box: crypto.BoxID{1}})
	if got := last[Deposited](n); got != (Deposited{3, wire.BoxTooLarge, 0}) || count[Deposited](n) != 3 {
		t.Errorf("%+v", got)
	}
	// It is asked again, though rarely.
	w.run(time.Hour)
	if got := len(n.times(wire.TypeBoxGet)); got < 2 || got > 4 {
		t.Errorf("asked %d times in an hour", got)
	}
	// A bootnode that is set up anew may have one.
	w.boot.mail.off, w.boot.mail.full = false, true
	w.boot.restart()
	w.run(time.Minute)
	if got := last[Mailbox](n); !got.On {
		t.Errorf("%+v", got)
	}
	w.step(n, Deposit{Ref: 4, Box: crypto.BoxID{1}, Object: objectOf(1, 600)})
	w.run(time.Second)
	if got := last[Deposited](n); got.Status != wire.BoxFull {
		t.Errorf("%+v", got)
	}
	// Of a full box nothing is repeated.
	before := len(n.times(wire.TypeBoxPut))
	w.run(time.Minute)
	if got := len(n.times(wire.TypeBoxPut)); got != before {
		t.Errorf("%d puts more", got-before)
	}
}

// A mailbox that is about to open is found soon, and asked less and less often
// until then.
func TestBoxOpening(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.mail = newFakeMail()
	w.boot.mail.opening = true
	n := w.add()
	w.step(n, Collect{crypto.BoxSecret{1}})
	w.run(10 * time.Minute)
	if got := len(n.times(wire.TypeBoxGet)); got < 8 || got > 16 {
		t.Errorf("asked %d times in ten minutes", got)
	}
	w.boot.restart()
	w.run(20 * time.Second) // it registers again
	w.boot.mail.opening = false
	w.run(40 * time.Second)
	if got := last[Mailbox](n); !got.On {
		t.Errorf("%+v", got)
	}
}

// Answers nobody asked for change nothing.
func TestBoxUnasked(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	s := w.boot.sessions[n.Session()]
	seen := len(n.seen)
	for kind, body := range map[wire.RendezvousType][]byte{
		wire.TypeBoxPutAck: wire.BoxPutAck{Status: wire.BoxOff}.Append(nil),
		wire.TypeBoxPage:   wire.BoxPage{Entries: []wire.BoxEntry{{Seq: 1, Size: 512}}}.Append(nil),
		wire.TypeBoxItem:   wire.BoxItem{Seq: 1, Size: 512, Data: make([]byte, 512)}.Append(nil),
	} {
		w.boot.seal(n.addr, s, kind, body)
		w.boot.seal(n.addr, s, kind, nil)
	}
	w.run(time.Second)
	if len(n.seen) != seen {
		t.Errorf("led to %v", n.seen[seen:])
	}
}
