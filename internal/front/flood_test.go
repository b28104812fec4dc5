package front_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// flood is what becomes of messages at times after the beginning.
type flood struct {
	front.Flood
	t     *testing.T
	now   time.Time
	shown int
	lines []string
}

func newFlood(t *testing.T) *flood { return &flood{t: t, now: fronttest.Epoch} }

// wait lets time pass, with all that is due.
func (f *flood) wait(d time.Duration) {
	f.t.Helper()
	end := f.now.Add(d)
	for {
		at := f.NextDeadline()
		if at.IsZero() || at.After(end) {
			break
		}
		if at.After(f.now) {
			f.now = at
		}
		due := f.Tick(f.now)
		for _, b := range due {
			f.lines = append(f.lines, b.Line())
		}
		if next := f.NextDeadline(); !next.IsZero() && !next.After(f.now) {
			f.t.Fatal("what was due is due again")
		}
	}
	f.now = end
}

func (f *flood) say(nick string, n int, every time.Duration) {
	f.t.Helper()
	m := peer.Message{Room: "lobby", Author: fronttest.Key(nick), Nick: nick}
	for range n {
		m.Time = f.now.Add(time.Minute) // a clock that is ahead changes nothing
		show, _, over := f.Step(f.now, m)
		if show {
			f.shown++
		}
		if over != nil {
			f.lines = append(f.lines, over.Line())
		}
		f.wait(every)
	}
}

func (f *flood) want(shown int, lines ...string) {
	f.t.Helper()
	if f.shown != shown || fmt.Sprint(f.lines) != fmt.Sprint(lines) {
		f.t.Errorf("%d shown, told %q; want %d, %q", f.shown, f.lines, shown, lines)
	}
	f.shown, f.lines = 0, nil
}

func TestFlood(t *testing.T) {
	bob := "bob#" + fronttest.Key("bob").Suffix()
	f := newFlood(t)
	f.say("bob", 200, time.Second) // a talk
	f.want(200)

	f.wait(time.Minute)
	f.say("bob", 134, 100*time.Millisecond)
	f.say("carol", 3, 0) // is not concerned
	f.want(23)
	f.wait(time.Minute)
	f.want(0, bob+" sent 134 messages in 14 s: 114 are folded; /history 117 shows them")
	f.say("bob", 1, time.Hour)
	f.want(1)
	if at := f.NextDeadline(); !at.IsZero() {
		t.Errorf("something is due %v", at)
	}

	f.say("bob", 21, 0)
	f.wait(time.Minute)
	f.want(20, bob+" sent 21 messages in 1 s: 1 is folded; /history 1 shows them")
}

// A flood that goes on is told of ever more rarely, and its end at once.
func TestLongFlood(t *testing.T) {
	f := newFlood(t)
	f.say("bob", 36_000, 100*time.Millisecond) // an hour
	if n := len(f.lines); n < 5 || n > 12 {
		t.Errorf("%d lines: %q", n, f.lines)
	}
	if f.shown != 20 {
		t.Errorf("%d shown", f.shown)
	}
	f.lines = nil
	f.say("bob", 40, 5*time.Second) // it slows down
	if len(f.lines) != 1 {
		t.Errorf("the end: %q", f.lines)
	}
	if f.shown < 20+35 {
		t.Errorf("%d shown after it", f.shown)
	}
}

// A flood that was told of and then slows down at once has nothing more to tell.
func TestFloodToldOfAndOver(t *testing.T) {
	f := newFlood(t)
	f.say("bob", 40, 500*time.Millisecond-time.Millisecond)
	for len(f.lines) == 0 {
		f.say("bob", 1, 500*time.Millisecond-time.Millisecond)
	}
	f.lines = nil
	f.wait(5 * time.Second)
	f.say("bob", 1, time.Minute)
	for _, line := range f.lines {
		if strings.Contains(line, " 0 ") {
			t.Errorf("%q", line)
		}
	}
}

// What was written while one was away is no flood, unless it was one then.
func TestLateIsNoFlood(t *testing.T) {
	f := newFlood(t)
	m := peer.Message{Author: fronttest.Key("bob"), Nick: "bob", Late: true, Time: fronttest.Epoch.Add(-time.Hour)}
	for i := range 100 {
		m.Time = m.Time.Add(10 * time.Second)
		if show, _, _ := f.Step(f.now, m); !show {
			t.Fatalf("message %d is folded", i)
		}
	}
	shown := 0
	for range 100 {
		m.Time = m.Time.Add(10 * time.Millisecond)
		if show, _, _ := f.Step(f.now, m); show {
			shown++
		}
	}
	if shown > 25 {
		t.Errorf("%d of a flood that is long over are shown", shown)
	}
}

func TestOwnAreShown(t *testing.T) {
	f := newFlood(t)
	for range 100 {
		if show, _, _ := f.Step(f.now, peer.Message{Own: true}); !show {
			t.Fatal("an own message is folded")
		}
	}
}

// However many write, it stays small, and who floods stays folded.
func TestFloodOfMembers(t *testing.T) {
	f := newFlood(t)
	f.say("bob", 30, 0)
	for i := range 5000 {
		f.say(fmt.Sprint("member", i), 1, time.Millisecond)
	}
	f.shown = 0
	f.say("bob", 1, 0)
	f.want(0)
}
