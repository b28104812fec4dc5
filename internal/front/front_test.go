package front_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

func TestName(t *testing.T) {
	key := fronttest.Key("alice")
	bare := "alice#" + key.Suffix()
	for _, c := range []struct {
		verified, impostor bool
		of                 peer.Namesake
		want               string
	}{
		{false, false, peer.Namesake{}, bare},
		{true, false, peer.Namesake{}, "alice"},
		{false, true, peer.Namesake{}, bare + " (not the alice you know)"},
		{true, true, peer.Namesake{}, bare + " (not the alice you know)"},
		{false, true, peer.Namesake{Nick: "Alice"}, bare + " (not the Alice you know)"},
		{false, true, peer.Namesake{Nick: "Alice", Own: true}, bare + " (a name like yours)"},
	} {
		if got := front.Name("alice", key, c.verified, c.impostor, c.of); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestRTT(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", time.Microsecond: "<1 ms", 12400 * time.Microsecond: "12 ms", 1250 * time.Millisecond: "1.2 s",
	} {
		if got := front.RTT(d); got != want {
			t.Errorf("RTT(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	for _, c := range []struct {
		member peer.Member
		want   string
	}{
		{peer.Member{State: peer.Joined, Path: peer.PathDirect, RTT: 12 * time.Millisecond, Punching: true}, "direct, 12 ms"},
		{peer.Member{State: peer.Joined, Path: peer.PathRelay, RTT: 40 * time.Millisecond, Punching: true}, "relay, 40 ms, looking for a direct path"},
		{peer.Member{State: peer.Joined, Path: peer.PathRelay, Reason: "both symmetric NATs"}, "relay (both symmetric NATs)"},
		{peer.Member{State: peer.Joined}, "no path yet"},
		{peer.Member{State: peer.Connecting}, "connecting"},
		{peer.Member{State: peer.Present, Reason: "reached through others"}, "reached through others"},
		{peer.Member{State: peer.Unreachable, Reason: "no answer"}, "unreachable: no answer"},
		{peer.Member{State: peer.Left}, "left"},
	} {
		if got := front.Link(c.member); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestMessageLines(t *testing.T) {
	m := fronttest.New().Say("bob", "one\n12:00 alice: two")
	name := "bob#" + m.Author.Suffix()
	if got, want := front.MessageLines(m, ""), "12:01 "+name+": one\n      12:00 alice: two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.Kind, m.Text = peer.Action, "waves"
	if got, want := front.MessageLines(m, ""), "12:01 * "+name+" waves"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExecute(t *testing.T) {
	bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond).Member
	suffix := bob.Key.Suffix()
	for _, c := range []struct {
		input  string
		lines  string // somewhere in the output
		sent   string
		failed bool
		quit   bool
	}{
		{input: "hello", sent: "hello"},
		{input: "two\nlines\n", sent: "two\nlines"},
		{input: "a\x1b[2Jb", sent: "a\ufffd[2Jb"},
		{input: "//slash", sent: "/slash"},
		{input: "/me  waves", sent: "waves"},
		{input: "/me", lines: "usage", failed: true},
		{input: "   ", lines: "not sent: ", failed: true},
		{input: "/nick carol", lines: "; kept for this profile"},
		{input: "/nick car ol", lines: "spaces", failed: true},
		{input: "/nick", lines: "you are alice#"},
		{input: "/peers", lines: "bob#" + suffix + "  direct, 12 ms"},
		{input: "/whois bob", lines: "  seen    here since 21 Nov"},
		{input: "/whois BOB#" + suffix, lines: "  path    direct, 12 ms"},
		{input: "/whois #" + suffix, lines: "  next    /verify bob#" + suffix},
		{input: "/whois " + bob.Key.String(), lines: "not verified"},
		{input: "/whois dave", lines: "nobody here is called dave", failed: true},
		{input: "/whois", lines: "you are alice#"},
		{input: "/QUIT", quit: true},
		{input: "/help", lines: "/whois [nick or key]"},
		{input: "/help nick", lines: "/nick name"},
		{input: "/help nik", lines: "did you mean /nick?", failed: true},
		{input: "/peer", lines: "did you mean /peers?", failed: true},
		{input: "/usr/bin is full", lines: "type two: //usr/bin", failed: true},
		{input: "/", lines: "/help lists the commands", failed: true},
	} {
		sess := fronttest.New()
		sess.SetMembers(bob)
		r := front.Execute(sess, sess.Room, c.input)
		if out := strings.Join(r.Lines, "\n"); !strings.Contains(out, c.lines) || c.lines == "" && out != "" {
			t.Errorf("%q: printed %q, want %q", c.input, out, c.lines)
		}
		if sent := strings.Join(sess.Sent(), "|"); sent != c.sent || (r.Sent != "") != (c.sent != "") {
			t.Errorf("%q: sent %q (id %q), want %q", c.input, sent, r.Sent, c.sent)
		}
		if r.Failed != c.failed || r.Quit != c.quit {
			t.Errorf("%q: %+v", c.input, r)
		}
	}
}

func TestPeersTable(t *testing.T) {
	a := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond).Member
	b := fronttest.Joined("日本", peer.PathRelay, 0).Member
	b.Impostor = true
	got := front.Peers([]peer.Member{a, b})
	want := []string{
		"bob#" + a.Key.Suffix() + strings.Repeat(" ", 33-8+2) + "direct, 12 ms",
		"日本#" + b.Key.Suffix() + " (not the 日本 you know)  relay",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := front.Peers(nil); !slices.Equal(got, []string{"nobody else is here"}) {
		t.Errorf("got %q", got)
	}
}

func TestWatchTellsNews(t *testing.T) {
	w := front.NewWatch(nil)
	bob := fronttest.Joined("bob", peer.PathRelay, 40*time.Millisecond)
	name := "bob#" + bob.Key.Suffix()
	step := func(want string, change func(*peer.MemberChanged)) {
		t.Helper()
		bob.Was = bob.State
		change(&bob)
		if got := w.Member(bob); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	bob.State = peer.Left
	step("", func(e *peer.MemberChanged) { e.State = peer.Connecting })
	step(name+" joined, relay, 40 ms", func(e *peer.MemberChanged) { e.State = peer.Joined })
	if w.Joined() != 1 || len(w.Members()) != 1 {
		t.Error("bob is not counted")
	}
	step("", func(e *peer.MemberChanged) { e.RTT = 50 * time.Millisecond })
	step(name+": now direct, 50 ms", func(e *peer.MemberChanged) { e.Path = peer.PathDirect })
	step(name+" is now called rob#"+bob.Key.Suffix(), func(e *peer.MemberChanged) { e.Nick = "rob" })
	name = "rob#" + bob.Key.Suffix()
	step("", func(e *peer.MemberChanged) { e.State, e.Path = peer.Present, peer.PathNone })
	if w.Joined() != 1 {
		t.Error("who is reached through others is not counted")
	}
	step("", func(e *peer.MemberChanged) { e.State, e.Path = peer.Joined, peer.PathDirect })
	step(name+" is unreachable: no answer", func(e *peer.MemberChanged) { e.State, e.Reason = peer.Unreachable, "no answer" })
	if w.Joined() != 0 || len(w.Members()) != 1 {
		t.Error("a lost member is shown, but not counted")
	}
	step(name+" left", func(e *peer.MemberChanged) { e.State = peer.Left })
	if len(w.Members()) != 0 {
		t.Error("bob stayed")
	}
	step("", func(e *peer.MemberChanged) { e.State = peer.Connecting })
	step("", func(e *peer.MemberChanged) { e.State = peer.Left }) // never came
	step("", func(e *peer.MemberChanged) { e.State = peer.Connecting })
	step(name+" joined, reached through others", func(e *peer.MemberChanged) { e.State = peer.Present })
	step(name+" left", func(e *peer.MemberChanged) { e.State = peer.Left })
}

func TestWatchBootnodes(t *testing.T) {
	var w front.Bootnodes
	if _, ok := w.Best(); ok {
		t.Error("a bootnode from nowhere")
	}
	for _, c := range []struct {
		event peer.BootnodeChanged
		want  string
		best  string
	}{
		{peer.BootnodeChanged{Address: "a:1"}, "bootnode a:1: connecting", "a:1"},
		{peer.BootnodeChanged{Address: "a:1"}, "", "a:1"},
		{peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeRegistered, Via: peer.ViaTCP, Reason: "no UDP"}, "bootnode a:1: registered over TCP: no UDP", "a:1"},
		{peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeRegistered, Via: peer.ViaUDP}, "bootnode a:1: UDP works again", "a:1"},
		{peer.BootnodeChanged{Address: "a:1"}, "bootnode a:1: connecting", "a:1"},
		{peer.BootnodeChanged{Address: "l:2", Embedded: true}, "", "a:1"},
		{peer.BootnodeChanged{Address: "l:2", Embedded: true, State: peer.BootnodeRegistered}, "nearby bootnode l:2: registered", "l:2"},
		{peer.BootnodeChanged{Address: "l:3", Embedded: true, State: peer.BootnodeUnreachable, Reason: peer.ServesOthers}, "", "l:2"},
		{peer.BootnodeChanged{Address: "l:4", State: peer.BootnodeUnreachable, Reason: peer.ServesOthers}, "bootnode l:4 runs inside somebody's gochat, and serves another room; name another bootnode with --bootnode", "l:2"},
		{peer.BootnodeChanged{Address: "l:5", Embedded: true, State: peer.BootnodeUnreachable, Reason: "silence"}, "nearby bootnode l:5 does not answer: silence", "l:2"},
		{peer.BootnodeChanged{Address: "l:5", Embedded: true}, "", "l:2"},
		{peer.BootnodeChanged{Address: "l:5", Embedded: true, State: peer.BootnodeUnreachable, Reason: "silence"}, "", "l:2"}, // as before
		{peer.BootnodeChanged{Address: "l:5", Embedded: true, State: peer.BootnodeUnreachable, Reason: "no route"}, "nearby bootnode l:5 does not answer: no route", "l:2"},
		{peer.BootnodeChanged{Address: "l:5", Embedded: true, State: peer.BootnodeRegistered}, "nearby bootnode l:5: registered", "l:2"},
		{peer.BootnodeChanged{Address: "l:5", Embedded: true, State: peer.BootnodeUnreachable, Reason: "no route"}, "nearby bootnode l:5 does not answer: no route", "l:2"},
		{peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeRegistered}, "bootnode a:1: registered", "a:1"},
		{peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeUnreachable}, "bootnode a:1 does not answer; trying on. Is the address right, and is it running?", "l:2"},
		{peer.BootnodeChanged{Address: "a:1", State: peer.BootnodeUnreachable, Reason: "no route"}, "bootnode a:1 does not answer: no route", "l:2"},
	} {
		if got := w.Change(c.event); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if best, _ := w.Best(); best.Address != c.best {
			t.Errorf("best is %q, want %q", best.Address, c.best)
		}
	}
}
