package room

import (
	"testing"

	"gochat/internal/wire"
)

// What a member sent before its goodbye is acknowledged once it is stored, and
// only then is the member gone; nothing else is sent to it.
func TestLastWordsAreAcknowledged(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	r := newScribe(1).write("last words")
	s.frames = nil
	var commit Commit
	for _, a := range s.e.Step(s.now, Frame{1, unframe(wire.AppendLinkFrame(nil, wire.LinkPush{Hop: 1, Record: r.Append(nil)}))}) {
		if c, ok := a.(Commit); ok {
			commit = c
		}
	}
	s.frame(1, wire.LinkBye{})
	s.step(Timer{})
	if len(take[PeerLeft](s)) != 0 || len(s.frames) != 0 {
		t.Fatalf("gone before the store answered: %+v", s.frames)
	}
	s.step(Committed{commit.Batch, s.store.Commit(commit.Put, nil)})
	if len(s.frames) != 1 || len(s.frames[0].(wire.LinkAck).Held) != 1 || s.frames[0].(wire.LinkAck).Held[0] != r.ID().Hint() {
		t.Errorf("sent %+v", s.frames)
	}
	if len(take[PeerLeft](s)) != 1 {
		t.Error("the member is still there")
	}
	s.step(Timer{})
	if len(take[PeerLeft](s)) != 0 || len(s.frames) != 1 {
		t.Error("told again")
	}
}

// Both leave: nobody waits for a store that is closed.
func TestBothLeave(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	s.e.Step(s.now, Frame{1, unframe(wire.AppendLinkFrame(nil, wire.LinkPush{Hop: 1, Record: newScribe(1).write("x").Append(nil)}))})
	s.step(Leave{})
	s.frame(1, wire.LinkBye{})
	if len(take[PeerLeft](s)) != 1 {
		t.Error("waits for its store")
	}
}

// In a large room a message is followed with those who are linked: from others
// no word comes.
func TestDeliveryInALargeRoom(t *testing.T) {
	s := newSolo(t, nil)
	s.present(1, 100)
	for i := range 4 {
		s.up(i + 1)
	}
	id := s.say("hello")
	s.frame(1, wire.LinkAck{Held: []wire.Hint{id.Hint()}})
	if d := s.e.Delivery(); d != (Delivery{1, 0, 1}) {
		t.Errorf("linked members lack it: %+v", d)
	}
	for i := 2; i <= 4; i++ {
		s.step(LinkDown{LinkID(i)})
	}
	if got, of := s.e.DeliveredTo(id); got != 1 || of != 1 || s.e.Delivery() != (Delivery{1, 0, 0}) {
		t.Errorf("%d of %d, %+v", got, of, s.e.Delivery())
	}
	s.say("more")
	if d := s.e.Delivery(); d != (Delivery{2, 1, 0}) {
		t.Errorf("%+v", d)
	}
}
