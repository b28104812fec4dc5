package room

import (
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func TestInvalidDataClosesTheLink(t *testing.T) {
	forged := newScribe(2).write("forged")
	forged.Clk++
	alien := newScribe(2).write("from another room")
	alien.Sign(memberN(2), crypto.RoomID{9})
	swapped := newScribe(2).write("body swapped")
	swapped.Body = wire.AppendFields(nil, textFields("BODY SWAPPED")...)
	for name, send := range map[string]func(s *solo){
		"forged":     func(s *solo) { s.push(1, forged) },
		"other room": func(s *solo) { s.push(1, alien) },
		"body":       func(s *solo) { s.push(1, swapped) },
		"no record":  func(s *solo) { s.frame(1, wire.LinkPush{Hop: 1, Record: []byte("junk")}) },
		"no frame":   func(s *solo) { s.step(Frame{1, []byte{byte(wire.LinkFrameDigest), 9}}) },
		"two hellos": func(s *solo) { s.frame(1, wire.LinkHello{}) },
	} {
		s := newSolo(t, nil)
		s.link(1)
		for range maxStrikes + 2 {
			forgedAgain := *s // each time as if anew
			send(&forgedAgain)
			s.got, s.frames = forgedAgain.got, forgedAgain.frames
			s.e.refused = recent[wire.RecordID]{limit: maxRefused}
		}
		if got := take[CloseLink](s); len(got) != 1 || got[0].Reason != InvalidData || got[0].Link != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		if s.e.Stats() != (Stats{}) || len(s.shown()) != 0 {
			t.Errorf("%s: something was kept", name)
		}
	}
}

func TestUnknownFramesAreSkipped(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for range 10 {
		s.step(Frame{1, []byte{250, 1, 2, 3}})
	}
	if len(take[CloseLink](s)) != 0 {
		t.Error("a newer version's frame closes the link")
	}
}

func TestABadCopyOfABodyPoisonsNothing(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	good := newScribe(1).write("good")
	bad := *good
	bad.Salt[0]++
	s.push(1, &bad)
	s.push(1, good)
	if got := s.shown(); len(got) != 1 {
		t.Errorf("shown %q", got)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	s := newSolo(t, func(k crypto.PublicKey) bool { return k != memberN(2).Public() })
	s.link(1)
	s.push(1, newScribe(2).write("stranger"))
	s.push(1, newScribe(3).write("member"))
	if got := s.shown(); len(got) != 1 || got[0] != "member" {
		t.Errorf("shown %q", got)
	}
}

// A neighbour that pushes on without waiting for answers is cut off, and what
// it can make us hold meanwhile is bounded.
func TestFloodIsCutOff(t *testing.T) {
	s := newSolo(t, nil)
	s.step(LinkUp{Link: 1, Peer: memberN(1).Public()})
	s.frame(1, wire.LinkHello{})
	w := newScribe(1)
	w.clk -= 3600 * 1000
	n := 0
	for ; len(take[CloseLink](s)) == 0 && n < 20000; n++ {
		w.clk += paceShortSpan / paceShortCount
		s.push(1, w.write("x"))
	}
	if n < inboundBurst || n > inboundBurst+2*window+1 {
		t.Errorf("cut off after %d", n)
	}
}

func TestPendingIsBounded(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	w := newScribe(1)
	w.write("withheld")
	for range maxPendingAuthor + 200 {
		w.clk += paceShortSpan / paceShortCount
		w.write("skipped")
		s.push(1, w.write("pending"))
		s.now = s.now.Add(time.Millisecond)
	}
	if st := s.e.Stats(); st.Pending > maxPendingAuthor || st.Settled != 200 {
		t.Errorf("%+v", st)
	}
}

func TestLiesCostLittle(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for i := range 200 {
		hints := make([]wire.Hint, 1000)
		for j := range hints {
			hints[j] = wire.Hint{byte(i), byte(j), byte(j >> 8), 1}
		}
		s.frame(1, wire.LinkIHave{Hints: hints})
		s.frame(1, wire.LinkWant{Hints: hints})
		s.frame(1, wire.LinkRecon{Initiator: true})
		s.frame(1, wire.LinkDigest{Answer: true, Count: 9})
	}
	if st := s.e.Stats(); st.Wanted > maxWantsLink {
		t.Errorf("%d wants", st.Wanted)
	}
	s.wait(time.Minute)
	if st := s.e.Stats(); st.Wanted != 0 {
		t.Errorf("%d wants for nothing are kept", st.Wanted)
	}
	if l := s.e.link(1); l.wanted != 0 || len(l.supply.asked)+len(l.supply.scattered) > 0 || l.known.limit < len(l.known.ring) || l.broken == 0 {
		t.Errorf("wanted %d, supply %d, broken %d", l.wanted, len(l.supply.asked), l.broken)
	}
	for range maxStrikes {
		hints := make([]wire.Hint, maxBroken)
		for j := range hints {
			hints[j] = wire.Hint{byte(j), byte(j >> 8), 2}
		}
		s.frame(1, wire.LinkIHave{Hints: hints})
		s.wait(slowPush)
	}
	if got := take[CloseLink](s); len(got) != 1 || got[0].Reason != InvalidData {
		t.Errorf("a link that only lies: %+v", got)
	}
}

func FuzzEngineFrames(f *testing.F) {
	w := newScribe(1)
	one, two := w.write("one"), w.write("two")
	add := func(frames ...wire.LinkFrame) {
		var b []byte
		for _, x := range frames {
			b = wire.AppendLinkFrame(b, x)
		}
		f.Add(b)
	}
	add(wire.LinkPush{Hop: 1, Record: two.Append(nil)}, wire.LinkPush{Hop: 1, Record: one.Append(nil)})
	add(wire.LinkIHave{Hints: []wire.Hint{{1}}}, wire.LinkAck{Held: []wire.Hint{{1}}, Refused: []wire.Hint{{2}}})
	add(wire.LinkDigest{Answer: true, Count: 1}, wire.LinkBye{})
	add(wire.LinkWant{Hints: []wire.Hint{one.ID().Hint()}, Spans: []wire.WantSpan{{Author: w.id.Public(), Chain: 1, From: 1, Count: 256}}})
	add(wire.LinkPrune{}, wire.LinkGraft{}, wire.LinkNeighbour{Priority: wire.PriorityHigh}, wire.LinkDisconnect{})
	add(wire.LinkRecon{Initiator: true, Ranges: []wire.ReconRange{{End: wire.Bound{Clk: wire.MaxClk}, Mode: wire.RangeList, IDs: []wire.ShortID{{5}}}}})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSolo(t, nil)
		s.say("own")
		if len(b)%2 == 1 { // a large room
			s.present(1, defaultShape.meshMax+2)
		}
		s.link(1)
		s.push(1, one)
		for len(b) > 0 {
			n := min(int(b[0])+1, len(b))
			s.step(Frame{1, append([]byte(nil), b[:n]...)})
			b = b[n:]
		}
		s.wait(30 * time.Second)
		if st := s.e.Stats(); st.Settled < 2 {
			t.Fatalf("%+v", st)
		}
	})
}
