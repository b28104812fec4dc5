package front_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// person is a member whose key is another than that of all who bear the nick.
func person(nick, key string) peer.Member {
	m := fronttest.Joined(nick, peer.PathDirect, 0).Member
	m.Key = fronttest.Key(key)
	return m
}

func TestMsg(t *testing.T) {
	bob, carol := person("bob", "bob"), person("carol", "carol")
	dave, dave2 := person("dave", "dave"), person("Dave", "another dave")
	fake := person("erin", "not erin")
	fake.Impostor = true
	gone := person("frank", "frank")
	gone.State = peer.Left
	handle := func(m peer.Member) string { return front.Handle(m.Nick, m.Key, false) }
	for _, c := range []struct {
		input  string
		room   string // in front afterwards
		sent   string
		lines  string // somewhere in the output
		failed bool
	}{
		{input: "/msg bob hello there", room: "@bob", sent: "hello there"},
		{input: "/msg BOB hello", room: "@bob", sent: "hello"},
		{input: "/msg @bob hello", room: "@bob", sent: "hello"},
		{input: "/msg bob   two\nlines", room: "@bob", sent: "two\nlines"},
		{input: "/msg bob\ntwo\nlines", room: "@bob", sent: "two\nlines"},
		{input: "/msg bob", room: "@bob"},
		{input: "/msg bob /help", room: "@bob", sent: "/help"},
		{input: "/msg carol,bob us three", room: "@bob,carol", sent: "us three"},
		{input: "/msg bob,bob,alice just you", room: "@bob", sent: "just you"},
		{input: "/msg " + handle(bob) + " hello", room: "@bob", sent: "hello"},
		{input: "/msg " + bob.Key.String() + " hello", room: "@bob", sent: "hello"},
		{input: "/msg " + strings.ToUpper(bob.Key.String()) + " hello", room: "@bob", sent: "hello"},
		{input: "/msg " + fronttest.Key("nobody here").String() + " hello", room: "@nobody here", sent: "hello"},
		{input: "/msg frank are you there?", room: "@frank", sent: "are you there?"},
		{input: "/msg " + handle(dave2) + " hello", room: "@another dave", sent: "hello"},
		{input: "/msg " + handle(fake) + " hello", room: "@not erin", sent: "hello"},

		{input: "/msg", lines: "usage: /msg", failed: true},
		{input: "/msg erin hello", lines: handle(fake) + " is not the erin you know; whom do you mean?\n  " + handle(fake) + "  " + fake.Key.String(), failed: true},
		{input: "/msg dave hello", lines: "2 are called dave; whom do you mean?\n  " + handle(dave) + "  ", failed: true},
		{input: "/msg dave hello", lines: "\n  " + handle(dave2) + "  " + dave2.Key.String(), failed: true},
		{input: "/msg bob, carol hello", lines: "without spaces", failed: true},
		{input: "/msg bob,dave hello", lines: "2 are called dave", failed: true},
		{input: "/msg zoe hello", lines: "nobody in your rooms is called zoe", failed: true},
		{input: "/msg bob#zzzz hello", lines: "nobody in your rooms is called bob#zzzz", failed: true},
		{input: "/msg alice hello", lines: "that is you", failed: true},
		{input: "/msg " + strings.Repeat("x", 5000) + " hello", lines: "nobody in your rooms is called xxx", failed: true},
	} {
		sess := fronttest.New()
		sess.SetMembers(bob, carol, dave, dave2, fake, gone)
		r := front.Execute(sess, sess.Room, c.input)
		out := strings.Join(r.Lines, "\n")
		if !strings.Contains(out, c.lines) || c.lines == "" && out != "" || len(out) > 500 {
			t.Errorf("%q: printed %q, want %q", c.input, out, c.lines)
		}
		if sent := strings.Join(sess.Sent(), "|"); r.Room != c.room || r.Failed != c.failed || sent != c.sent || (r.Sent != "") != (sent != "") {
			t.Errorf("%q: %+v, sent %q", c.input, r, sent)
		}
	}
}

// A suffix that was searched for names nobody: then only keys are unlike.
func TestMsgToHandlesAlike(t *testing.T) {
	sess := fronttest.New()
	a, b := person("bob", "bob"), person("bob", "bob")
	for i := uint32(1); a.Key.Suffix() != b.Key.Suffix() || a.Key == b.Key; i++ { // some 700,000 keys
		binary.BigEndian.PutUint32(b.Key[28:], i)
	}
	sess.SetMembers(a, b)
	r := front.Execute(sess, sess.Room, "/msg bob#"+a.Key.Suffix()+" hello")
	if !r.Failed || !strings.Contains(strings.Join(r.Lines, "\n"), b.Key.String()) {
		t.Errorf("%+v", r)
	}
}

// A conversation is told apart from a room wherever one is described.
func TestConversationInWords(t *testing.T) {
	sess := fronttest.New()
	two, _ := sess.Direct(fronttest.Key("bob"))
	three, _ := sess.Direct(fronttest.Key("bob"), fronttest.Key("carol"))
	if got := front.Greeting(two); got != "conversation @bob (only the two of you are in it)" {
		t.Error(got)
	}
	if got := front.Openness(three); got != "only the 3 of you are in it" {
		t.Error(got)
	}
	if got := strings.Join(front.Alone(sess, two, &front.Bootnodes{}), " "); strings.Contains(got, "gochat") || !strings.Contains(got, "delivered when you meet") {
		t.Error(got)
	}
	got := front.Execute(sess, two, "/rooms").Lines
	if !slices.Contains(got, "* 2  @bob (conversation, 1 here)") {
		t.Errorf("%q", got)
	}
	sess.SetMembers(person("bob", "another bob")) // @bob is a conversation, and whom it is with stays
	if r := front.Execute(sess, sess.Room, "/msg @bob hello"); r.Room != "@bob" {
		t.Errorf("%+v", r)
	}
	// In no room keys work, and nicks of nobody in any room do not.
	if r := front.Execute(sess, nil, "/msg zoe hello"); !r.Failed {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, nil, "/msg "+crypto.PublicKey(fronttest.Key("bob")).String()+" hello"); r.Room != "@bob" {
		t.Errorf("%+v", r)
	}
}

// A nick that a script names is nobody's who merely calls himself so.
func TestAddressVerified(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	s.SetMembers(bob)
	key := fronttest.Key("carol")
	for _, names := range [][]string{{"bob"}, {key.String(), "bob"}, {"nobody"}} {
		if keys, err := front.AddressVerified(s, names); err == nil || !strings.Contains(err.Error(), "was verified here") {
			t.Errorf("%v: %v, %v", names, keys, err)
		}
	}
	if err := s.Verify(bob.Key); err != nil {
		t.Fatal(err)
	}
	if keys, err := front.AddressVerified(s, []string{"bob", key.String()}); err != nil || !slices.Equal(keys, []crypto.PublicKey{bob.Key, key}) {
		t.Errorf("%v, %v", keys, err)
	}
	if _, err := front.AddressVerified(s, []string{s.Key().String()}); err != front.ErrNobody {
		t.Error(err)
	}
}
