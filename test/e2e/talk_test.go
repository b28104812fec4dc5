package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gochat/room"
	"gochat/test/proc"
)

func TestTalk(t *testing.T) {
	for _, n := range []int{2, 5} {
		t.Run(fmt.Sprint(n, " members"), func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			var members []*proc.Process
			for i := range n {
				members = append(members, w.json(fmt.Sprint("member", i)))
			}
			meet(members...)
			var texts []string
			for i := range 5 {
				for _, p := range members { // all at once
					s := fmt.Sprint(p.Name, " says ", i)
					p.Post(map[string]any{"cmd": "send", "text": s})
					texts = append(texts, s)
				}
			}
			for _, p := range members {
				id := p.Say("last of " + p.Name)
				texts = append(texts, "last of "+p.Name)
				deliveredTo(p, id, n-1)
			}
			for i, id := range sameRoom(t, members, texts) {
				deliveredTo(members[i], id, n-1)
			}
			for _, p := range members {
				p.Do(map[string]any{"cmd": "quit"})
				exitsWith(t, p, 0)
			}
		})
	}
}

// Two and five members, with the plain front for all but one.
func TestTalkPlain(t *testing.T) {
	for _, n := range []int{2, 5} {
		t.Run(fmt.Sprint(n, " members"), func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			alice := w.json("alice")
			var plain []*proc.Process
			for i := range n - 1 {
				plain = append(plain, w.plain(fmt.Sprint("plain", i)))
			}
			for _, p := range plain {
				alice.Wait(patience, p.Name, func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == p.Name })
				p.WaitStderr(0, patience, "alice#")
				for _, q := range plain {
					if p != q {
						p.WaitStderr(0, patience, q.Name+"#")
					}
				}
			}
			deliveredTo(alice, alice.Say("one\n  two\nthree"), n-1)
			for _, p := range plain {
				p.Type("hello from " + p.Name)
				p.Type("/me waves like " + p.Name)
			}
			everybody := append([]*proc.Process{alice}, plain...)
			for _, p := range plain {
				for _, q := range everybody {
					q.Wait(patience, "the wave of "+p.Name, proc.Line("waves like "+p.Name))
				}
			}
			for _, p := range plain {
				var lines []string
				for _, e := range p.Events() {
					lines = append(lines, string(e.Raw))
				}
				out := strings.Join(lines, "\n") + "\n"
				patterns := []string{`(?m)^\d\d:\d\d alice#[a-z2-7]{4}: one\n        two\n      three$`}
				for _, q := range plain {
					patterns = append(patterns,
						`(?m)^\d\d:\d\d `+q.Name+`#[a-z2-7]{4}: hello from `+q.Name+`$`,
						`(?m)^\d\d:\d\d \* `+q.Name+`#[a-z2-7]{4} waves like `+q.Name+`$`)
				}
				for _, pattern := range patterns {
					if found := regexp.MustCompile(pattern).FindAllString(out, -1); len(found) != 1 {
						t.Errorf("%s: %d times %s on standard output:\n%s", p.Name, len(found), pattern, out)
					}
				}
				if want := 3 + 2*(n-1); len(lines) != want {
					t.Errorf("%s: %d lines on standard output, want %d:\n%s", p.Name, len(lines), want, out)
				}
			}
			for _, p := range everybody {
				p.EndInput()
			}
			for _, p := range everybody {
				exitsWith(t, p, 0)
			}
		})
	}
}

func TestWhatMessagesMayHold(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	long := &strings.Builder{}
	for i := 0; long.Len() < room.MaxText-40; i++ {
		fmt.Fprintf(long, "line %d – 线 %x\n", i, i*i)
	}
	long.WriteString(strings.Repeat("e", room.MaxText-long.Len()))
	texts := []string{
		strings.Repeat("0123456789abcdef", 64<<10/16), // what is promised
		long.String(),
		"several\n\nlines\n  and an indented one",
		"Grüße, 你好, שלום, नमस्ते, 👩🏽‍🚀🇺🇦 and a\u0301",
		strings.Repeat("\tfunc()\n", 64<<10/8) + "the end",
		`{"cmd":"quit"} </tag> & "quotes" \ back`,
		"/quit is no command here",
		strings.Repeat("\n", 100) + "down here",
	}
	for i, s := range texts {
		p := []*proc.Process{alice, bob}[i%2]
		deliveredTo(p, p.Say(s), 1)
	}
	deliveredTo(alice, alice.Say(strings.Repeat("\x01", 64<<10)+"the end"), 1)
	texts = append(texts, strings.Repeat("\ufffd", 64<<10)+"the end") // as it is shown
	for name, command := range map[string]map[string]any{
		"too_long": {"cmd": "send", "text": long.String() + "!"},
		"empty":    {"cmd": "send", "text": " \n\u202e\u200b"},
	} {
		r := alice.Do(command)
		if fault := r.Fields("error"); r.Bool("ok") || fault["code"] != name {
			t.Errorf("want %s: %.200s", name, r.Raw)
		}
	}
	sameRoom(t, []*proc.Process{alice, bob}, texts)
}

// What could fool a reader does not reach anybody's screen.
func TestTextIsCleaned(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.json("bob"), w.plain("carol")
	meet(alice, bob)
	carol.WaitStderr(0, patience, "alice#")
	alice.Say("a\x1b[31mred\x1b]0;title\a \u202eevil\u2066 zero\u200bwidth\rz" + strings.Repeat("\u0301", 50))
	alice.Say("end")
	bob.Wait(patience, "the end", text("end"))
	carol.Wait(patience, "the end", proc.Line(": end"))
	for _, p := range []*proc.Process{alice, bob, carol} {
		for _, e := range p.Events() {
			for _, bad := range []string{"\x1b", `\u001b`, "\a", "\u202e", "\u2066", "\u200b", "\r", `\r`, strings.Repeat("\u0301", 20)} {
				if strings.Contains(string(e.Raw), bad) {
					t.Errorf("%s: %q in %q", p.Name, bad, e.Raw)
				}
			}
		}
	}
}

func TestTypedBeforeAnybodyCame(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice")
	var texts []string
	say := func(p *proc.Process, s string) (id string) {
		texts = append(texts, s)
		return p.Say(s)
	}
	say(alice, "first")
	say(alice, "second\nof two lines")
	last := say(alice, "third")
	bob := w.json("bob")
	say(bob, "bob was alone too, for all he knew")
	deliveredTo(alice, last, 1)
	bob.Wait(patience, "third", proc.Message("third"))
	carol := w.json("carol")
	deliveredTo(alice, last, 2)
	sameRoom(t, []*proc.Process{alice, bob, carol}, texts)
}

func TestNickChange(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.json("bob"), w.plain("carol")
	meet(alice, bob)
	carol.WaitStderr(0, patience, "alice#")
	key := alice.ReadyKey()
	alice.Say("before")
	if r := alice.Do(map[string]any{"cmd": "nick", "nick": "alicia"}); !r.Bool("ok") || r.String("nick") != "alicia" {
		t.Errorf("reply %s", r.Raw)
	}
	e := bob.Wait(patience, "the new nick", func(e proc.Event) bool {
		return proc.JoinedAs(key)(e) && e.String("nick") == "alicia"
	})
	if e.Bool("impostor") {
		t.Errorf("marked: %s", e.Raw)
	}
	carol.WaitStderr(0, patience, " is now called alicia#")
	alice.Say("after")
	if e := bob.Wait(patience, "after", proc.Message("after")); e.String("nick") != "alicia" || e.String("peer") != key {
		t.Errorf("message %s", e.Raw)
	}
	if r := alice.Do(map[string]any{"cmd": "nick", "nick": "two words"}); r.Bool("ok") || r.Fields("error")["code"] != "bad_nick" {
		t.Errorf("reply %s", r.Raw)
	}
	if r := alice.Do(map[string]any{"cmd": "whoami"}); r.String("nick") != "alicia" || r.String("key") != key || r.String("room") != w.room {
		t.Errorf("reply %s", r.Raw)
	}
	none(t, bob, 0, "left by changing the nick", gone)
}

// The lists that programs ask for.
func TestPeersAndHistory(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	for i := range 5 {
		deliveredTo(alice, alice.Say(fmt.Sprint("message ", i)), 1)
	}
	peers := bob.Do(map[string]any{"cmd": "peers"}).List("peers")
	if len(peers) != 1 || peers[0]["peer"] != alice.ReadyKey() || peers[0]["nick"] != "alice" || peers[0]["state"] != "joined" {
		t.Errorf("peers %v", peers)
	}
	for _, p := range []*proc.Process{alice, bob} {
		history := p.Do(map[string]any{"cmd": "history", "limit": 3}).List("messages")
		var got []any
		for _, m := range history {
			got = append(got, m["text"])
		}
		if fmt.Sprint(got) != "[message 2 message 3 message 4]" {
			t.Errorf("%s: history %v", p.Name, history)
		}
	}
}
