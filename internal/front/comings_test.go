package front

import (
	"fmt"
	"testing"
	"time"

	"gochat/peer"
)

// change is a member's step from one state to another.
func change(nick string, was, now peer.State) peer.MemberChanged {
	m := peer.Member{Nick: nick, State: now, Verified: true}
	copy(m.Key[:], nick)
	if now.Here() {
		m.Path, m.RTT = peer.PathDirect, 12*time.Millisecond
	}
	return peer.MemberChanged{Member: m, Was: was}
}

func TestComings(t *testing.T) {
	const out, in, lost, gone = peer.Connecting, peer.Joined, peer.Unreachable, peer.Left
	join := func(nick string) peer.MemberChanged { return change(nick, out, in) }
	var many []peer.MemberChanged
	for i := range 12 {
		many = append(many, join(fmt.Sprint("m", i)))
	}
	relayed := join("bob")
	relayed.Path, relayed.Was = peer.PathRelay, in
	for want, events := range map[string][]peer.MemberChanged{
		"bob joined, direct, 12 ms":          {join("bob")},
		"bob joined, relay, 12 ms":           {join("bob"), relayed},
		"bob left":                           {change("bob", in, gone)},
		"bob is unreachable":                 {change("bob", in, lost)},
		"bob, carol joined":                  {join("bob"), join("carol")},
		"bob, carol joined; dave left":       {join("bob"), change("dave", in, gone), join("carol")},
		"bob came and went":                  {join("bob"), change("bob", in, gone)},
		"bob left and came back":             {change("bob", in, gone), change("bob", gone, in)},
		"bob, carol left":                    {change("bob", in, lost), change("carol", in, gone), change("bob", lost, gone)},
		"bob lost; carol came and went":      {change("bob", in, lost), join("carol"), change("carol", in, lost)},
		"12 joined; bob left":                append(append([]peer.MemberChanged{}, many...), change("bob", in, gone)),
		"bob joined, reached through others": {join("bob"), change("bob", in, peer.Present)},
	} {
		w, c := NewWatch(nil), &Comings{}
		for _, e := range events {
			if e.Was.Here() || e.Was == lost {
				if _, known := w.members[e.Key]; !known {
					before := e.Member
					before.State = e.Was
					w.members[e.Key] = before
				}
			}
			if line := w.Member(e); !c.Take(e, line) {
				t.Errorf("%q: %v to %v was not taken", want, e.Was, e.State)
			}
		}
		if got := c.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestComingsTakeNothingElse(t *testing.T) {
	c := &Comings{}
	for _, e := range []peer.MemberChanged{
		change("bob", peer.Connecting, peer.Unreachable), change("bob", peer.Joined, peer.Joined), change("bob", peer.Connecting, peer.Left),
	} {
		if c.Take(e, "something") {
			t.Errorf("%v to %v was taken", e.Was, e.State)
		}
	}
	impostor := change("bob", peer.Connecting, peer.Joined)
	impostor.Impostor = true
	if c.Take(impostor, "bob#x (not the bob you know) joined") {
		t.Error("an impostor was folded away")
	}
	if c.Take(change("bob", peer.Connecting, peer.Joined), "") {
		t.Error("what is no news was taken")
	}
}
