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

// churn has n others come and go, enough for the places of those who left to
// be dropped.
func churn(r *room, n int) {
	for i := range n {
		m := &member{id: crypto.SessionID(fmt.Appendf(nil, "temp%04d", i))}
		r.enter(m)
		r.leave(m, wire.RosterTimedOut)
	}
}

// Members that have been there for long stand below floor. A walk over them
// ends, hears of those who leave meanwhile, and begins anew once it may have
// missed one.
func TestWalkOverOldPlaces(t *testing.T) {
	r := newRoom(testTag, 1000*versionStep, 65535) // the next epoch is not 0
	var old []*member
	for i := range 60 {
		m := &member{id: crypto.SessionID(fmt.Appendf(nil, "old %04d", i)), announcement: make([]byte, 300)}
		r.enter(m)
		old = append(old, m)
	}
	for n := 0; r.floor <= old[59].version; n++ {
		if churn(r, 1); n > 1000 {
			t.Fatal("those who left are never dropped")
		}
	}
	walk := func(c *copyOfRoster) (pages, resets int) {
		for c.version != r.version {
			p := r.page(c.version, wire.RosterRoom, nil)
			c.apply(&p)
			if pages++; pages > 100 {
				t.Fatal("the walk does not end")
			}
			if p.Reset {
				resets++
			}
		}
		return pages, resets
	}
	for _, since := range []uint64{old[0].version, old[59].version, r.floor - versionStep} {
		if p := r.page(since, wire.RosterRoom, nil); !p.Reset {
			t.Errorf("informed up to %d, below %d: no reset", since, r.floor)
		}
	}
	var c copyOfRoster
	if pages, resets := walk(&c); pages > 21 || resets != 1 || len(c.members) != 60 {
		t.Errorf("%d members after %d pages, %d of them resets", len(c.members), pages, resets)
	}
	for _, meanwhile := range []struct{ churn, resets int }{{0, 0}, {500, 1}} {
		c = copyOfRoster{}
		p := r.page(0, wire.RosterRoom, nil)
		c.apply(&p)
		r.leave(old[0], wire.RosterLeft) // the first page told of it
		old = old[1:]
		churn(r, meanwhile.churn)
		if _, resets := walk(&c); resets != meanwhile.resets || len(c.members) != len(old) {
			t.Errorf("%d members, want %d; %d resets, want %d", len(c.members), len(old), resets, meanwhile.resets)
		}
	}
}
