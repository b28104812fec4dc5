package peer

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
)

// told are the texts of messages that a node was told of in a room, changes with
// a star.
func (p *pair) toldOf(n *Node, room string) (texts []string) {
	synctest.Wait()
	for _, e := range p.events(n) {
		switch e := e.(type) {
		case MessageEvent:
			if e.Room == room {
				texts = append(texts, e.Text)
			}
		case MessageChanged:
			if e.Room == room {
				texts = append(texts, "*"+e.Text)
			}
		}
	}
	return texts
}

func textsOf(list []Message) (texts []string) {
	for _, m := range list {
		texts = append(texts, m.Text)
	}
	return texts
}

func TestIgnore(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		ra, rb, b := p.a.Room("r"), p.b.Room("r"), p.b.Key()
		if err := p.a.Ignore(p.a.Key(), true); !errors.Is(err, ErrIgnoreSelf) {
			t.Errorf("oneself: %v", err)
		}
		mine, err := ra.Send(Text, "mine")
		if err != nil {
			t.Fatal(err)
		}
		p.settle(time.Second)
		p.say(rb, "before")
		if err := p.a.Ignore(b, true); err != nil {
			t.Fatal(err)
		}
		if m := p.lastMember(p.a, b); !m.Ignored || m.State != Joined {
			t.Errorf("the roster: %+v", m)
		}
		p.forget(p.a)
		p.say(rb, "meanwhile")
		if _, err := rb.React(mine, "👍", false); err != nil {
			t.Fatal(err)
		}
		last := rb.History(1)[0]
		if _, err := rb.Edit(last.ID, "meanwhile, edited"); err != nil {
			t.Fatal(err)
		}
		p.settle(3 * time.Second)
		if got := p.toldOf(p.a, "r"); slices.ContainsFunc(got, func(s string) bool { return s != "*mine" }) {
			t.Errorf("told of %q", got)
		}
		if got := ra.History(10); !slices.Equal(textsOf(got), []string{"mine"}) || got[0].Reactions != nil {
			t.Errorf("the history: %+v", got)
		}
		if m, ok := ra.View(last.ID); !ok || !m.Ignored {
			t.Errorf("by its id: %+v, %v", m, ok)
		}
		if d := ra.DeliveryOf(mine); len(d) != 1 || d[0].State != Reached {
			t.Errorf("what we write does not reach him: %+v", d)
		}
		if all := p.a.AllIgnored(); len(all) != 1 || all[0].Key != b || all[0].Nick != "x" || !all[0].Ignored {
			t.Errorf("all: %+v", all)
		}

		p.forget(p.a)
		if err := p.a.Ignore(b, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !slices.ContainsFunc(p.events(p.a), func(e Event) bool {
			c, ok := e.(IgnoreChanged)
			return ok && c.Key == b && !c.Ignored
		}) {
			t.Error("no word of it")
		}
		if got := textsOf(ra.History(10)); !slices.Equal(got, []string{"mine", "before", "meanwhile, edited"}) {
			t.Errorf("the history after all: %q", got)
		}
		if got := ra.History(10)[0].Reactions; len(got) != 1 || got[0].By[0] != b {
			t.Errorf("the reaction after all: %+v", got)
		}
		p.say(rb, "after")
		if got := p.toldOf(p.a, "r"); !slices.Contains(got, "after") {
			t.Errorf("told of %q", got)
		}
	})
}

// A page is full although many of an ignored author are in between.
func TestPagesPassOverIgnored(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		ra, rb := p.a.Room("r"), p.b.Room("r")
		if err := p.a.Ignore(p.b.Key(), true); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"one", "two"} {
			p.say(ra, s)
			for range 30 {
				if _, err := rb.Send(Text, "noise"); err != nil {
					t.Fatal(err)
				}
			}
			p.settle(3 * time.Second)
		}
		if got := textsOf(ra.History(2)); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("%q", got)
		}
		first := ra.History(2)[0].Order
		if got := textsOf(ra.HistoryAfter(first, 1)); !slices.Equal(got, []string{"two"}) {
			t.Errorf("behind the first: %q", got)
		}
	})
}

// Nobody who is ignored opens a conversation; it is there when he is no more.
func TestIgnoredConversation(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		if err := p.a.Ignore(p.b.Key(), true); err != nil {
			t.Fatal(err)
		}
		p.forget(p.a)
		rb := p.converse()
		p.say(rb, "psst")
		if r := p.atA(rb); r == nil || r.engine.Stats().Settled < 2 {
			t.Fatal("what was said is not stored")
		}
		for _, e := range p.events(p.a) {
			switch e.(type) {
			case RoomChanged, MessageEvent, Notice:
				t.Errorf("told of %+v", e)
			}
		}
		if err := p.a.Ignore(p.b.Key(), false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r := p.atA(rb)
		if p.a.Room(r.Name()) != r {
			t.Fatal("still hidden")
		}
		if got := textsOf(r.History(5)); !slices.Equal(got, []string{"psst"}) {
			t.Errorf("%q", got)
		}

		// One that was left does not come back because of it.
		name := r.Name()
		r.Leave()
		p.settle(10 * time.Second)
		for _, on := range []bool{true, false} {
			if err := p.a.Ignore(p.b.Key(), on); err != nil {
				t.Fatal(err)
			}
			p.settle(10 * time.Second)
		}
		if p.a.Room(name) != nil {
			t.Error("a conversation that was left is back")
		}
	})
}

// The memory of a Node without a profile is bounded.
func TestIgnoredInMemoryIsBounded(t *testing.T) {
	m := newMemoryNames()
	key := func(i int) crypto.PublicKey { return crypto.PublicKey{byte(i), byte(i >> 8), 1} }
	for i := range maxMemoryIgnored {
		if err := m.Ignore(key(i), true); err != nil {
			t.Fatal(err)
		}
	}
	if m.Ignore(key(maxMemoryIgnored), true) == nil {
		t.Error("one more")
	}
	if err := m.Ignore(key(1), false); err != nil || m.Ignored(key(1)) || len(m.AllIgnored()) != maxMemoryIgnored-1 {
		t.Error("not taken back")
	}
}
