package front_test

import (
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// commander runs lines in the first room of a session.
func commander(s *fronttest.Session) func(line string) (string, bool) {
	return func(line string) (string, bool) {
		r := front.Execute(s, s.Room, line)
		return strings.Join(r.Lines, "\n"), !r.Failed
	}
}

// expect runs lines and looks for a part of what each says; one that begins with
// ! is to fail.
func expect(t *testing.T, run func(string) (string, bool), lines ...string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		want, fails := strings.CutPrefix(lines[i+1], "!")
		if said, ok := run(lines[i]); ok == fails || !strings.Contains(said, want) {
			t.Errorf("%s: %v, %q; want %q", lines[i], ok, said, lines[i+1])
		}
	}
}

func TestIgnoreCommands(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	thief := bob
	thief.Key, thief.Impostor = fronttest.Key("thief"), true
	s.SetMembers(bob)
	s.Say("carol", "gone by now")
	expect(t, commander(s),
		"/ignored", "nobody is ignored",
		"/ignore bob", "you ignore bob#"+bob.Key.Suffix()+", in all rooms",
		"/ignore", "bob#"+bob.Key.Suffix()+"  "+bob.Key.String(),
		"/peers", "ignored",
		"/whois bob", "ignored by you: /unignore bob#",
		"/ignore ~1", "you ignore carol#",
		"/ignored", "you ignore 2 members:",
		"/ignore alice", "!only others can be ignored",
		"/ignore eve", "!nobody in your rooms is called eve",
		"/ignore ~9", "!",
		"/unignore eve", "!nobody called eve is ignored",
		"/unignore", "!usage",
		"/unignore BOB", "you hear of bob#",
		"/unignore "+fronttest.Key("carol").String(), "you hear of carol#",
		"/ignored", "nobody is ignored",
	)
	s.SetMembers(bob, thief)
	expect(t, commander(s), "/ignore bob", "!2 are called bob")
}

func TestMuteCommands(t *testing.T) {
	s := fronttest.New()
	tea := s.Add("tea")
	expect(t, commander(s),
		"/mute", "lobby is muted: nothing counts as new there but what names you",
		"/rooms", "here, muted)",
		"/mute --all tea", "tea is muted: nothing counts as new there; /unmute",
		"/mute nowhere", "!you are in no room called nowhere",
		"/unmute", "lobby is not muted any more",
	)
	if s.Muted() != front.MuteNone || tea.Muted() != front.MuteAll {
		t.Errorf("lobby: %v, tea: %v", s.Muted(), tea.Muted())
	}
	if r := front.Execute(s, nil, "/mute"); !r.Failed {
		t.Errorf("in no room: %+v", r)
	}
	for _, m := range []front.Mute{front.MuteNone, front.MuteButNaming, front.MuteAll} {
		if got := front.ParseMute(m.String()); got != m {
			t.Errorf("%v is read as %v", m, got)
		}
	}
	if front.ParseMute("loud") != front.MuteNone {
		t.Error("a word of a later version mutes")
	}
}

func TestAwayCommands(t *testing.T) {
	s := fronttest.New()
	expect(t, commander(s),
		"/back", "!you are not away",
		"/away tea", "others see that you are away: tea; /back",
		"/whois", "status  away: tea",
		"/away "+strings.Repeat("x", 81), "!longer than 80 bytes",
		"/back", "others see that you are back",
		"/away", "others see that you are away; /back",
	)
	w := front.NewWatch(nil)
	e := fronttest.Joined("bob", peer.PathDirect, 0)
	w.Member(e)
	e.Was = e.State
	name := "bob#" + e.Key.Suffix()
	for _, c := range []struct {
		away   bool
		status string
		want   string
	}{{true, "", name + " is away"}, {true, "tea", name + " is away: tea"}, {true, "tea", ""}, {false, "", name + " is back"}} {
		e.Away, e.Status = c.away, c.status
		if got := w.Member(e); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	e.Away, e.Ignored, e.Nick = true, true, "other"
	if got := w.Member(e); got != "" {
		t.Errorf("somebody ignored: %q", got)
	}
}

func TestRefusedName(t *testing.T) {
	m := fronttest.Joined("fovib", peer.PathDirect, 0).Member
	m.Claims = "bob"
	for _, lines := range [][]string{front.Peers([]peer.Member{m}), front.Whois(m)} {
		if said := strings.Join(lines, "\n"); !strings.Contains(said, "calls itself bob, but is not the one you verified") {
			t.Errorf("%q", said)
		}
	}
}
