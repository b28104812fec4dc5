package bootnode

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// shelf is a Mail in memory, asked by hand.
type shelf struct {
	next    uint64
	boxes   map[crypto.BoxID][]shelved
	known   map[crypto.BoxID]bool
	strict  bool // takes nothing for a box that is not known
	perBox  int
	refuses bool
	asked   []MailRequest
}

type shelved struct {
	seq    uint64
	item   crypto.BoxItemID
	object []byte
}

func newShelf(perBox int) *shelf {
	return &shelf{boxes: map[crypto.BoxID][]shelved{}, known: map[crypto.BoxID]bool{}, perBox: perBox}
}

func (s *shelf) answer(req MailRequest) MailAnswer {
	a := MailAnswer{Ref: req.Ref}
	if req.Op != MailPut {
		req.Box = req.Secret.ID()
	}
	box := s.boxes[req.Box]
	switch req.Op {
	case MailPut:
		switch {
		case s.strict && !s.known[req.Box]:
			a.Status = wire.BoxUnknown
		case slices.ContainsFunc(box, func(x shelved) bool { return x.item == req.Item }):
			a.Status = wire.BoxDuplicate
		case len(box) >= s.perBox:
			a.Status = wire.BoxFull
		default:
			s.next++
			s.boxes[req.Box] = append(box, shelved{s.next, req.Item, req.Object})
		}
	case MailList:
		if a.New = req.Admit && !s.known[req.Box]; a.New {
			s.known[req.Box] = true
		}
		box = slices.DeleteFunc(box, func(x shelved) bool { return slices.Contains(req.Done, x.seq) })
		s.boxes[req.Box] = box
		for _, x := range box {
			if x.seq > req.After {
				a.Entries = append(a.Entries, wire.BoxEntry{Seq: x.seq, Size: uint32(len(x.object))})
			}
		}
	case MailRead:
		for _, x := range box {
			if x.seq == req.Seq {
				a.Object = x.object
			}
		}
	}
	return a
}

// mailWorld is a world whose directory has a mailbox.
func mailWorld(t *testing.T, perBox int) (*world, *shelf) {
	w := &world{t: t, now: epoch}
	s := newShelf(perBox)
	w.d = NewDirectory(DirectoryConfig{
		Key: bootKey, Heartbeat: DefaultHeartbeat, Timeout: DefaultTimeout, Mail: true, MailKeep: time.Hour,
	}, w.now)
	return w, s
}

// mail sends a frame of the mailbox and returns what the client gets, once the
// shelf has answered.
func (c *client) mail(s *shelf, t wire.RendezvousType, body []byte, want wire.RendezvousType) [][]byte {
	c.w.t.Helper()
	out := c.w.step(c.addr, c.frame(t, body))
	got := c.bodies(out, want)
	for _, a := range out {
		if a.Mail == nil {
			continue
		}
		s.asked = append(s.asked, *a.Mail)
		answer := MailAnswer{Ref: a.Mail.Ref, Status: wire.BoxBusy}
		if !s.refuses {
			answer = s.answer(*a.Mail)
		}
		got = append(got, c.bodies(keep(c.w.d.Step(c.w.now, Event{Mail: &answer})), want)...)
	}
	return got
}

// put sends all parts of an object and returns the last answer.
func (c *client) put(s *shelf, transfer uint32, box crypto.BoxID, object []byte) (last wire.BoxPutAck) {
	c.w.t.Helper()
	item := crypto.NewBoxItemID(object)
	for part := range wire.BoxParts(len(object)) {
		f := wire.NewBoxPut(transfer, box, item, object, part)
		for _, b := range c.mail(s, wire.TypeBoxPut, f.Append(nil), wire.TypeBoxPutAck) {
			ack, err := wire.ParseBoxPutAck(b)
			if err != nil || ack.Transfer != transfer || ack.Part != uint16(part) {
				c.w.t.Fatalf("answer %+v, %v", ack, err)
			}
			last = ack
		}
	}
	return last
}

func (c *client) list(s *shelf, secret crypto.BoxSecret, done ...uint64) wire.BoxPage {
	c.w.t.Helper()
	got := c.mail(s, wire.TypeBoxGet, wire.BoxGet{Request: 9, Secret: secret, Done: done}.Append(nil), wire.TypeBoxPage)
	if len(got) == 0 {
		c.w.t.Fatal("no page")
	}
	p, err := wire.ParseBoxPage(got[0])
	if err != nil || p.Request != 9 {
		c.w.t.Fatalf("page %+v, %v", p, err)
	}
	return p
}

func (c *client) fetch(s *shelf, secret crypto.BoxSecret, seq uint64) (object []byte) {
	c.w.t.Helper()
	for part := uint16(0); ; part++ {
		got := c.mail(s, wire.TypeBoxFetch, wire.BoxFetch{Secret: secret, Seq: seq, Part: part}.Append(nil), wire.TypeBoxItem)
		if len(got) != 1 {
			c.w.t.Fatalf("%d answers", len(got))
		}
		f, err := wire.ParseBoxItem(got[0])
		if err != nil || f.Seq != seq {
			c.w.t.Fatalf("item %+v, %v", f, err)
		}
		if object = append(object, f.Data...); len(object) >= int(f.Size) {
			return object
		}
	}
}

func object(n int, fill byte) []byte { return bytes.Repeat([]byte{fill}, n) }

func TestMailbox(t *testing.T) {
	w, s := mailWorld(t, 10)
	alice, bob := w.client(testTag), w.client(testTag)
	alice.join()
	secret := crypto.BoxSecret{1}
	small, large := object(512, 'a'), object(3*wire.BoxPart-7, 'b')
	if ack := alice.put(s, 1, secret.ID(), small); ack.Status != wire.BoxOK || ack.Keep != time.Hour {
		t.Fatalf("put: %+v", ack)
	}
	if ack := alice.put(s, 2, secret.ID(), large); ack.Status != wire.BoxOK {
		t.Fatalf("put: %+v", ack)
	}
	if ack := alice.put(s, 3, secret.ID(), small); ack.Status != wire.BoxDuplicate {
		t.Errorf("put again: %+v", ack)
	}
	if ack := alice.put(s, 2, secret.ID(), large); ack.Status != wire.BoxOK || len(s.asked) != 3 {
		t.Errorf("a repeated part: %+v after %d requests", ack, len(s.asked))
	}

	bob.join()
	p := bob.list(s, secret)
	if len(p.Entries) != 2 || p.Entries[0].Size != 512 || p.Keep != time.Hour {
		t.Fatalf("box: %+v", p)
	}
	asked := len(s.asked)
	if got := bob.fetch(s, secret, p.Entries[0].Seq); !bytes.Equal(got, small) {
		t.Error("the small object is another")
	}
	if got := bob.fetch(s, secret, p.Entries[1].Seq); !bytes.Equal(got, large) {
		t.Error("the large object is another")
	}
	if n := len(s.asked) - asked; n != 2 {
		t.Errorf("two objects were read %d times", n)
	}
	if p = bob.list(s, secret, p.Entries[0].Seq, p.Entries[1].Seq); len(p.Entries) != 0 {
		t.Errorf("left: %+v", p)
	}
	w.wait(mailItemLife + time.Second)
	if got := bob.fetch(s, secret, 1); got != nil {
		t.Errorf("deleted, and still there: %d bytes", len(got))
	}
}

// A member who knows the box, but not its secret, gets nothing and deletes
// nothing.
func TestMailboxThief(t *testing.T) {
	w, s := mailWorld(t, 10)
	alice, mallory := w.client(testTag), w.client(testTag)
	alice.join()
	mallory.join()
	secret := crypto.BoxSecret{1}
	alice.put(s, 1, secret.ID(), object(600, 'a'))
	id := secret.ID()
	var guess crypto.BoxSecret
	copy(guess[:], id[:])
	if p := mallory.list(s, guess, 1); len(p.Entries) != 0 {
		t.Errorf("lists %+v", p)
	}
	if got := mallory.fetch(s, guess, 1); got != nil {
		t.Errorf("fetches %d bytes", len(got))
	}
	if p := alice.list(s, secret); len(p.Entries) != 1 {
		t.Errorf("the box has %+v", p)
	}
}

func TestMailboxFullAndOff(t *testing.T) {
	w, s := mailWorld(t, 2)
	alice := w.client(testTag)
	alice.join()
	for i, want := range []wire.BoxStatus{wire.BoxOK, wire.BoxOK, wire.BoxFull} {
		if ack := alice.put(s, uint32(i), crypto.BoxID{1}, object(600, byte(i))); ack.Status != want {
			t.Errorf("put %d: %+v", i, ack)
		}
	}
	if st := w.d.Stats(); st.MailStored != 2 || st.MailRefused != 1 {
		t.Errorf("counted %d and %d", st.MailStored, st.MailRefused)
	}
	s.refuses = true
	if ack := alice.put(s, 7, crypto.BoxID{1}, object(600, 9)); ack.Status != wire.BoxBusy {
		t.Errorf("busy: %+v", ack)
	}
	s.refuses = false
	if ack := alice.put(s, 7, crypto.BoxID{2}, object(600, 9)); ack.Status != wire.BoxOK {
		t.Errorf("after busy: %+v", ack)
	}
	if ack := alice.put(s, 8, crypto.BoxID{3}, nil); ack != (wire.BoxPutAck{}) {
		t.Errorf("nothing: %+v", ack)
	}

	off := newWorld(t, Limits{})
	bob := off.client(testTag)
	bob.join()
	if ack := bob.put(s, 1, crypto.BoxID{1}, object(600, 1)); ack.Status != wire.BoxOff {
		t.Errorf("no mailbox: %+v", ack)
	}
	if p := bob.list(s, crypto.BoxSecret{}); p.Status != wire.BoxOff {
		t.Errorf("no mailbox: %+v", p)
	}
	if out := off.step(bob.addr, bob.frame(wire.TypeBoxFetch, wire.BoxFetch{}.Append(nil))); len(out) != 0 {
		t.Errorf("no mailbox: %v", out)
	}
}

// An object is what its id says, or it is not stored.
func TestMailboxForgedItem(t *testing.T) {
	w, s := mailWorld(t, 10)
	alice := w.client(testTag)
	alice.join()
	f := wire.NewBoxPut(1, crypto.BoxID{1}, crypto.BoxItemID{7}, object(600, 1), 0)
	alice.mail(s, wire.TypeBoxPut, f.Append(nil), wire.TypeBoxPutAck)
	if len(s.asked) != 0 {
		t.Error("stored under another's id")
	}
}

// However much is begun and never ended, memory is bounded and comes back.
func TestMailboxIsBounded(t *testing.T) {
	w, s := mailWorld(t, 10)
	for range 60 {
		c := w.client(testTag)
		c.join()
		for transfer := range uint32(3 * mailOpen) {
			f := wire.NewBoxPut(transfer, crypto.BoxID{1}, crypto.BoxItemID{}, object(wire.MaxBoxObject, 1), 0)
			c.mail(s, wire.TypeBoxPut, f.Append(nil), wire.TypeBoxPutAck)
		}
		for seq := range uint64(40) {
			c.w.step(c.addr, c.frame(wire.TypeBoxFetch, wire.BoxFetch{Seq: seq}.Append(nil)))
		}
		if u := w.d.mail.perMember[c.id]; u != nil && u.open > mailOpen {
			t.Fatalf("%d open of one member", u.open)
		}
	}
	if w.d.mail.bytes > mailAssembling {
		t.Errorf("%d bytes", w.d.mail.bytes)
	}
	w.wait(mailPostLife + time.Second)
	m := w.d.mail
	if m.bytes != 0 || m.read != 0 || len(m.posts)+len(m.perMember)+len(m.questions)+len(m.items) != 0 {
		t.Errorf("left: %d bytes, %d, %d, %d, %d", m.bytes, len(m.posts), len(m.perMember), len(m.questions), len(m.items))
	}
	if len(m.postAge)+len(m.questionAge)+len(m.itemAge) != 0 {
		t.Error("stale keys stay")
	}
}

func TestMailboxRate(t *testing.T) {
	w, s := mailWorld(t, 1<<20)
	alice := w.client(testTag)
	alice.join()
	ok := 0
	for i := range uint32(1000) {
		o := object(600, byte(i))
		o[1], o[2] = byte(i>>8), byte(i)
		if alice.put(s, i, crypto.BoxID{1}, o).Status == wire.BoxOK {
			ok++
		}
	}
	if ok != mailRequests.burst {
		t.Errorf("%d puts at once", ok)
	}
	w.wait(time.Second)
	alice.beat()
	if st := w.d.Stats(); st.Dropped(DropMailRate) == 0 {
		t.Error("not counted")
	}
}

// The parts of an object may come in any order and often; answers that come
// after their question was given up change nothing.
func TestMailboxLateAnswers(t *testing.T) {
	w, s := mailWorld(t, 10)
	alice := w.client(testTag)
	alice.join()
	f := wire.NewBoxPut(1, crypto.BoxID{1}, crypto.NewBoxItemID(object(600, 1)), object(600, 1), 0)
	var req *MailRequest
	for _, a := range alice.w.step(alice.addr, alice.frame(wire.TypeBoxPut, f.Append(nil))) {
		if a.Mail != nil {
			req = a.Mail
		}
	}
	w.wait(mailPostLife + time.Second)
	answer := s.answer(*req)
	if out := w.d.Step(w.now, Event{Mail: &answer}); len(out) != 0 {
		t.Errorf("a late answer leads to %v", out)
	}
	if out := w.d.Step(w.now, Event{Mail: &MailAnswer{Ref: 99}}); len(out) != 0 {
		t.Errorf("an answer to nothing leads to %v", out)
	}
}

// Whatever a member sends as a frame of the mailbox, nothing breaks, and what is
// remembered goes.
func FuzzMailFrames(f *testing.F) {
	f.Add(byte(wire.TypeBoxPut), wire.NewBoxPut(1, crypto.BoxID{1}, crypto.NewBoxItemID(object(600, 1)), object(600, 1), 0).Append(nil))
	f.Add(byte(wire.TypeBoxGet), wire.BoxGet{Request: 1, Done: []uint64{1}}.Append(nil))
	f.Add(byte(wire.TypeBoxFetch), wire.BoxFetch{Seq: 1}.Append(nil))
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if len(body) > wire.MaxPayload {
			return
		}
		w := &world{t: t, now: epoch}
		s := newShelf(3)
		w.d = NewDirectory(DirectoryConfig{Key: bootKey, Heartbeat: DefaultHeartbeat, Timeout: DefaultTimeout, Mail: true}, w.now)
		c := w.client(testTag)
		c.join()
		for range 2 {
			for _, want := range []wire.RendezvousType{wire.TypeBoxPutAck, wire.TypeBoxPage, wire.TypeBoxItem} {
				c.mail(s, wire.RendezvousType(kind), body, want)
			}
		}
		w.wait(mailPostLife + time.Second)
		if m := w.d.mail; m.bytes != 0 || len(m.posts)+len(m.questions)+len(m.items) != 0 {
			t.Error("something stays")
		}
	})
}

// What makes the mailbox work counts: items named as done with, reads of what is
// not there, and bytes that are read for a list.
func TestMailboxWorkCounts(t *testing.T) {
	secret := crypto.BoxSecret{1}
	done := make([]uint64, wire.MaxBoxDone)
	for i := range done {
		done[i] = uint64(i + 1)
	}
	asked := func(prepare func(*shelf), kind wire.RendezvousType, answer wire.RendezvousType, body func(i int) []byte) int {
		w, s := mailWorld(t, 1000)
		prepare(s)
		c := w.client(testTag)
		c.addr = netip.MustParseAddrPort("192.0.2.1:1000")
		c.join()
		for i := range 1000 {
			c.mail(s, kind, body(i), answer)
		}
		return len(s.asked)
	}
	nothing := func(*shelf) {}
	large := func(s *shelf) {
		for i := range 7 {
			s.answer(MailRequest{Op: MailPut, Box: secret.ID(), Item: crypto.BoxItemID{byte(i)}, Object: object(wire.MaxBoxObject, 1)})
		}
	}
	get := func(done []uint64) func(int) []byte {
		return func(i int) []byte { return wire.BoxGet{Request: uint32(i), Secret: secret, Done: done}.Append(nil) }
	}
	plain := asked(nothing, wire.TypeBoxGet, wire.TypeBoxPage, get(nil))
	if n := asked(nothing, wire.TypeBoxGet, wire.TypeBoxPage, get(done)); n == 0 || n > plain/10 {
		t.Errorf("%d lists, %d that name items", plain, n)
	}
	if n := asked(large, wire.TypeBoxGet, wire.TypeBoxPage, get(nil)); n == 0 || n > plain/10 {
		t.Errorf("%d lists, %d of large items", plain, n)
	}
	fetch := func(i int) []byte { return wire.BoxFetch{Secret: secret, Seq: uint64(i + 1)}.Append(nil) }
	if n := asked(nothing, wire.TypeBoxFetch, wire.TypeBoxItem, fetch); n == 0 || n > plain {
		t.Errorf("%d lists, %d reads of nothing", plain, n)
	}
}
