package peer

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
	"gochat/room"
)

// shipTo puts a message on its way to bootnodes, by their addresses. Loop only.
func shipTo(r *Room, id wire.RecordID, hosts ...string) *shipment {
	s := &shipment{
		parcel: parcel{id: id, to: room.Addressee{Peer: postBob, Box: crypto.BoxID{2}}, message: &posted{id: id, fates: map[crypto.PublicKey]fate{}}},
		left:   len(hosts), keep: map[*registration]time.Duration{}, failed: map[*registration]wire.BoxStatus{},
		ids: map[uint64]wire.RecordID{}, by: map[uint64]*registration{},
	}
	for _, h := range hosts {
		g := newRegistration(r.node.newBoot(Bootnode{Address: h}), r, nil)
		r.refs++
		s.at, s.ids[r.refs], s.by[r.refs] = append(s.at, g), id, g
		r.posting.add(r.refs, s)
	}
	r.post.parcels++
	return s
}

// answer has one of the bootnodes answer.
func (s *shipment) answer(now time.Time, i int, a rendezvous.Deposited) {
	g := s.at[i]
	for ref, by := range s.by {
		if by == g {
			a.Ref = ref
		}
	}
	g.room.deposited(now, g, a)
}

// What is told of a copy is of one bootnode, whichever answers last.
func TestKeptTellsOfOneBootnode(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r := p.join(p.a, RoomConfig{Name: "x"})
		p.settle(time.Second)
		p.do(p.a, func(now time.Time) {
			s := shipTo(r, postOne, "one:1", "two:2")
			s.answer(now, 0, rendezvous.Deposited{Status: wire.BoxOK, Keep: time.Hour})
			s.answer(now, 1, rendezvous.Deposited{Status: wire.BoxOK, Keep: 2 * time.Hour})
		})
		p.settle(time.Second)
		for _, e := range p.events(p.a) {
			if k, ok := e.(Kept); ok {
				if k.Mailbox != "one:1" || k.Keep != time.Hour {
					t.Errorf("kept by %s for %v", k.Mailbox, k.Keep)
				}
				return
			}
		}
		t.Error("nothing is told to be kept")
	})
}

// Why a message lies nowhere is told of the bootnode that said so; one that went
// meanwhile says nothing.
func TestNotKeptTellsOfWhoRefused(t *testing.T) {
	for name, answers := range map[string][2]wire.BoxStatus{
		"one:1": {wire.BoxTooLarge, wire.BoxUnknown},
		"two:2": {wire.BoxOff, wire.BoxTooLarge},
	} {
		inPair(t, func(t *testing.T, p *pair) {
			r := p.join(p.a, RoomConfig{Name: "x"})
			p.settle(time.Second)
			var c mailCopy
			p.do(p.a, func(now time.Time) {
				s := shipTo(r, postOne, "one:1", "two:2")
				s.answer(now, 0, rendezvous.Deposited{Status: answers[0]})
				s.answer(now, 1, rendezvous.Deposited{Status: answers[1]})
				c = r.posting.copies[postOne][postBob]
			})
			if c.host != name || !strings.Contains(c.trouble, "too large for the mailbox at "+name) {
				t.Errorf("want what %s said, got %q of %q", name, c.trouble, c.host)
			}
		})
	}
}

// What was left is remembered over a restart, though the last message on its way
// is left nowhere, or the end comes first.
func TestHintsAreStored(t *testing.T) {
	for name, end := range map[string]func(now time.Time, r *Room, last *shipment){
		"last one refused": func(now time.Time, _ *Room, last *shipment) {
			last.answer(now, 0, rendezvous.Deposited{Status: wire.BoxFull})
		},
		"left before": func(now time.Time, r *Room, _ *shipment) { r.leave(now) },
	} {
		t.Run(name, func(t *testing.T) {
			inPair(t, func(t *testing.T, p *pair) {
				store := &room.MemoryStore{}
				r := p.join(p.a, RoomConfig{Name: "x", Store: store})
				p.settle(time.Second)
				p.do(p.a, func(now time.Time) {
					first, last := shipTo(r, postOne, "one:1"), shipTo(r, postTwo, "one:1")
					first.answer(now, 0, rendezvous.Deposited{Status: wire.BoxOK})
					end(now, r, last)
				})
				hint := postOne.Hint()
				if raw, err := store.Meta(metaLeft); err != nil || !bytes.Equal(raw, hint[:]) {
					t.Errorf("remembered: %x, %v", raw, err)
				}
			})
		})
	}
}

// It is known of so many messages what became of their copies, and of the latest
// in any case.
func TestCopiesAreBounded(t *testing.T) {
	c := copies{}
	var id wire.RecordID
	for i := range maxCopies + 10 {
		id = wire.RecordID{byte(i), byte(i >> 8)}
		c.note(id, postBob, mailCopy{host: "one:1"}, func(wire.RecordID) bool { return true })
		if len(c) > maxCopies || !c.kept(id) {
			t.Fatalf("%d messages, the last among them: %v", len(c), c.kept(id))
		}
	}
}
