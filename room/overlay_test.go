package room

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// present names members from to to-1.
func (s *solo) present(from, to int) {
	var there []crypto.PublicKey
	for i := from; i < to; i++ {
		there = append(there, memberN(i).Public())
	}
	s.step(Present{Peers: there})
}

// dialled are the members, by number, that the engine asked to be dialled
// since the last look.
func (s *solo) dialled() (out []int) {
	for _, d := range take[Dial](s) {
		for i := range 2000 {
			if memberN(i).Public() == d.Peer {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// disconnected are the links whose peers were asked to close them.
func (s *solo) disconnected() []LinkID { return linksOf[wire.LinkDisconnect](s.sent()) }

func (s *solo) need(l LinkID, p wire.NeighbourPriority) {
	s.frame(l, wire.LinkNeighbour{Priority: p})
}

func TestWithoutARosterTheCallerChooses(t *testing.T) {
	s := newSolo(t, nil)
	for i := range 80 {
		s.up(i + 1)
	}
	s.wait(5 * time.Minute)
	if len(take[Dial](s))+len(take[CloseLink](s)) != 0 || len(s.e.links) != 80 || s.e.overlay.large {
		t.Errorf("%d links, large %t", len(s.e.links), s.e.overlay.large)
	}
}

func TestMeshLinksWithAll(t *testing.T) {
	s := newSolo(t, nil)
	s.present(1, 21)
	if got := s.dialled(); len(got) != 20 {
		t.Fatalf("dialled %v", got)
	}
	s.step(DialFailed{memberN(3).Public()}) // the caller goes on
	for i := 1; i <= 20; i++ {
		s.up(i)
	}
	s.step(LinkDown{7})
	if got := s.dialled(); !slices.Equal(got, []int{7}) {
		t.Errorf("dialled %v when a link went", got)
	}
	s.step(Left{memberN(7).Public()})
	if got := take[Undial](s); len(got) != 1 || got[0].Peer != memberN(7).Public() {
		t.Errorf("undialled %+v", got)
	}
	s.step(LinkDown{8})
	s.step(Left{memberN(8).Public()})
	if len(s.dialled()) != 1 || len(take[Undial](s)) != 1 || s.e.overlay.online() != 19 {
		t.Errorf("%d online", s.e.overlay.online())
	}
}

// A mesh that grows large is taken down to the links that either end chose,
// and made anew when the room is small again; in between it stays as it is.
func TestBetweenMeshAndLargeRoom(t *testing.T) {
	s := newSolo(t, nil)
	s.present(1, defaultShape.meshMax)
	for i := 1; i < defaultShape.meshMax; i++ {
		s.up(i)
	}
	s.dialled()
	if s.sent(); s.e.overlay.large {
		t.Fatal("large with 50")
	}
	s.present(50, 51)
	if s.dialled(); len(take[Undial](s)) != 0 || !s.e.overlay.large {
		t.Fatal("no large room with 51")
	}
	none := linksOf[wire.LinkNeighbour](s.sent())
	if len(none) != 49-defaultShape.own {
		t.Fatalf("%d links are not needed", len(none))
	}
	for _, l := range none[:35] {
		s.need(l, wire.PriorityNone)
	}
	if got := s.disconnected(); !slices.Equal(got, none[:35]) {
		t.Errorf("disconnected %v", got)
	}
	s.wait(neighbourSays) // the others chose us, but they are too many
	if got := s.disconnected(); len(got) != 4 || len(s.e.links) != defaultShape.most {
		t.Errorf("disconnected %v, %d links left", got, len(s.e.links))
	}
	s.step(Left{memberN(50).Public()})
	if s.step(Timer{}); !s.e.overlay.large {
		t.Error("a mesh again with 50 already")
	}
	for i := defaultShape.meshAgain; i < 50; i++ {
		s.step(Left{memberN(i).Public()})
	}
	s.wait(10 * time.Minute)
	linked := 0
	for i := range defaultShape.meshAgain - 1 {
		if c := s.e.overlay.members[memberN(i+1).Public()]; c.linked > 0 || !c.dialAt.IsZero() {
			linked++
		}
	}
	if s.e.overlay.large || linked != defaultShape.meshAgain-1 {
		t.Errorf("small again: large %t, %d linked or dialled", s.e.overlay.large, linked)
	}
}

// newLarge is a member of a large room with the links that it wants.
func newLarge(t testing.TB) *solo {
	s := newSolo(t, nil)
	s.present(1, 1001)
	for _, i := range s.dialled() {
		s.up(i)
	}
	s.sent()
	return s
}

func TestLargeRoomChoosesAFew(t *testing.T) {
	s := newSolo(t, nil)
	s.present(1, 1001)
	got := s.dialled()
	if len(got) != defaultShape.links {
		t.Fatalf("dialled %v", got)
	}
	s.up(got[0])
	if f := s.sent()[LinkID(got[0])]; !slices.Contains(f, wire.LinkFrame(wire.LinkNeighbour{Priority: wire.PriorityHigh})) {
		t.Errorf("the only link: %+v", f)
	}
	for _, i := range got[1:4] {
		s.step(DialFailed{memberN(i).Public()})
	}
	if u, again := take[Undial](s), s.dialled(); len(u) != 3 || len(again) != 3 || slices.Contains(got, again[0]) {
		t.Errorf("three failed: undialled %+v, dialled %v", u, again)
	}
	for _, i := range got[4:] {
		s.up(i)
	}
	if f := s.sent()[LinkID(got[0])]; !slices.Contains(f, wire.LinkFrame(wire.LinkNeighbour{Priority: wire.PriorityLow})) {
		t.Errorf("the first of several links: %+v", f)
	}
	s.wait(dialPatience + time.Second) // the last three never answer
	if u, again := take[Undial](s), s.dialled(); len(u) != 3 || len(again) != 3 {
		t.Errorf("three are silent: undialled %+v, dialled %v", u, again)
	}
}

func TestChosenByOthers(t *testing.T) {
	s := newLarge(t)
	for _, l := range slices.Clone(s.e.links) {
		s.need(l.id, wire.PriorityNone)
	}
	s.wait(neighbourProves)
	s.sent()
	for i := 901; i <= 904; i++ { // each takes the place of one of ours
		s.up(i)
		s.need(LinkID(i), wire.PriorityLow)
		if gone := s.disconnected(); len(gone) != 1 || gone[0] > 1000 || len(s.e.links) != defaultShape.links {
			t.Fatalf("%v had to go, %d links", gone, len(s.e.links))
		}
	}
	own := s.e.chosen()
	if own != defaultShape.own {
		t.Fatalf("%d own links", own)
	}
	s.sent()
	for i := 910; i < 920; i++ {
		s.up(i)
		s.need(LinkID(i), wire.PriorityLow)
	}
	if n := len(s.e.links); n != defaultShape.most || s.e.chosen() != own {
		t.Errorf("%d links, %d own, when others want more", n, s.e.chosen())
	}
	s.sent()
	s.wait(time.Minute / 2)
	s.up(950)
	s.need(950, wire.PriorityHigh)
	if gone := s.disconnected(); len(gone) != 1 || s.e.link(950) == nil || s.e.chosen() != own {
		t.Errorf("one that has no other: %v had to go, its link %v", gone, s.e.link(950))
	}
	// Liars who claim the same fill what others choose, never what we choose.
	for i := 1500; i < 1560; i++ {
		s.up(i)
		s.need(LinkID(i), wire.PriorityHigh)
	}
	s.wait(neighbourProves)
	if n := len(s.e.links); n > defaultShape.most || s.e.chosen() != own {
		t.Errorf("%d links, %d own, under siege", n, s.e.chosen())
	}
}

// The least useful own link makes way each minute.
func TestSwap(t *testing.T) {
	s := newLarge(t)
	lazy := s.e.links[3].id
	for i := range 20 {
		r := newScribe(1000 + i).write("news")
		for _, l := range s.e.links {
			if l.id != lazy {
				s.pushAs(l.id, r, 2, 0)
			}
		}
	}
	var got []int
	for range 90 {
		if s.wait(time.Second); len(got) > 0 {
			break
		}
		got = s.dialled()
	}
	if len(got) != 1 {
		t.Fatalf("dialled %v", got)
	}
	s.sent()
	s.up(got[0])
	if l := s.e.link(lazy); l == nil || l.mine || !s.e.link(LinkID(got[0])).mine {
		t.Errorf("a link that brought nothing for minutes is kept: %+v", l)
	}
	s.need(lazy, wire.PriorityNone)
	if gone := s.disconnected(); !slices.Equal(gone, []LinkID{lazy}) {
		t.Errorf("%v had to go", gone)
	}
}

func TestParting(t *testing.T) {
	s := newLarge(t)
	one, two := s.e.links[0], s.e.links[1]
	s.e.disconnect(one)
	s.e.disconnect(two)
	s.step(LinkDown{two.id})
	s.wait(partingTime + time.Second)
	if got := take[CloseLink](s); len(got) != 1 || got[0] != (CloseLink{one.id, one.peer, Surplus}) {
		t.Errorf("closed %+v", got)
	}
	other := s.e.links[0]
	s.frame(other.id, wire.LinkDisconnect{})
	if got := take[CloseLink](s); len(got) != 1 || got[0].Link != other.id || got[0].Reason != Surplus {
		t.Errorf("asked to close: %+v", got)
	}
	if c := s.e.overlay.members[other.peer]; c.avoid.Sub(s.now) < shunFull/2 {
		t.Error("who has enough links is dialled again at once")
	}
	s.step(LinkUp{Link: 5000, Peer: other.peer})
	if len(take[CloseLink](s)) != 0 {
		t.Error("and may not come itself")
	}
}

func TestBanOutlivesALeave(t *testing.T) {
	s := newCrowd(t, 3, false)
	bad := memberN(2).Public()
	for range maxStrikes {
		s.step(Frame{2, []byte{byte(wire.LinkFrameDigest), 9}})
	}
	take[CloseLink](s)
	s.step(Left{bad})
	s.step(Present{Peers: []crypto.PublicKey{bad}})
	if got := s.dialled(); len(got) != 0 {
		t.Errorf("dialled %v", got)
	}
	s.step(LinkUp{Link: 9, Peer: bad})
	if got := take[CloseLink](s); len(got) != 1 || got[0] != (CloseLink{9, bad, InvalidData}) {
		t.Errorf("came again: %+v", got)
	}
	s.wait(banTime + time.Second)
	if got := s.dialled(); !slices.Equal(got, []int{2}) {
		t.Errorf("dialled %v when the ban is over", got)
	}
}

// Whoever invents members fills no memory and pushes out nobody we deal with.
func TestCrowdOfNames(t *testing.T) {
	s := newLarge(t)
	for i := range 3 {
		var invented []crypto.PublicKey
		for j := range maxCandidates {
			invented = append(invented, crypto.PublicKey{1, byte(i), byte(j), byte(j >> 8)})
		}
		s.step(Present{Peers: invented})
	}
	o := &s.e.overlay
	if len(o.list) != maxCandidates || len(o.members) != maxCandidates {
		t.Errorf("%d candidates", len(o.list))
	}
	for _, l := range s.e.links {
		if c := o.members[l.peer]; c == nil || c.linked != 1 {
			t.Errorf("a linked member is forgotten: %+v", c)
		}
	}
	for i, c := range o.list {
		if c.index != i || o.members[c.key] != c {
			t.Fatalf("candidate %d is lost", i)
		}
	}
}

// While the names still come in, the room is taken for what it is said to be;
// if it is small after all, it is a mesh.
func TestThoughtToBeLarge(t *testing.T) {
	s := newSolo(t, nil)
	var there []crypto.PublicKey
	for i := 1; i < 46; i++ {
		there = append(there, memberN(i).Public())
	}
	s.step(Present{Peers: there[:20], Online: 300})
	if got := s.dialled(); len(got) != defaultShape.links || !s.e.overlay.large {
		t.Fatalf("dialled %v", got)
	}
	s.step(Present{Peers: there[20:]})
	if s.step(Timer{}); s.e.overlay.large {
		t.Error("still large with 46")
	}
	s.present(46, 60)
	s.step(Left{memberN(59).Public()})
	for i := 45; i < 59; i++ {
		s.step(Left{memberN(i).Public()})
	}
	if s.step(Timer{}); !s.e.overlay.large {
		t.Error("a mesh with 45, though it was large")
	}
}
