package bootnode

import (
	"encoding/hex"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
)

// An operator sees who is in a room by session, those of other nodes too, and
// kicks by what he sees; neither names nor addresses are among it.
func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		a, b := w.pair(t)
		defer a.vanish()
		defer b.vanish()
		s := w.list[0].server
		name := hex.EncodeToString(testTag[:6])
		r, list, err := s.Sessions(t.Context(), name, 10)
		if err != nil || r.Members != 1 || r.Present != 2 || len(list) != 2 {
			t.Fatalf("%+v %+v %v", r, list, err)
		}
		own, foreign := list[0], list[1]
		if own.Node != (NodeID{}) {
			own, foreign = foreign, own
		}
		if own.Session != a.id || own.Stream || own.Since.Before(r.Opened) || time.Since(own.Since) > time.Minute {
			t.Errorf("%+v", own)
		}
		if foreign.Node != w.list[1].node.Self() || foreign.Session != b.id || !foreign.Since.IsZero() {
			t.Errorf("%+v", foreign)
		}
		if rooms, _, err := s.RoomList(t.Context(), 1); err != nil || len(rooms) != 1 || rooms[0] != r {
			t.Errorf("the list has %+v, the room itself is %+v, %v", rooms, r, err)
		}
		for x, want := range map[crypto.SessionID]NodeID{a.id: {}, b.id: w.list[1].node.Self(), {9}: {}} {
			if home, err := s.Home(t.Context(), x); home != want || err != nil {
				t.Errorf("session %x is at %s, %v", x, home, err)
			}
		}
		if _, list, _ := s.Sessions(t.Context(), name, 1); len(list) != 1 {
			t.Errorf("%d of at most one", len(list))
		}
		if _, _, err := s.Sessions(t.Context(), "ffffffffff", 1); !errors.Is(err, ErrNoRoom) {
			t.Error(err)
		}
		if n, err := s.Ban(t.Context(), Ban{Target: Target{Session: own.Session}}); n != 1 || err != nil {
			t.Errorf("%d were kicked, %v", n, err)
		}
	})
}

// A node that was drained and stops with members still there is gone for the
// others at once; they do not wait until they miss it.
func TestDrainedNodeIsGoneAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		a, b := w.pair(t)
		defer a.vanish()
		defer b.vanish()
		if err := w.list[1].server.Drain(t.Context(), 5*time.Second, nil); err != nil {
			t.Fatal(err)
		}
		within(t, 4*time.Second, "the others know that it stops", func() bool {
			return w.list[0].server.Nodes()[0].State == "draining"
		})
		within(t, 6*time.Second, "it is gone as it stops", func() bool {
			n := w.list[0].server.Nodes()
			return len(n) == 1 && n[0].State == "gone"
		})
		within(t, time.Second, "its member is missed", func() bool { return !a.knows(b) })
	})
}
