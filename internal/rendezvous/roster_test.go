package rendezvous

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Whatever is lost, all copies end up equal to the bootnode's list.
func TestRosterConverges(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, seed)
		w.boot.pageRoom = 300 + int(seed)*40 // one to four members a page
		w.drop = func(_ int, up bool, p []byte) bool {
			return wire.RendezvousKind(p) == wire.TypeRoster && w.rng.Float64() < 0.4
		}
		for range 12 {
			w.add()
			w.run(time.Duration(w.rng.IntN(500)) * time.Millisecond)
			switch w.rng.IntN(6) {
			case 0:
				w.leave(w.nodes[w.rng.IntN(len(w.nodes))])
			case 1:
				n := w.nodes[w.rng.IntN(len(w.nodes))]
				if !n.gone {
					w.step(n, Announce{n.announcementOf(uint32(w.rng.IntN(100)) + 2)})
				}
			case 2:
				w.boot.forget()
			}
		}
		w.run(25 * time.Second)
		for range 5 {
			if w.agreed() == nil {
				break
			}
			w.run(time.Second)
		}
		w.mustAgree()
	}
}

// A full room is read page by page, clocked by the answers.
func TestLongWalk(t *testing.T) {
	w := newWorld(t, 1)
	for range 40 {
		w.add()
	}
	w.run(2 * time.Second)
	w.boot.pageRoom = 900 // two or three a page
	n := w.add()
	before := w.boot.gets
	w.run(2 * time.Second)
	w.mustAgree()
	if has[MemberLeft](n) {
		t.Error("somebody left in a walk")
	}
	if got := w.boot.gets - before; got > 30 {
		t.Errorf("%d ROSTER-GETs", got)
	}
}

// After the bootnode's restart all are back within one beat, nobody is said
// to have left, and who really left is, once the others had their time.
func TestBootnodeRestart(t *testing.T) {
	w := newWorld(t, 1)
	for range 6 {
		w.add()
		w.run(1300 * time.Millisecond)
	}
	quits := w.nodes[3]
	quits.gone = true // killed, with the bootnode
	w.boot.restart()
	restarted := w.now
	w.run(testHeartbeat + 200*time.Millisecond)
	for i, n := range w.nodes {
		if n != quits && (n.state != Registered || n.session.since.Before(restarted)) {
			t.Fatalf("node %d is not back: %v", i, n.state)
		}
		if has[MemberLeft](n) {
			t.Errorf("node %d lost somebody too early", i)
		}
		if slices.Contains(n.states(), Unreachable) {
			t.Errorf("node %d said unreachable", i)
		}
	}
	w.run(testTimeout + time.Second)
	w.mustAgree()
	for i, n := range w.nodes {
		if n != quits && last[MemberLeft](n) != (MemberLeft{quits.Session(), true}) {
			t.Errorf("node %d: %+v", i, last[MemberLeft](n))
		}
	}
}

// A bootnode that forgets again and again is asked less and less.
func TestGonePace(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	for range 600 {
		if n.phase == phaseRegistered {
			w.boot.restart()
			w.step(n, NetworkChanged{}) // a beat finds out
		}
		w.run(100 * time.Millisecond)
	}
	ts := n.times(wire.TypeRegister)
	if len(ts) < 3 || len(ts) > 12 {
		t.Fatalf("%d REGISTERs in a minute: %v", len(ts), ts)
	}
	for i := 2; i < len(ts); i++ {
		if ts[i]-ts[i-1] < time.Second {
			t.Errorf("registered %v apart", ts[i]-ts[i-1])
		}
	}
}

// An old GONE, or one by somebody who guesses, changes nothing.
func TestGoneNeedsCounter(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(11 * time.Second)
	for range goneWindow {
		w.step(n, NetworkChanged{}) // a beat each
	}
	w.run(time.Second)
	tooOld := n.session.last - goneWindow
	for _, counter := range []uint64{0, 1, n.session.first - 1, tooOld, n.session.last + 1} {
		if out := n.Step(w.now, Packet{Data: wire.Gone{Session: n.Session(), Counter: counter}.Append(nil)}); len(out) != 0 {
			t.Errorf("counter %d: %v", counter, out)
		}
	}
	if out := n.Step(w.now, Packet{Data: wire.Gone{Session: n.Session(), Counter: tooOld + 1}.Append(nil)}); len(out) == 0 {
		t.Error("the right counter was ignored")
	}
}

// present seals a page with one entry to a client, as the bootnode would.
func push(w *world, to *node, e wire.RosterEntry) {
	s := w.boot.sessions[to.Session()]
	p := wire.RosterPage{From: to.roster.version, To: to.roster.version + versionStep, Current: to.roster.version + versionStep, Entries: []wire.RosterEntry{e}}
	w.boot.version = p.To
	w.boot.seal(to.addr, s, wire.TypeRoster, p.Append(nil))
	w.run(25 * time.Millisecond)
}

func TestInventedMembers(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	other := crypto.NewRoomKeys(crypto.EpochKey{7})
	stranger := wire.Announcement{Run: crypto.RunPublic{5}}
	entries := map[string]wire.RosterEntry{
		"another's announcement": {Session: crypto.SessionID{1}, Announcement: b.announcementOf(1)},
		"another room's":         {Session: stranger.Session(other), Announcement: wire.SealAnnouncement(stranger, b.id, other)},
		"no announcement":        {Session: crypto.SessionID{2}, Announcement: []byte("nothing")},
		"oneself":                {Session: a.Session(), Announcement: a.announcementOf(9)},
	}
	for name, e := range entries {
		e.Kind = wire.RosterPresent
		version := a.roster.version
		push(w, a, e)
		if a.roster.version != version+versionStep {
			t.Errorf("%s: page was not taken", name)
		}
		if len(a.members) != 1 {
			t.Errorf("%s: taken for a member", name)
		}
	}
}

func TestUnknownChannelFetches(t *testing.T) {
	w := newWorld(t, 1)
	a := w.add()
	w.run(time.Second)
	w.drop = func(_ int, up bool, p []byte) bool { return !up && wire.RendezvousKind(p) == wire.TypeRoster }
	b := w.add()
	w.run(time.Second)
	if len(a.members) != 0 {
		t.Fatal("a knows b already")
	}
	w.drop = nil
	before := w.boot.gets
	for range 10 {
		w.step(a, UnknownChannel{})
	}
	w.run(50 * time.Millisecond)
	if _, ok := a.members[b.Session()]; !ok || w.boot.gets != before+1 {
		t.Errorf("known: %v after %d ROSTER-GETs", ok, w.boot.gets-before)
	}
}

// A whole list that was overtaken by news on its way makes nobody leave.
func TestLateReset(t *testing.T) {
	w := newWorld(t, 1)
	a := w.add()
	w.run(2 * testTimeout) // the grace after registration is over
	old := w.boot.page(0, wire.RosterRoom)
	w.add()
	w.run(time.Second)
	w.boot.seal(a.addr, w.boot.sessions[a.Session()], wire.TypeRoster, old.Append(nil))
	w.run(time.Minute)
	if has[MemberLeft](a) {
		t.Error("an old list was believed")
	}
	w.mustAgree()
}

// A bootnode that begins a new count of versions in a session is followed.
func TestVersionsBeginAnew(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	quits := w.add()
	w.run(time.Second)
	quits.gone = true
	delete(w.boot.sessions, quits.Session())
	w.boot.forget()
	w.boot.log = w.boot.log[:2]
	for i := range w.boot.log {
		w.boot.log[i].version = uint64(i+1) * versionStep / 2
	}
	w.boot.version, w.boot.oldest = versionStep, versionStep
	w.run(testHeartbeat + testTimeout + time.Second)
	w.mustAgree()
	for _, n := range []*node{a, b} {
		if last[MemberLeft](n) != (MemberLeft{quits.Session(), true}) {
			t.Errorf("%+v", last[MemberLeft](n))
		}
	}
}

// A member named again in the same way is not told again.
func TestNothingTwice(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	told := len(a.seen)
	push(w, a, w.boot.entry(b.Session()))
	if len(a.seen) != told {
		t.Errorf("told again: %v", a.seen[told:])
	}
}
