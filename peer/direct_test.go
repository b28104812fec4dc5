package peer

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// converse has b open its conversation with a, and returns it.
func (p *pair) converse() *Room {
	p.t.Helper()
	r, err := p.b.Direct(p.a.Key())
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle(3 * time.Second)
	return r
}

// say sends a message.
func (p *pair) say(r *Room, text string) {
	p.t.Helper()
	if _, err := r.Send(Text, text); err != nil {
		p.t.Fatal(err)
	}
	p.settle(3 * time.Second)
}

// atA is a's side of a room of b's; nil: a is not in it.
func (p *pair) atA(r *Room) *Room { return p.a.openRoom(r.keys.ID) }

func TestDirectRefuses(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		for what, c := range map[string]struct {
			keys []crypto.PublicKey
			want error
		}{
			"nobody":       {nil, crypto.ErrMembers},
			"oneself":      {[]crypto.PublicKey{p.a.Key(), p.a.Key()}, crypto.ErrMembers},
			"no key":       {[]crypto.PublicKey{{1}}, crypto.ErrNobodysKey},
			"no key of 3":  {[]crypto.PublicKey{{1}, p.b.Key()}, crypto.ErrNobodysKey},
			"too many":     {keysOf(seq(50)...), ErrGroup},
			"all the zero": {make([]crypto.PublicKey, 2), crypto.ErrMembers},
		} {
			if _, err := p.a.Direct(c.keys...); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		if _, err := p.a.Join(RoomConfig{Name: "@b", Keys: roomKeys("x")}); !errors.Is(err, ErrName) {
			t.Errorf("a room called like a conversation: %v", err)
		}
		if len(p.a.occupied) != 0 {
			t.Error("something is open")
		}
		one, err := p.a.Direct(p.b.Key())
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.a.Direct(p.b.Key(), p.a.Key(), p.b.Key()); again != one || err != nil {
			t.Errorf("not the same: %v", err)
		}
		if _, err := p.a.Direct(keysOf(seq(49)...)...); err != nil {
			t.Errorf("50 members: %v", err)
		}
	})
}

func seq(n int) (is []int) {
	for i := range n {
		is = append(is, i+100)
	}
	return is
}

// A conversation that another opens is not told before something is said in it,
// and closes when it is over; nothing is registered or kept for it.
func TestQuietConversation(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.settle(3 * time.Second)
		r := p.converse()
		at := p.atA(r)
		if at == nil || !at.hidden || !at.quiet {
			t.Fatalf("a's side: %+v", at)
		}
		p.settle(10 * time.Minute)
		if p.atA(r) != at {
			t.Error("closed while it is linked")
		}
		r.Leave()
		p.settle(3 * quietFor)
		if p.atA(r) != nil {
			t.Error("still open")
		}
		kept := 0
		_ = p.a.cfg.Meta.EachMeta("", func(string, []byte) error { kept++; return nil })
		if kept != 0 || len(p.a.direct.book.all) != 0 {
			t.Errorf("%d are kept, %d known", kept, len(p.a.direct.book.all))
		}
		for _, e := range p.events(p.a) {
			if x, ok := e.(RoomChanged); ok && x.Direct {
				t.Errorf("a was told %+v", e)
			}
		}
		r = p.converse()
		p.say(r, "now really")
		at = p.atA(r)
		if at == nil || at.hidden || at.quiet || len(at.History(5)) != 1 {
			t.Fatalf("a's side: %+v", at)
		}
		r.Leave()
		p.settle(3 * quietFor)
		if p.atA(r) != at {
			t.Error("one that a knows of was closed")
		}
	})
}

// Others open so many conversations and no more; the user is told once, and his
// own are not touched by it.
func TestConversationsOfOthersAreBounded(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.a.direct.asked, p.a.direct.askedSince = maxAsked, time.Now()
		r := p.converse()
		p.say(r, "let me in")
		p.settle(10 * time.Minute) // b tries on
		if p.atA(r) != nil {
			t.Error("opened")
		}
		told := 0
		for _, e := range p.events(p.a) {
			if x, ok := e.(Notice); ok && x.Code == CodeConversations {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		if _, err := p.a.Direct(somebody(7).Public()); err != nil {
			t.Errorf("one's own: %v", err)
		}
		p.settle(time.Hour)
		if at := p.atA(r); at == nil || len(at.History(5)) != 1 {
			t.Error("an hour later: not opened")
		}
	})
}

// Nobody reads: nothing is opened.
func TestUnattended(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.a.cfg.Unattended = true
		r := p.converse()
		p.say(r, "anybody?")
		if p.atA(r) != nil {
			t.Error("opened")
		}
		if _, err := p.a.Direct(p.b.Key()); err != nil {
			t.Fatal(err)
		}
		p.settle(time.Minute)
		at := p.atA(r)
		if len(at.History(5)) != 1 {
			t.Error("the message did not come")
		}
		unshown := 0
		_ = at.store.EachUnshown(0, func(wire.RecordID) error { unshown++; return nil })
		if unshown == 0 {
			t.Error("what nobody read counts as shown")
		}
	})
}

// Who is silent in a room leaves no nick there, and can write to who is met.
func TestSilent(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := p.join(p.a, RoomConfig{Name: "r"}), p.join(p.b, RoomConfig{Name: "r", Silent: true})
		p.announce(rb, ra)
		p.announce(ra, rb)
		p.settle(3 * time.Second)
		p.do(p.a, func(time.Time) {
			if len(ra.engine.Nick(p.a.Key())) == 0 || len(ra.engine.Nick(p.b.Key())) != 0 {
				t.Error("not only the nick of who is not silent is there")
			}
		})
		r := p.converse()
		p.say(r, "psst")
		if at := p.atA(r); at == nil || len(at.History(5)) != 1 {
			t.Error("the message did not come")
		}
	})
}

// Invitations that are not for their author and their receiver, and such as are
// malformed, have no effect; good ones have it once.
func TestHostileInvitations(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		a, b := p.a.Key(), p.b.Key()
		x, y := somebody(7).Public(), somebody(8).Public()
		list := func(keys ...crypto.PublicKey) []byte {
			slices.SortFunc(keys, crypto.PublicKey.Compare)
			return wire.Group{Secret: crypto.GroupSecret{9}, Members: keys}.Append(nil)
		}
		r := p.converse()
		good := list(a, b, x)
		for what, value := range map[string][]byte{
			"nothing":         {},
			"not its author":  list(a, x, y),
			"not us":          list(b, x, y),
			"only two":        list(a, b),
			"one twice":       list(a, b, b),
			"too many":        list(append(keysOf(seq(wire.MaxGroup)...), a, b)...),
			"huge":            make([]byte, 100<<10),
			"cut":             good[:len(good)-1],
			"something more":  append(slices.Clone(good), 0),
			"out of order":    slices.Concat(good[:32], good[64:96], good[32:64], good[96:]),
			"only the secret": good[:32],
		} {
			p.invite(r, value)
			if got := p.groups(); len(got) != 0 {
				t.Errorf("%s: %v", what, got)
			}
		}
		for range 3 {
			p.invite(r, good)
		}
		got := p.groups()
		if len(got) != 1 || !slices.Equal(got[0].members, crypto.Members(sorted(a, b, x))) || got[0].from != b {
			t.Fatalf("%v", got)
		}
		if p.a.openRoom(got[0].keys.ID) == nil {
			t.Error("not open")
		}
		p.a.openRoom(got[0].keys.ID).Leave()
		p.invite(r, good)
		p.settle(time.Minute)
		if p.a.openRoom(got[0].keys.ID) != nil {
			t.Error("an old invitation opened what was left")
		}
		for _, e := range p.events(p.a) {
			if x, ok := e.(RoomChanged); ok && x.Direct {
				t.Errorf("a was told %+v", e)
			}
		}
	})
}

func sorted(keys ...crypto.PublicKey) []crypto.PublicKey {
	slices.SortFunc(keys, crypto.PublicKey.Compare)
	return keys
}

// invite has b write an invitation of its own making.
func (p *pair) invite(r *Room, value []byte) {
	p.t.Helper()
	p.do(p.b, func(now time.Time) {
		r.append(now, room.Append{Type: wire.RecordInvite, Fields: []wire.Field{{Type: wire.FieldGroup, Value: value}}}, func(_ wire.RecordID, err error) {
			if err != nil {
				p.t.Error(err)
			}
		})
	})
	p.settle(3 * time.Second)
}

// groups are the conversations of several that a knows.
func (p *pair) groups() (list []*conversation) {
	p.a.mu.Lock()
	defer p.a.mu.Unlock()
	for _, c := range p.a.direct.book.all {
		if !c.isPair() {
			list = append(list, c)
		}
	}
	return list
}

// Who invites too often is told of once, and the rest ignored.
func TestManyInvitations(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		r := p.converse()
		for i := range maxInvited + 10 {
			g := wire.Group{Secret: crypto.GroupSecret{byte(i)}, Members: sorted(p.a.Key(), p.b.Key(), somebody(i).Public())}
			p.invite(r, g.Append(nil))
			p.settle(30 * time.Second)
		}
		if got := len(p.groups()); got != maxInvited {
			t.Errorf("%d were accepted", got)
		}
		told := 0
		for _, e := range p.events(p.a) {
			if x, ok := e.(Notice); ok && x.Code == CodeConversations {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

// A place to keep things that fails costs no message.
func TestConversationsNotKept(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		broken := errors.New("the disk is full")
		p.a.cfg.Meta = &brokenMeta{err: broken}
		r := p.converse()
		p.say(r, "hello")
		if at := p.atA(r); at == nil || len(at.History(5)) != 1 {
			t.Error("not opened")
		}
		told := false
		for _, e := range p.events(p.a) {
			x, ok := e.(Notice)
			told = told || ok && x.Code == CodeStore && x.Level == Failure
		}
		if !told {
			t.Error("nobody was told")
		}
		if _, err := p.a.Direct(somebody(7).Public()); !errors.Is(err, broken) {
			t.Errorf("one's own: %v", err)
		}
		if _, err := New(Config{Identity: somebody(1), Socket: p.a.cfg.Socket, Meta: &brokenMeta{err: broken}}); !errors.Is(err, broken) {
			t.Errorf("start: %v", err)
		}
	})
}

type brokenMeta struct {
	MemoryMeta
	err error
}

func (m *brokenMeta) SetMeta(string, []byte) error { return m.err }
func (m *brokenMeta) EachMeta(string, func(string, []byte) error) error {
	return fmt.Errorf("meta: %w", m.err)
}
