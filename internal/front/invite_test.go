package front_test

import (
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestInviteCommand(t *testing.T) {
	s := fronttest.New()
	run := func(line string) (string, bool) {
		r := front.Execute(s, s.Room, line)
		return strings.Join(r.Lines, "\n"), !r.Failed
	}
	said, ok := run("/invite")
	if !ok || !strings.Contains(said, "gochat join 'gochat:") || !strings.Contains(said, "knows the room's name") || strings.Contains(said, "secret") {
		t.Error(said)
	}
	s.IsPrivate, s.Near = true, true
	if said, _ = run("/invite"); !strings.Contains(said, "holds the room's secret") || !strings.Contains(said, "network only") {
		t.Error(said)
	}
	if said, ok = run("/invite --qr"); ok || !strings.Contains(said, "gochat invite --room lobby --qr shows it in another terminal") {
		t.Errorf("%q, %v", said, ok)
	}
	if said, ok = run("/invite bob"); ok || !strings.Contains(said, "usage: /invite") {
		t.Error(said)
	}
	s.IsBetween = crypto.Members{s.Key(), fronttest.Key("bob")}
	if said, ok = run("/invite"); ok || said != front.ErrNoInvite.Error() {
		t.Error(said)
	}
}

func TestJoinByInvite(t *testing.T) {
	for _, line := range []string{"/join gochat:aeag", "/join gochat join 'gochat:aeag'", "/join GOCHAT:AEAG"} {
		s := fronttest.New()
		if r := front.Execute(s, s.Room, line); r.Failed || r.Room != "invited" {
			t.Errorf("%s: %+v", line, r)
		}
		if r := front.Execute(s, s.Room, line); !r.Failed || !strings.Contains(r.Lines[0], "already") {
			t.Errorf("%s again: %+v", line, r)
		}
	}
}

func TestWordsOfAnInvite(t *testing.T) {
	for _, tc := range []struct {
		v    front.Invitation
		want string
	}{
		{front.Invitation{Reach: front.ReachMachine, Near: "127.0.0.1:1"}, "this machine only, as 127.0.0.1:1"},
		{front.Invitation{Reach: front.ReachNetwork, Near: "10.0.0.1:1"}, "this network only, as 10.0.0.1:1"},
		{front.Invitation{Reach: front.ReachNetwork}, "--bootnode HOST:PORT"},
		{front.Invitation{Unpinned: []string{"a:1", "b:1"}}, "the key of a:1, b:1"},
		{front.Invitation{Tokenless: true}, "--guest-token"},
	} {
		if got := strings.Join(tc.v.Words(), "\n"); !strings.Contains(got, tc.want) {
			t.Errorf("%+v: %s", tc.v, got)
		}
	}
}

// Nobody has to wonder whether it works.
func TestAlone(t *testing.T) {
	s := fronttest.New()
	var l front.Bootnodes
	says := func(want string) {
		t.Helper()
		got, brief := strings.Join(front.Alone(s, s.Room, &l), "\n"), front.AloneInBrief(s.Room, &l)
		if !strings.Contains(got, want) || len(brief) != 1 {
			t.Errorf("want %q, got %q, in brief %q", want, got, brief)
		}
	}
	says("Looking for others")
	l.Change(peer.BootnodeChanged{Address: "l:1", Embedded: true})
	says("Asking l:1 in this network")
	l.Change(peer.BootnodeChanged{Address: "l:1", Embedded: true, State: peer.BootnodeUnreachable})
	says("looking for others")
	l.Change(peer.BootnodeChanged{Address: "a:1"})
	says("Asking the bootnode a:1")
	l.Change(peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeUnreachable})
	says("Is the address right")
	l.Change(peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeUnreachable, Reason: "no route"})
	says("no route")
	l.Change(peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeRegistered})
	says("gochat join '")
	s.Near = true
	says("this machine and network only")
	s.IsPrivate = true
	says("/invite shows the line")
	if got := strings.Join(front.Alone(s, s.Room, &l), "\n"); strings.Contains(got, "gochat join") {
		t.Errorf("the secret is on the screen: %s", got)
	}
}

func TestIntroduction(t *testing.T) {
	s := fronttest.New()
	if got := front.Introduction(s, ", x"); len(got) != 1 || !strings.HasSuffix(got[0], "commands, x") {
		t.Errorf("%q", got)
	}
	if _, err := s.SetNick(s.Key().Nickname()); err != nil {
		t.Fatal(err)
	}
	got := front.Introduction(s, "")
	if len(got) != 2 || !strings.Contains(got[0], "/nick") || !strings.Contains(got[1], s.Key().String()) {
		t.Errorf("%q", got)
	}
}
