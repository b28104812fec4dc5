package peer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/wire"
)

// somebody is one of a few identities.
func somebody(i int) *crypto.Identity {
	return crypto.IdentityFromSeed([32]byte{byte(i), byte(i >> 8), 1})
}

func keysOf(is ...int) (keys []crypto.PublicKey) {
	for _, i := range is {
		keys = append(keys, somebody(i).Public())
	}
	return keys
}

func groupOf(t interface{ Fatal(...any) }, secret byte, is ...int) wire.Group {
	members, err := crypto.NewMembers(keysOf(is...)...)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Group{Secret: crypto.GroupSecret{secret}, Members: members}
}

// Whoever has the same invitations comes to the same conversation, in whatever
// order, how often and from whom they came; and it is the one with the lowest id.
func TestChosenIsTheSameForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type sent struct {
			g  wire.Group
			by int
		}
		var all []sent
		for range rapid.IntRange(1, 12).Draw(t, "invitations") {
			who := rapid.SliceOfNDistinct(rapid.IntRange(1, 5), 3, 5, rapid.ID).Draw(t, "who")
			all = append(all, sent{groupOf(t, rapid.Byte().Draw(t, "secret"), who...), who[0]})
		}
		chosen := map[string]crypto.RoomID{}
		for self := 1; self <= 5; self++ {
			b := newBook(somebody(self).Public())
			for _, s := range slices.Concat(rapid.Permutation(all).Draw(t, "order"), all[:1]) {
				author, other := s.by, s.by
				if s.by == self { // our own, from another machine
					other = self%5 + 1
				}
				c, err := b.invited(s.g, somebody(author).Public(), somebody(other).Public())
				belongs := s.g.Members.Has(b.self) && s.g.Members.Has(somebody(other).Public())
				if (err == nil) != belongs || c != nil && !belongs {
					t.Fatalf("%d takes an invitation by %d to %v: %v", self, s.by, s.g.Members, err)
				}
				if !belongs && author == self { // it went to somebody else
					if _, err := b.add(newGroup(s.g, b.self)); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, s := range all {
				if !s.g.Members.Has(b.self) {
					continue
				}
				best := b.chosen(s.g.Members)
				for _, c := range b.all {
					if slices.Equal(c.members, s.g.Members) && bytes.Compare(c.keys.ID[:], best.keys.ID[:]) < 0 {
						t.Fatal("not the lowest")
					}
				}
				name := fmt.Sprint(s.g.Members)
				if before, ok := chosen[name]; ok && before != best.keys.ID {
					t.Fatalf("two members chose differently for %s", name)
				}
				chosen[name] = best.keys.ID
			}
		}
	})
}

// What was accepted counts once, and is passed on only if it takes the place of
// another.
func TestInvitedOnce(t *testing.T) {
	b := newBook(somebody(1).Public())
	bob := somebody(2).Public()
	var rising []wire.Group
	for i := range 4 {
		rising = append(rising, groupOf(t, byte(i), 1, 2, 3))
	}
	slices.SortFunc(rising, func(x, y wire.Group) int {
		return bytes.Compare(newGroup(x, bob).keys.ID[:], newGroup(y, bob).keys.ID[:])
	})
	for _, x := range []struct {
		group    int
		passedOn bool
	}{{1, false}, {3, false}, {0, true}, {2, false}} {
		c, err := b.invited(rising[x.group], bob, bob)
		if err != nil || c.inviting != x.passedOn {
			t.Fatalf("%d: %v, passed on: %v", x.group, err, c.inviting)
		}
		if again, err := b.invited(rising[x.group], bob, bob); again != nil || err != nil {
			t.Errorf("%d has effect twice: %v", x.group, err)
		}
	}
	if c := b.chosen(rising[0].Members); c.keys.ID != newGroup(rising[0], bob).keys.ID {
		t.Error("the wrong one")
	}
}

// Nobody fills the book with invitations.
func TestInvitationsAreBounded(t *testing.T) {
	b := newBook(somebody(1).Public())
	accepted := 0
	for from := 2; from < 40; from++ {
		for secret := range 100 {
			c, err := b.invited(groupOf(t, byte(secret), 1, from, 500), somebody(from).Public(), somebody(from).Public())
			switch {
			case err == nil:
				accepted++
			case secret < maxInvited && accepted < maxInvitedAll, c != nil, !errors.Is(err, errInvited) && !errors.Is(err, errKnown):
				t.Fatalf("the %d. of %d: %v", secret, from, err)
			}
		}
	}
	if accepted != maxInvitedAll || len(b.all) != maxInvitedAll {
		t.Errorf("%d accepted, %d known", accepted, len(b.all))
	}
	for _, c := range b.all {
		c.left = true
		b.drop(c)
	}
	if len(b.all) != maxLeft {
		t.Errorf("%d are remembered after all were left", len(b.all))
	}
	if _, err := b.invited(groupOf(t, 1, 1, 50, 500), somebody(50).Public(), somebody(50).Public()); err != nil {
		t.Errorf("an invitation after all were left: %v", err)
	}
}

func TestKept(t *testing.T) {
	self := somebody(1)
	pair, err := newPair(self, somebody(2).Public())
	if err != nil {
		t.Fatal(err)
	}
	group := newGroup(groupOf(t, 7, 1, 2, 3), somebody(3).Public())
	pair.name, pair.shown = "@bob", true
	group.name, group.left, group.inviting = "@bob,carol", true, true
	for _, c := range []*conversation{pair, group} {
		got, err := parseKept(self, c.keptKey(), c.kept())
		if err != nil {
			t.Fatal(err)
		}
		if got.keys.ID != c.keys.ID || got.name != c.name || !slices.Equal(got.members, c.members) || got.secret != c.secret ||
			got.from != c.from || got.shown != c.shown || got.left != c.left || got.inviting != c.inviting {
			t.Errorf("%+v came back as %+v", c, got)
		}
		if _, err := parseKept(somebody(9), c.keptKey(), c.kept()); !errors.Is(err, errKept) {
			t.Errorf("of another identity: %v", err)
		}
		if _, err := parseKept(self, keptPrefix+"00", c.kept()); !errors.Is(err, errKept) {
			t.Errorf("under another key: %v", err)
		}
		for n := range len(c.kept()) {
			if _, err := parseKept(self, c.keptKey(), c.kept()[:n]); !errors.Is(err, errKept) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
		}
	}
	pair.name = "lobby\n"
	if got, err := parseKept(self, pair.keptKey(), pair.kept()); err != nil || got.name != "" {
		t.Errorf("a bad name came back as %q, %v", got.name, err)
	}
}

func FuzzKept(f *testing.F) {
	self := somebody(1)
	pair, _ := newPair(self, somebody(2).Public())
	f.Add(pair.kept())
	f.Add(newGroup(groupOf(f, 7, 1, 2, 3), somebody(3).Public()).kept())
	f.Fuzz(func(t *testing.T, b []byte) {
		key := pair.keptKey()
		c, err := parseKept(self, key, b)
		if err == nil && (c.keptKey() != key || !c.members.Has(self.Public())) {
			t.Errorf("%x", b)
		}
	})
}

// Names say who is meant, never look alike, and never like a room's.
func TestConversationNames(t *testing.T) {
	bob, carol := somebody(2).Public(), somebody(3).Public()
	pair, _ := newPair(somebody(1), bob)
	group := newGroup(groupOf(t, 1, 1, 2, 3), bob)
	for _, x := range []struct {
		c      *conversation
		others []called
		used   []string
		want   string
	}{
		{pair, []called{{bob, "bob", true}}, nil, "@bob"},
		{pair, []called{{bob, "bob", false}}, nil, "@bob#" + bob.Suffix()},
		{pair, []called{{bob, "bob", true}}, []string{"@B0b"}, "@bob#" + bob.Suffix()},
		{group, []called{{carol, "carol", true}, {bob, "Bob", true}}, nil, "@Bob,carol"},
		{group, []called{{bob, "bob", true}, {carol, "bob", false}}, nil, "@bob,bob#" + carol.Suffix()},
		{group, []called{{bob, "bob", true}, {carol, "carol", true}}, []string{"@bob,carol"}, "@bob,carol#" + group.keptKey()[len(keptPrefix):][:4]},
	} {
		used := map[string]bool{}
		for _, name := range x.used {
			used[text.Fold(name)] = true
		}
		if got := chooseName(conversationNames(x.c, x.others), used); got != x.want || !isConversationName(got) {
			t.Errorf("%v, with %v in use: %s, want %s", x.others, x.used, got, x.want)
		}
	}
	var many []called
	var is []int
	for i := range 49 {
		many, is = append(many, called{somebody(i + 2).Public(), "0123456789abcdef0123456789abcdef", i%2 == 0}), append(is, i+1)
	}
	large := newGroup(groupOf(t, 1, append(is, 50)...), bob)
	for _, name := range conversationNames(large, many) {
		if len(name) > 64+13 || !isConversationName(name) {
			t.Errorf("%q", name)
		}
	}
}
