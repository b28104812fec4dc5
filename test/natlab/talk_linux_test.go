package natlab

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gochat/test/proc"
)

// talk is a conversation of two that never waits for an answer.
type talk struct {
	t    testing.TB
	a, b *proc.Process

	number int64  // tells its messages from those of earlier talks
	said   [2]int // by alice, by bob
}

var talks atomic.Int64

// pace is the time between two messages of each side.
const pace = 50 * time.Millisecond

func (k *talk) say(p *proc.Process) {
	k.t.Helper()
	who := 0
	if p == k.b {
		who = 1
	}
	k.said[who]++
	p.Post(map[string]any{"cmd": "send", "text": k.text(p, k.said[who])})
}

// text is what p says as its nth message.
func (k *talk) text(p *proc.Process, n int) string {
	return fmt.Sprintf("%s%d", k.prefix(p), n)
}

func (k *talk) prefix(p *proc.Process) string {
	return fmt.Sprintf("talk %d, %s ", k.number, p.Name)
}

// until lets both talk until done, at most for d, and tells whether it was.
func (k *talk) until(d time.Duration, done func() bool) bool {
	k.t.Helper()
	beat := time.NewTicker(pace)
	defer beat.Stop()
	for late := time.Now().Add(d); time.Now().Before(late); <-beat.C {
		if done() {
			return true
		}
		k.say(k.a)
		k.say(k.b)
	}
	return done()
}

// steadily lets both talk for d.
func (k *talk) steadily(d time.Duration) { k.until(d, func() bool { return false }) }

// other is whom p talks with.
func (k *talk) other(p *proc.Process) *proc.Process {
	if p == k.a {
		return k.b
	}
	return k.a
}

// about matches what p says about the path to the other.
func (k *talk) about(p *proc.Process, e proc.Event) bool {
	return e.Type() == "peer" && e.String("nick") == k.other(p).Name
}

// tier is the worse one of the tiers that the two say they are on now.
func (k *talk) tier() string {
	worst := tierDirect
	for _, p := range []*proc.Process{k.a, k.b} {
		now := tierNone
		for _, e := range p.Events() {
			if k.about(p, e) {
				now = tierOf(e)
			}
		}
		if worse(now, worst) {
			worst = now
		}
	}
	return worst
}

func tierOf(peer proc.Event) string {
	switch {
	case proc.JoinedBy("direct")(peer):
		return tierDirect
	case proc.JoinedBy("relay")(peer) && peer.String("via") == "tcp":
		return tierTCP
	case proc.JoinedBy("relay")(peer):
		return tierUDP
	}
	return tierNone
}

// directSince is the time from start until the later of the two said, for the
// first time after start, that it is on a direct path; 0 if it has not left it.
func (k *talk) directSince(start time.Time) (d time.Duration) {
	for _, p := range []*proc.Process{k.a, k.b} {
		was := tierNone
		for _, e := range p.Events() {
			if !k.about(p, e) {
				continue
			}
			if now := tierOf(e); now != was {
				was = now
				if now == tierDirect && e.At.After(start) {
					d = max(d, e.At.Sub(start))
					break
				}
			}
		}
	}
	return d
}

// heard matches what the other says in this talk.
func (k *talk) heard(p *proc.Process, e proc.Event) bool {
	return proc.AnyMessage(e) && strings.HasPrefix(e.String("text"), k.prefix(k.other(p)))
}

// silence is the longest time after start in which one side heard nothing.
func (k *talk) silence(start time.Time) (longest time.Duration) {
	for _, p := range []*proc.Process{k.a, k.b} {
		last := start
		for _, e := range p.Events() {
			if k.heard(p, e) && e.At.After(start) {
				longest = max(longest, e.At.Sub(last))
				last = e.At
			}
		}
	}
	return longest
}

// reckon waits for the last message of each side, and counts those that were
// said, and those that never came. None may come twice.
func (k *talk) reckon() (sent, lost int) {
	k.t.Helper()
	for i, from := range []*proc.Process{k.a, k.b} {
		k.say(from)
		to := k.other(from)
		to.Saw(patience, proc.Message(k.text(from, k.said[i])))
		came := map[string]int{}
		for _, e := range to.Events() {
			if k.heard(to, e) {
				came[e.String("text")]++
			}
		}
		for n := 1; n <= k.said[i]; n++ {
			switch text := k.text(from, n); came[text] {
			case 0:
				lost++
			case 1:
			default:
				k.t.Errorf("%q came %d times to %s", text, came[text], to.Name)
			}
		}
		sent += k.said[i]
	}
	return sent, lost
}

// quit ends whoever is there, at once.
func (k *talk) quit() {
	k.t.Helper()
	var there []*proc.Process
	for _, p := range []*proc.Process{k.b, k.a} {
		if p != nil {
			p.Post(map[string]any{"cmd": "quit"})
			there = append(there, p)
		}
	}
	for _, p := range there {
		p.Exit(patience)
	}
}
