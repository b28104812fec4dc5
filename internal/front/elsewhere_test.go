package front_test

import (
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// Whom nobody here is called like is looked for in all rooms.
func TestNamesOfOtherRooms(t *testing.T) {
	sess := fronttest.New()
	paula, bob, bob2, fake := person("paula", "paula"), person("bob", "bob"), person("bob", "another bob"), person("eve", "not eve")
	fake.Impostor = true
	sess.SetMembers(person("dave", "dave"))
	team, ops := sess.Add("team"), sess.Add("ops")
	team.SetMembers(paula, bob, fake)
	ops.SetMembers(paula, bob2, person("dave", "another dave"))
	run := func(line string) (string, bool) {
		r := front.Execute(sess, sess.Room, line)
		return strings.Join(r.Lines, "\n"), !r.Failed
	}
	handle := func(m peer.Member) string { return front.Handle(m.Nick, m.Key, false) }
	if r := front.Execute(sess, sess.Room, "/msg paula hello"); r.Room != "@paula" || r.Sent == "" {
		t.Errorf("%+v", r)
	}
	if said, ok := run("/verify paula"); !ok || !strings.Contains(said, "with "+handle(paula)+" by voice") {
		t.Error(said)
	}
	if r := front.Execute(sess, sess.Room, "/msg dave hello"); r.Room != "@dave" { // the one here
		t.Errorf("%+v", r)
	}
	said, ok := run("/msg bob hello")
	for _, want := range []string{"2 are called bob", "  " + handle(bob) + "  " + bob.Key.String() + "  in team", "  " + handle(bob2) + "  " + bob2.Key.String() + "  in ops"} {
		if ok || !strings.Contains(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
	}
	if said, ok := run("/verify eve"); ok || !strings.Contains(said, "is not the eve you know") {
		t.Error(said)
	}
	if r := front.Execute(sess, nil, "/msg "+handle(bob2)+" hello"); r.Room != "@another bob" {
		t.Errorf("%+v", r)
	}
}

// What was not so is not said to be so no more; nobody is called he or she.
func TestUnverifyOfTheUnverified(t *testing.T) {
	sess := fronttest.New()
	sess.SetMembers(person("carol", "carol"))
	if r := front.Execute(sess, sess.Room, "/unverify carol"); !r.Failed || !strings.Contains(r.Lines[0], "was not verified") {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, sess.Room, "/verified carol"); r.Failed || strings.Contains(r.Lines[0], " him") {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, sess.Room, "/unverify carol"); r.Failed || !strings.Contains(r.Lines[0], "is not verified any more") {
		t.Errorf("%+v", r)
	}
}

func TestRequestsCommand(t *testing.T) {
	sess := fronttest.New()
	who := func(nick, key string, n int) peer.Requests {
		return peer.Requests{Person: peer.Person{Nick: nick, Key: fronttest.Key(key)}, Count: n}
	}
	run := func(line string) (string, bool) {
		r := front.Execute(sess, sess.Room, line)
		return strings.Join(r.Lines, "\n"), !r.Failed
	}
	if said, ok := run("/requests"); !ok || !strings.Contains(said, "nobody has begun") {
		t.Error(said)
	}
	sess.SetRequests(who("deta", "deta", 37), who("bob", "bob", 1), who("Bob", "another bob", 2))
	said, ok := run("/requests")
	for _, want := range []string{"  deta#" + fronttest.Key("deta").Suffix() + ": 37 conversations  ", ": 1 conversation  "} {
		if !ok || !strings.Contains(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
	}
	for line, want := range map[string]string{
		"/requests bob":   "several of that name",
		"/requests eve":   "nobody called eve has begun",
		"/requests a b":   "usage: /requests",
		"/requests alice": "nobody called alice",
	} {
		if said, ok := run(line); ok || !strings.Contains(said, want) {
			t.Errorf("%s: %q", line, said)
		}
	}
	if said, ok := run("/requests deta"); !ok || !strings.HasPrefix(said, "37 conversations of deta#") || len(sess.Requests()) != 2 {
		t.Error(said)
	}
	if said, ok := run("/requests bob#" + fronttest.Key("another bob").Suffix()); !ok || !strings.HasPrefix(said, "2 conversations of Bob#") {
		t.Error(said)
	}
}
