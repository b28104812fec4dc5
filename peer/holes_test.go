package peer

import (
	"fmt"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// sayings are the chain of somebody who is not here.
func sayings(keys *crypto.RoomKeys, n int) (out []*wire.Record) {
	dave := crypto.IdentityFromSeed([32]byte{9})
	for i := range n {
		r := &wire.Record{Type: wire.RecordText, Chain: 1, Seq: uint64(i + 1), Clk: wire.Clk(time.Now().UnixMilli() + int64(i))}
		if i > 0 {
			r.Prev = out[i-1].ID()
		}
		text := wire.Field{Type: wire.FieldText, Value: fmt.Append(nil, i+1)}
		r.SetBody([16]byte{byte(i)}, wire.AppendFields(nil, text))
		r.Sign(dave, keys.ID)
		out = append(out, r)
	}
	return out
}

func storeOf(t *testing.T, records ...*wire.Record) *room.MemoryStore {
	t.Helper()
	s := &room.MemoryStore{}
	if err := s.Commit(records, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// A hole is told with whose it is, shown before what comes after it, and taken
// back when somebody brings what was missing.
func TestHoleIsToldAndFilled(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		keys := roomKeys("lobby")
		all := sayings(keys, 4)
		b := p.join(p.b, RoomConfig{Name: "lobby", Store: storeOf(t, all[0], all[3])})
		a := p.join(p.a, RoomConfig{Name: "lobby"})
		p.announce(b, a)
		p.announce(a, b)
		p.settle(time.Minute)
		holes := heardOf[HolesChanged](p, p.b)
		if len(holes) != 1 || len(holes[0].Holes) != 1 || holes[0].Holes[0].Missing != 2 || holes[0].Holes[0].Author.Key != all[0].Author {
			t.Fatalf("told %+v", holes)
		}
		if got := b.Holes(); len(got) != 1 || got[0].Missing != 2 {
			t.Errorf("holes: %+v", got)
		}
		last := all[3].ID().String()
		if m := p.seen(b, last); !m.Gap || m.Text != "4" {
			t.Errorf("after the hole: %+v", m)
		}

		a.Leave()
		<-a.Gone()
		a = p.join(p.a, RoomConfig{Name: "lobby", Store: storeOf(t, all...)})
		p.announce(b, a)
		p.announce(a, b)
		p.settle(2 * time.Minute)
		if got := b.Holes(); len(got) != 0 {
			t.Errorf("holes after all came: %+v", got)
		}
		holes = heardOf[HolesChanged](p, p.b)
		if len(holes) < 2 || len(holes[len(holes)-1].Holes) != 0 {
			t.Errorf("told %+v", holes)
		}
		if m := p.seen(b, last); m.Gap {
			t.Errorf("still a gap: %+v", m)
		}
		changes := heardOf[MessageChanged](p, p.b)
		if n := len(changes); n == 0 || changes[n-1].ID != last || changes[n-1].Gap {
			t.Errorf("changes told: %+v", changes)
		}
		if h := b.History(9); len(h) != 4 || h[1].Text != "2" || h[3].Text != "4" {
			t.Errorf("history: %+v", h)
		}
	})
}
