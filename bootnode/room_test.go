package bootnode

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"gochat/crypto"
	"gochat/internal/wire"
)

// TestRosterHeals is the property that the roster is for: whatever changes, in
// whatever order copies are brought up to date, whatever pages they miss and
// wherever in a walk they are when things change, each comes to the truth by
// asking from where it is, and in a bounded number of pages.
func TestRosterHeals(t *testing.T) {
	for seed := range uint64(80) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		size := 1 + rnd.IntN(120)
		r := newRoom(testTag, 1000*versionStep, uint16(rnd.Uint32()))
		var members []*member
		copies := make([]copyOfRoster, 5)
		ask := func(c *copyOfRoster) {
			p := r.page(c.version, wire.RosterRoom, nil)
			if _, err := wire.ParseRoster(p.Append(nil)); err != nil {
				t.Fatalf("seed %d: page %+v: %v", seed, p, err)
			}
			if n := len(p.Append(nil)); n > wire.RosterRoom+25 {
				t.Fatalf("seed %d: a page of %d bytes", seed, n)
			}
			c.apply(&p)
		}
		ids := 0
		for range 50 + rnd.IntN(3000) {
			switch k := rnd.IntN(10); {
			case len(members) < size && k < 5:
				ids++
				m := &member{room: r, channel: uint32(ids), announcement: make([]byte, rnd.IntN(wire.MaxAnnouncement+1))}
				m.id = crypto.SessionID(fmt.Appendf(nil, "%08d", ids))
				r.enter(m)
				members = append(members, m)
			case len(members) > 0 && k < 7:
				m := members[rnd.IntN(len(members))]
				m.announcement = fmt.Appendf(nil, "%d", rnd.Uint64())
				r.enter(m)
			case len(members) > 0 && k < 9:
				i := rnd.IntN(len(members))
				r.leave(members[i], wire.RosterLeft)
				members[i] = members[len(members)-1]
				members = members[:len(members)-1]
			default:
				ask(&copies[rnd.IntN(len(copies))])
			}
			if len(r.log) > 3*size+100 {
				t.Fatalf("seed %d: %d places for %d members", seed, len(r.log), len(members))
			}
		}
		want := map[crypto.SessionID]string{}
		for _, m := range members {
			want[m.id] = fmt.Sprint(string(m.announcement), m.observed(), m.channel)
		}
		for i := range copies {
			asked := 0
			for c := &copies[i]; c.version != r.version; asked++ {
				if ask(c); asked > 2*len(r.log) {
					t.Fatalf("seed %d: no end of asking", seed)
				}
			}
			if !maps.Equal(copies[i].members, want) && len(want)+len(copies[i].members) > 0 {
				t.Fatalf("seed %d: copy %d has %d members, want %d", seed, i, len(copies[i].members), len(want))
			}
		}
	}
}

func TestRosterResetsStrangeVersions(t *testing.T) {
	r := newRoom(testTag, 1000*versionStep, 7)
	m := &member{room: r}
	r.enter(m)
	for _, since := range []uint64{0, 1, 999 * versionStep, 999*versionStep + 7, r.version + 1, 1 << 63, 1<<64 - 1} {
		if p := r.page(since, wire.RosterRoom, nil); !p.Reset || len(p.Entries) != 1 || p.To != r.version {
			t.Errorf("since %d: %+v", since, p)
		}
	}
	if p := r.page(r.version, wire.RosterRoom, nil); p.Reset || len(p.Entries) != 0 || p.To != r.version {
		t.Errorf("up to date: %+v", p)
	}
}
