package room

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// crowd is a solo member with links 1 to n, to members 1 to n. In a large room
// enough others are present to make it one.
func newCrowd(t testing.TB, n int, large bool) *solo {
	s := newSolo(t, nil)
	var there []crypto.PublicKey
	for i := range n {
		there = append(there, memberN(i+1).Public())
	}
	for i := range 100 {
		if large {
			there = append(there, memberN(1000+i).Public())
		}
	}
	s.step(Present{Peers: there})
	for i := range n {
		s.up(i + 1)
	}
	s.sent()
	take[Dial](s)
	return s
}

func (s *solo) up(i int) {
	s.step(LinkUp{Link: LinkID(i), Peer: memberN(i).Public(), Key: [16]byte{byte(i)}})
	s.frame(LinkID(i), wire.LinkHello{Now: clkOf(s.now)})
}

// sent returns the frames sent since the last look, by link.
func (s *solo) sent() map[LinkID][]wire.LinkFrame {
	out := make(map[LinkID][]wire.LinkFrame)
	for _, a := range take[Send](s) {
		f, err := wire.ParseLinkFrame(unframe(a.Frame))
		if err != nil {
			s.t.Fatal(err)
		}
		out[a.Link] = append(out[a.Link], f)
	}
	return out
}

// linksOf are the links on which frames of a type went, ascending.
func linksOf[F wire.LinkFrame](sent map[LinkID][]wire.LinkFrame) (out []LinkID) {
	for l, frames := range sent {
		for _, f := range frames {
			if _, ok := f.(F); ok {
				out = append(out, l)
				break
			}
		}
	}
	slices.Sort(out)
	return out
}

func (s *solo) pushAs(l LinkID, r *wire.Record, hop uint8, flags wire.PushFlags) {
	s.frame(l, wire.LinkPush{Hop: hop, Flags: flags, Record: r.Append(nil)})
}

func TestMeshPushesOwnAndAnnouncesOthers(t *testing.T) {
	s := newCrowd(t, 12, false)
	s.say("mine")
	sent := s.sent()
	if got := linksOf[wire.LinkPush](sent); len(got) != 12 || sent[3][0].(wire.LinkPush).Flags != wire.PushToAll {
		t.Errorf("own pushed on %v: %+v", got, sent[3])
	}
	s.pushAs(1, newScribe(1).write("to all"), 1, wire.PushToAll)
	s.wait(2 * announceDelay)
	sent = s.sent()
	if p, a := linksOf[wire.LinkPush](sent), linksOf[wire.LinkIHave](sent); len(p) != 0 || len(a) != insuranceLinks {
		t.Errorf("what the author pushed to all: pushed on %v, announced on %v", p, a)
	}
	s.pushAs(2, newScribe(2).write("to some"), 1, 0)
	s.wait(2 * announceDelay)
	if a := linksOf[wire.LinkIHave](s.sent()); len(a) != announceLinks || slices.Contains(a, 2) {
		t.Errorf("what the author pushed to some: announced on %v", a)
	}
	// Somebody else's word does not count for the author's.
	s.pushAs(4, newScribe(3).write("relayed"), 1, wire.PushToAll)
	s.wait(2 * announceDelay)
	if a := linksOf[wire.LinkIHave](s.sent()); len(a) != announceLinks {
		t.Errorf("a relay says that the author pushed to all: announced on %v", a)
	}
	s.step(Present{Peers: []crypto.PublicKey{memberN(99).Public()}})
	s.say("somebody is not linked")
	if sent := s.sent(); sent[3][0].(wire.LinkPush).Flags != 0 {
		t.Error("a push to some says that it went to all")
	}
}

func TestLargeRoomGrowsATree(t *testing.T) {
	s := newCrowd(t, 8, true)
	r := newScribe(50).write("news")
	s.pushAs(1, r, 200, wire.PushToAll) // hop and flag are the sender's word, and change nothing
	if p := linksOf[wire.LinkPush](s.sent()); !slices.Equal(p, []LinkID{2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("at first pushed on %v", p)
	}
	for l := LinkID(2); l <= 5; l++ {
		s.pushAs(l, r, 3, 0)
	}
	if p := linksOf[wire.LinkPrune](s.sent()); !slices.Equal(p, []LinkID{4, 5}) {
		t.Errorf("pruned %v, of five that brought it", p)
	}
	for l := LinkID(4); l <= 8; l++ {
		s.frame(l, wire.LinkPrune{})
	}
	s.pushAs(1, newScribe(51).write("more"), 2, 0)
	first := s.sent()
	s.wait(2 * announceDelay)
	if p, a := linksOf[wire.LinkPush](first), linksOf[wire.LinkIHave](s.sent()); !slices.Equal(p, []LinkID{2, 3}) ||
		!slices.Equal(a, []LinkID{4, 5, 6, 7, 8}) {
		t.Errorf("then pushed on %v, announced on %v", p, a)
	}
	s.frame(8, wire.LinkGraft{})
	s.pushAs(1, newScribe(52).write("again"), 2, 0)
	if p := linksOf[wire.LinkPush](s.sent()); !slices.Equal(p, []LinkID{2, 3, 8}) {
		t.Errorf("after a graft pushed on %v", p)
	}
	s.say("own")
	if p := linksOf[wire.LinkPush](s.sent()); len(p) != 8 {
		t.Errorf("own pushed on %v", p)
	}
}

func TestPrunedLinksAreGraftedAgain(t *testing.T) {
	s := newCrowd(t, 8, true)
	for i := range 2 { // five bring it, the last two are pruned
		r := newScribe(50 + i).write("news")
		for l := LinkID(1); l <= 5; l++ {
			s.pushAs(l, r, 2, 0)
		}
	}
	late := newScribe(60).write("late")
	h := late.ID().Hint()
	s.sent()
	s.frame(4, wire.LinkIHave{Hints: []wire.Hint{h}})
	s.wait(wantDelay + time.Millisecond)
	sent := s.sent()
	if w, g := linksOf[wire.LinkWant](sent), linksOf[wire.LinkGraft](sent); !slices.Equal(w, []LinkID{4}) || !slices.Equal(g, w) {
		t.Errorf("asked %v, grafted %v", w, g)
	}
	s.pushAs(4, late, 2, 0)
	// One brought it, another that was pruned has it, too: too few push.
	s.frame(5, wire.LinkIHave{Hints: []wire.Hint{h}})
	s.wait(rumourLife)
	s.pushAs(1, newScribe(61).write("next"), 2, 0)
	if g := linksOf[wire.LinkGraft](s.sent()); !slices.Equal(g, []LinkID{5}) {
		t.Errorf("grafted %v", g)
	}
}

func TestTooFewEagerLinksLeft(t *testing.T) {
	s := newCrowd(t, 6, true)
	r := newScribe(50).write("news")
	for l := LinkID(1); l <= 6; l++ {
		s.pushAs(l, r, 2, 0)
	}
	s.sent()
	s.step(LinkDown{1})
	if g := linksOf[wire.LinkGraft](s.sent()); len(g) != 1 || g[0] < 4 {
		t.Errorf("grafted %v after one of three eager links went", g)
	}
}

// A relay that calls news a repair, to slow them down, wins nothing.
func TestNewsCalledARepair(t *testing.T) {
	s := newCrowd(t, 8, true)
	r := newScribe(50).write("news")
	s.pushAs(1, r, 1, wire.PushRepair)
	if p := linksOf[wire.LinkPush](s.sent()); len(p) != 0 {
		t.Errorf("a repair is pushed on %v", p)
	}
	s.pushAs(2, r, 1, 0)
	if p := linksOf[wire.LinkPush](s.sent()); len(p) != 6 {
		t.Errorf("the news behind it is pushed on %v", p)
	}
}

// What is asked for while it is news comes as news, before all repairs.
func TestAskedNewsComesFirst(t *testing.T) {
	s := newCrowd(t, 2, false)
	old := newScribe(7).run(300)
	for _, r := range old {
		s.pushAs(1, r, 1, wire.PushRepair)
	}
	s.wait(time.Minute)
	news := newScribe(1).write("news")
	s.pushAs(1, news, 1, 0)
	s.sent()
	var hints []wire.Hint
	for _, r := range old {
		hints = append(hints, r.ID().Hint())
	}
	s.frame(2, wire.LinkWant{Hints: append(hints, news.ID().Hint())})
	push := s.sent()[2][0].(wire.LinkPush)
	if push.Flags&wire.PushRepair != 0 || push.Hop < 2 || !slices.Equal(push.Record, news.Append(nil)) {
		t.Errorf("hop %d, flags %d", push.Hop, push.Flags)
	}
}

// Those who announced a record are asked in turn, those first who kept their
// word so far.
func TestAnnouncersAreAskedInTurn(t *testing.T) {
	s := newCrowd(t, 4, false)
	ask := func(hint byte, announcers ...LinkID) (asked []LinkID) {
		s.sent()
		for _, l := range announcers {
			s.frame(l, wire.LinkIHave{Hints: []wire.Hint{{hint}}})
		}
		for range 20 {
			s.wait(wantRetry / 2)
			for l, frames := range s.sent() {
				for _, f := range frames {
					if w, ok := f.(wire.LinkWant); ok && w.Hints[0] == (wire.Hint{hint}) {
						asked = append(asked, l)
					}
				}
			}
		}
		return asked
	}
	if got := ask(1, 1, 2); !slices.Equal(got, []LinkID{1, 2, 1, 2}) {
		t.Errorf("asked %v", got)
	}
	if got := ask(2, 2, 1, 3); !slices.Equal(got, []LinkID{3, 2, 1, 3, 2, 1}) {
		t.Errorf("asked %v, though the third never lied", got)
	}
	if s.e.Stats().Wanted != 0 {
		t.Errorf("%d wants for what nobody has", s.e.Stats().Wanted)
	}
}

// Announcements wait for company, not longer than announceDelay.
func TestAnnouncementsTravelAlong(t *testing.T) {
	s := newCrowd(t, 9, false)
	s.pushAs(1, newScribe(1).write("one"), 1, 0)
	s.pushAs(1, newScribe(5).write("two"), 2, 0)
	if a := linksOf[wire.LinkIHave](s.sent()); len(a) != 0 {
		t.Errorf("announced at once on %v", a)
	}
	s.say("a passenger's chance")
	for l, frames := range s.sent() {
		if _, last := frames[len(frames)-1].(wire.LinkIHave); l != 1 && !last {
			t.Errorf("link %d: %+v", l, frames)
		}
	}
	s.wait(2 * announceDelay)
	if a := linksOf[wire.LinkIHave](s.sent()); len(a) != 0 {
		t.Errorf("announced again on %v", a)
	}
}

// Messages written alone reach everybody through whoever was met.
func TestWrittenAloneTravelsFromHandToHand(t *testing.T) {
	s := newSim(t, 8, 4)
	a, b, c, d := s.nodes[0], s.nodes[1], s.nodes[2], s.nodes[3]
	for range 20 {
		a.say("alone")
		s.run(time.Second)
	}
	s.connect(a, b)
	s.run(5 * time.Second)
	a.stop()
	s.run(time.Hour)
	s.connect(b, c)
	s.run(5 * time.Second)
	b.stop()
	s.run(24 * time.Hour)
	s.connect(c, d)
	s.run(5 * time.Second)
	if got := len(d.engine.History(100)); got != 20 {
		t.Errorf("%d of 20 messages arrived", got)
	}
	s.checkEqual()
}

// What was written alone is news to the first who comes, however late that is
// and however much there is.
func TestWrittenAloneIsNews(t *testing.T) {
	s := newSim(t, 9, 2)
	a, b := s.nodes[0], s.nodes[1]
	for range 2 * introduceMax {
		a.say("is anybody there?")
		s.run(time.Second)
	}
	s.run(5 * time.Hour)
	s.connect(a, b)
	s.run(5 * time.Second)
	if got := len(b.shownSeq); got != 2*introduceMax {
		t.Errorf("%d of %d messages were news", got, 2*introduceMax)
	}
	s.checkEqual()
}

// What was written alone builds on the profile written at the start of the run,
// so that goes with it: else the first message would wait for a round trip.
func TestWrittenAloneComesWithTheProfile(t *testing.T) {
	s := newSolo(t, nil)
	for range introduceMax {
		s.say("long ago")
	}
	s.step(Append{Ref: 8, Type: wire.RecordProfile, Fields: []wire.Field{{Type: wire.FieldNick, Value: []byte("alice")}}})
	profile := s.stored(take[Appended](s)[0].ID).Seq
	s.say("is anybody there?")
	s.link(9)
	var pushed []uint64
	for _, f := range s.frames {
		if p, ok := f.(wire.LinkPush); ok {
			r, err := wire.ParseRecord(p.Record)
			if err != nil {
				t.Fatal(err)
			}
			pushed = append(pushed, r.Seq)
		}
	}
	if !slices.Contains(pushed, profile) || !slices.Contains(pushed, profile+1) {
		t.Errorf("pushed %v behind the HELLO, want the profile (%d) and all that was said", pushed, profile)
	}
}
