package peer

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
)

// begin has b begin conversations with a and somebody made up, and say something
// in each.
func (p *pair) begin(from, to int) (rooms []*Room) {
	p.t.Helper()
	for i := from; i < to; i++ {
		r, err := p.b.Direct(p.a.Key(), somebody(50+i).Public())
		if err != nil {
			p.t.Fatal(err)
		}
		p.settle(time.Second)
		p.say(r, "x")
		rooms = append(rooms, r)
	}
	p.settle(requestsTold)
	return rooms
}

// listed are the conversations of several that a's user knows of.
func (p *pair) listed() (n int) {
	for _, c := range p.groups() {
		if c.shown {
			n++
		}
	}
	return n
}

func (p *pair) notices(n *Node, code string) (list []string) {
	synctest.Wait()
	for _, e := range p.events(n) {
		if x, ok := e.(Notice); ok && x.Code == code {
			list = append(list, x.Text)
		}
	}
	return list
}

// Of the conversations that one person begins the first are shown, the rest is one
// line, and nothing is lost.
func TestRequestsAreFolded(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.forget(p.a)
		rooms := p.begin(0, 12)
		if got := p.listed(); got != maxRequests {
			t.Errorf("%d are listed", got)
		}
		joined, said := 0, 0
		for _, e := range p.events(p.a) {
			switch e.(type) {
			case RoomChanged:
				joined++
			case MessageEvent:
				said++
			}
		}
		if joined != maxRequests || said != maxRequests {
			t.Errorf("told of %d conversations and %d messages", joined, said)
		}
		who := "x#" + p.b.Key().Suffix()
		if got := p.notices(p.a, CodeRequests); len(got) != 1 || !strings.HasPrefix(got[0], who+" has begun ") || !strings.Contains(got[0], "/requests "+who) {
			t.Errorf("told %q", got)
		}
		if got := p.a.Requests(); len(got) != 1 || got[0].Key != p.b.Key() || got[0].Count != 12-maxRequests {
			t.Errorf("%+v", got)
		}
		p.settle(requestsWithin) // they stay folded, and so do new words in them
		p.say(rooms[11], "y")
		if got := p.listed(); got != maxRequests {
			t.Errorf("%d are listed an hour later", got)
		}
		if n := p.a.ShowRequests(p.b.Key()); n != 12-maxRequests || p.listed() != 12 || len(p.a.Requests()) != 0 {
			t.Errorf("%d were shown, %d are listed", n, p.listed())
		}
		for i, r := range rooms {
			if got := textsOf(p.atA(r).History(5)); got[0] != "x" {
				t.Errorf("%d: %q", i, got)
			}
		}
	})
}

// Whom the user answers, or has verified, may begin more.
func TestRequestsOfTheKnown(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.begin(0, maxRequests)
		for _, c := range p.groups()[:2] {
			if _, err := p.a.openRoom(c.keys.ID).Send(Text, "hello"); err != nil {
				t.Fatal(err)
			}
		}
		p.settle(3 * time.Second)
		p.begin(10, 14)
		if got := p.listed(); got != maxRequests+2 {
			t.Errorf("%d are listed with two answers", got)
		}
		if err := p.a.Verify(p.b.Key()); err != nil {
			t.Fatal(err)
		}
		p.begin(20, 24)
		if got := p.listed(); got != maxRequests+4+4 {
			t.Errorf("%d are listed of a verified member", got)
		}
	})
}

// With somebody who is ignored the conversations go in which nobody else has said
// anything, also for the next start, and come back with him.
func TestIgnoreHidesConversations(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		rooms := p.begin(0, 6)
		groups := p.groups()
		answered := groups[slices.IndexFunc(groups, func(c *conversation) bool { return c.shown })]
		if _, err := p.a.openRoom(answered.keys.ID).Send(Text, "mine"); err != nil {
			t.Fatal(err)
		}
		pair := p.converse()
		p.say(pair, "psst")
		p.forget(p.a)
		if err := p.a.Ignore(p.b.Key(), true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		parted := 0
		for _, e := range p.events(p.a) {
			if x, ok := e.(RoomChanged); ok && x.State == RoomParted && x.Ignored {
				parted++
			}
		}
		if parted != maxRequests || p.listed() != 1 || !answered.shown || len(p.a.Requests()) != 0 {
			t.Errorf("%d are parted, %d of several listed", parted, p.listed())
		}
		if name := p.atA(pair).Name(); p.a.Room(name) != nil {
			t.Error("the conversation of two is still there")
		}
		p.say(rooms[5], "more")
		if err := p.a.loadConversations(); err != nil { // as the next start does
			t.Fatal(err)
		}
		if got := p.listed(); got != 1 {
			t.Errorf("%d would be listed after a restart", got)
		}
		p.begin(20, 22)
		if got := p.listed(); got != 1 {
			t.Errorf("%d are listed of who is ignored", got)
		}
	})
}

// Who is ignored no more does not bring his flood back.
func TestUnignoreShowsTheFirst(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		if err := p.a.Ignore(p.b.Key(), true); err != nil {
			t.Fatal(err)
		}
		rooms := p.begin(0, 8)
		p.forget(p.a)
		if err := p.a.Ignore(p.b.Key(), false); err != nil {
			t.Fatal(err)
		}
		p.settle(requestsTold)
		if got := p.listed(); got != maxRequests {
			t.Errorf("%d are listed", got)
		}
		if got := p.notices(p.a, CodeRequests); len(got) != 1 || !strings.Contains(got[0], "5 more") {
			t.Errorf("told %q", got)
		}
		if p.a.ShowRequests(p.b.Key()) != 8-maxRequests {
			t.Error("not all can be shown")
		}
		for _, r := range rooms {
			if got := textsOf(p.atA(r).History(5)); !slices.Equal(got, []string{"x"}) {
				t.Errorf("%q", got)
			}
		}
	})
}

// Who changes his nick all the time is shown a few times a minute, and at last as
// he is called; nobody's warning names him in his own way.
func TestNickFlood(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		friend := somebody(9).Public()
		p.a.cfg.Names.Pin(text.Fold("paula"), friend)
		p.forget(p.a)
		call := func(nick string) {
			p.do(p.a, func(now time.Time) {
				m := p.a.Room("r").members[p.b.Key()]
				m.setNick(now, nick)
				m.report()
			})
			p.settle(100 * time.Millisecond)
		}
		for range 100 {
			call("paula")
			call("rosa")
		}
		shown := 0
		for _, e := range p.events(p.a) {
			if c, ok := e.(MemberChanged); ok && c.State == c.Was {
				shown++
			}
		}
		if shown > nickBurst+1 {
			t.Errorf("%d changes shown in 20 s", shown)
		}
		call("atlast")
		p.settle(time.Minute)
		if m := p.lastMember(p.a, p.b.Key()); m.Nick != "atlast" {
			t.Errorf("at last: %+v", m)
		}
		call("Zoe") // and at once after a while
		if m := p.lastMember(p.a, p.b.Key()); m.Nick != "Zoe" {
			t.Errorf("after a while: %+v", m)
		}
	})
}

// A warning calls the one who was known as he is called, and one's own name so.
func TestImpostorIsToldFromTheKnown(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		call := func(nick string) (m Member) {
			p.settle(time.Minute)
			p.do(p.a, func(now time.Time) {
				x := p.a.Room("r").members[p.b.Key()]
				x.setNick(now, nick)
				x.report()
			})
			return p.lastMember(p.a, p.b.Key())
		}
		quinn := somebody(9)
		p.a.cfg.Names.Pin(text.Fold("quinn"), quinn.Public())
		p.do(p.a, func(now time.Time) {
			run, err := crypto.NewRunKey()
			if err != nil {
				t.Error(err)
				return
			}
			m := p.a.Room("r").announced(now, rendezvous.MemberPresent{Announcement: wire.Announcement{
				Peer: quinn.Public(), Run: run.Public(), RunNumber: 1, Generation: 1,
			}})
			m.setNick(now, "quinn")
			m.list(now, true)
		})
		if m := call("QUINN"); !m.Impostor || m.Namesake != (Namesake{Nick: "quinn"}) {
			t.Errorf("%+v", m)
		}
		if got := p.notices(p.a, CodeNickKey); len(got) != 1 || !strings.Contains(got[0], "uses the name QUINN, but is not the quinn#"+quinn.Public().Suffix()+" you know") {
			t.Errorf("told %q", got)
		}
		if err := p.a.SetNick("Rosa"); err != nil {
			t.Fatal(err)
		}
		p.forget(p.a)
		call("somebodyelse")
		if m := call("ROSA"); !m.Impostor || m.Namesake != (Namesake{Nick: "Rosa", Own: true}) {
			t.Errorf("%+v", m)
		}
		if got := p.notices(p.a, CodeNickKey); len(got) != 1 || !strings.Contains(got[0], "uses a name like your own, Rosa") {
			t.Errorf("told %q", got)
		}
	})
}

// A conversation keeps over a restart that it is folded.
func TestKeptFolded(t *testing.T) {
	a := somebody(1)
	members := sorted(a.Public(), somebody(2).Public(), somebody(3).Public())
	c := newGroup(wire.Group{Members: members}, somebody(2).Public())
	for _, folded := range []bool{true, false} {
		c.folded = folded
		if got, err := parseKept(a, c.keptKey(), c.kept()); err != nil || got.folded != folded {
			t.Errorf("%v: %+v, %v", folded, got, err)
		}
	}
}
