package jsonio

import (
	"encoding/json"
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestQuiet(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	s.SetMembers(bob)
	do := func(c command, to string) reply {
		c.To, _ = json.Marshal(to)
		r, _ := perform(s, c)
		return r
	}
	if r := do(command{Cmd: "ignore"}, "bob"); !r.OK || r.Peer != bob.Key.String() || len(*r.Ignored) != 1 {
		t.Errorf("ignore: %+v", r)
	}
	s.SetMembers()
	if r := do(command{Cmd: "ignored"}, ""); !r.OK || len(*r.Ignored) != 1 || (*r.Ignored)[0] != (personFields{bob.Key.String(), "bob"}) {
		t.Errorf("ignored: %+v", r)
	}
	if r := do(command{Cmd: "unignore"}, "bob"); !r.OK || len(*r.Ignored) != 0 {
		t.Errorf("unignore of somebody who is away: %+v", r)
	}
	for to, code := range map[string]string{"": codeBadCommand, "eve": codeBadRecipient, "alice": codeBadRecipient} {
		if r := do(command{Cmd: "ignore"}, to); r.OK || r.Error.Code != code {
			t.Errorf("ignore %q: %+v", to, r)
		}
	}

	if r := do(command{Cmd: "mute"}, ""); !r.OK || r.Muted != "but-mentions" || s.Muted() != front.MuteButNaming {
		t.Errorf("mute: %+v", r)
	}
	if list := roomList(s); list[0].Muted != "but-mentions" {
		t.Errorf("rooms: %+v", list)
	}
	if r := do(command{Cmd: "mute", All: true}, ""); !r.OK || r.Muted != "all" {
		t.Errorf("mute all: %+v", r)
	}
	if r := do(command{Cmd: "unmute"}, ""); !r.OK || r.Muted != "" || s.Muted() != front.MuteNone {
		t.Errorf("unmute: %+v", r)
	}
	if r := do(command{Cmd: "mute", Room: "nowhere"}, ""); r.OK || r.Error.Code != codeUnknownRoom {
		t.Errorf("mute of no room: %+v", r)
	}

	if r := do(command{Cmd: "away", Text: "tea"}, ""); !r.OK || !r.Away || r.Status != "tea" {
		t.Errorf("away: %+v", r)
	}
	if r := do(command{Cmd: "whoami"}, ""); !r.Away || r.Status != "tea" {
		t.Errorf("whoami: %+v", r)
	}
	if r := do(command{Cmd: "away", Text: strings.Repeat("x", peer.MaxStatus+1)}, ""); r.OK || r.Error.Code != codeTooLong {
		t.Errorf("away, at length: %+v", r)
	}
	if r := do(command{Cmd: "back"}, ""); !r.OK || r.Away || s.Away().Away {
		t.Errorf("back: %+v", r)
	}
}
