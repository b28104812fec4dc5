package bootnode

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// TestLostPushesHeal loses any of the pushed pages, in rooms below and above
// the size at which pushes are coalesced, while members join, change, move,
// leave and fall silent: whoever asks after a beat's ack ends with the truth.
func TestLostPushesHeal(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		size, loss := []int{6, smallRoom + 12}[seed%2], rnd.Float64()
		w := newWorld(t, Limits{})
		var present []*client
		deliver := func(out []Action) {
			for _, c := range present {
				for _, a := range out {
					if rnd.Float64() >= loss {
						c.hear([]Action{a})
					}
				}
			}
		}
		for i := range 100 {
			var out []Action
			pick := func() int { return rnd.IntN(len(present)) }
			switch k := rnd.IntN(10); {
			case len(present) < 2 || k < 5 && len(present) < size:
				c := w.client(testTag)
				out = c.join()
				present = append(present, c)
			case k < 7:
				c := present[pick()]
				out = w.step(c.addr, c.frame(wire.TypeUpdate, fmt.Appendf(nil, "change %d", i)))
			case k == 7 || k == 8: // one says BYE, the other falls silent
				j := pick()
				c := present[j]
				present = append(present[:j], present[j+1:]...)
				if k == 7 {
					out = w.step(c.addr, c.frame(wire.TypeBye, nil))
				}
			default:
				present[pick()].heal()
			}
			deliver(out)
			for _, c := range present {
				c.beat()
			}
			deliver(w.wait(time.Duration(rnd.IntN(2000)) * time.Millisecond))
		}
		want := w.d.truth(testTag)
		for _, c := range present {
			c.heal()
			if !maps.Equal(c.roster.members, want) {
				t.Fatalf("seed %d: %d members known, want %d", seed, len(c.roster.members), len(want))
			}
		}
		if s := w.d.Stats(); s.TimedOut == 0 || s.Left == 0 {
			t.Errorf("seed %d tests little: %+v", seed, s)
		}
	}
}

// A room that was empty for a while begins its count above the former one.
func TestVersionsOfANewRoomAreNew(t *testing.T) {
	w := newWorld(t, Limits{})
	var last uint64
	for i := range 5 {
		a := w.client(testTag)
		a.join()
		for j := range updatesPerMember.burst {
			w.step(a.addr, a.frame(wire.TypeUpdate, []byte{byte(i), byte(j)}))
		}
		if a.welcome.Roster.Current <= last {
			t.Errorf("version %d after %d", a.welcome.Roster.Current, last)
		}
		last = w.d.rooms[testTag].version
		w.step(a.addr, a.frame(wire.TypeBye, nil))
	}
	a := w.client(testTag)
	a.join()
	get := a.frame(wire.TypeRosterGet, wire.RosterGet{Since: last}.Append(nil))
	p, err := wire.ParseRoster(a.bodies(w.step(a.addr, get), wire.TypeRoster)[0])
	if err != nil || !p.Reset || p.To != p.Current || len(p.Entries) != 1 || p.Entries[0].Session != a.id {
		t.Errorf("%+v, %v", p, err)
	}
	if len(w.d.rooms) != 1 || crypto.RoomTag(testTag) != w.d.rooms[testTag].tag {
		t.Error("rooms are left over")
	}
}
