package front

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/peer"
)

// What one member may have shown in a room: more is folded into one line, until
// it gets slower.
const (
	floodMessages = 20
	floodWithin   = 10 * time.Second
	// A flood is told of when it is over, and while it lasts, more and more rarely.
	floodTold     = 20 * time.Second
	floodToldMost = 10 * time.Minute
	// maxFlooders bounds whom a Flood counts, of those who wrote lately.
	maxFlooders = 512
)

// Flood decides which messages of a room are shown one by one. Nothing is lost by
// it: what is folded is in the history. It is pure, and a value of one goroutine;
// the zero value is ready.
//
// All members are treated alike, also those who are verified: a key that is known
// may be a program that ran wild. Own messages are always shown, and those that
// come at once because one was away, unless they were written so fast: what counts
// is the author's clock, as far as it is not ahead. It cannot be turned back, so a
// false one shows no more than patience would.
type Flood struct {
	members map[crypto.PublicKey]*tempo
	came    int // messages
}

// tempo is how fast one member writes.
type tempo struct {
	last  [floodMessages]time.Time // of its messages, the oldest at next
	first int                      // which message of all was the first of the burst to be folded
	next  int
	burst *Folded       // nil: all is shown
	heard time.Time     // when its last message came
	tell  time.Time     // when to tell of the burst
	wait  time.Duration // until it is told of again
}

// Folded is a burst of messages of one member that are not all shown.
type Folded struct {
	Room   string
	Key    crypto.PublicKey
	Author string    // its Name
	Sent   int       // messages
	Folded int       // of them, how many are not shown
	Begin  time.Time // of the first, by the author's clock
	End    time.Time // of the last
	Span   int       // messages from the first that is not shown on, with those of others
	Next   string    // id of the message behind; "": there is none, or none is known
}

// shows says what shows all of the burst.
func (f Folded) shows() string {
	before, what := "", "them"
	if f.Next != "" {
		before = " " + Ref(f.Next)
	}
	if f.Span > maxHistory {
		what = "the last of them"
	}
	return fmt.Sprintf("/history %d%s shows %s", min(f.Span, maxHistory), before, what)
}

// Line tells of the burst, and how all of it is seen.
func (f Folded) Line() string {
	took := max(1, int(math.Ceil(f.End.Sub(f.Begin).Abs().Seconds())))
	are := "are"
	if f.Folded == 1 {
		are = "is"
	}
	return fmt.Sprintf("%s sent %s in %d s: %d %s folded; %s", f.Author, count(f.Sent, "message"), took, f.Folded, are, f.shows())
}

// Step takes a message that has come, and says whether it is shown; if it is not,
// burst tells of all that is folded with it so far. over is the burst that ended
// with it, nil if none did.
func (f *Flood) Step(now time.Time, m peer.Message) (show bool, burst Folded, over *Folded) {
	f.came++
	if m.Own {
		return true, burst, nil
	}
	p := f.tempo(now, m.Author)
	at := now
	if m.Time.Before(now) { // it counts when it was written: what waited for us comes at once
		at = m.Time
	}
	oldest := p.last[p.next]
	p.last[p.next] = at
	p.next = (p.next + 1) % floodMessages
	if oldest.IsZero() || at.Sub(oldest).Abs() >= floodWithin {
		if p.burst != nil && p.burst.Folded > 0 { // else all of it was told of
			over = f.told(p)
		}
		p.burst = nil
		return true, burst, over
	}
	if p.burst == nil {
		p.burst = &Folded{Room: m.Room, Key: m.Author, Author: Author(m), Begin: oldest, Sent: floodMessages}
		p.wait = floodTold
		p.tell = now.Add(p.wait)
	}
	if p.burst.Folded == 0 {
		p.first = f.came
	}
	p.burst.Sent++
	p.burst.Folded++
	p.burst.End, p.heard = at, now
	return false, *f.told(p), nil
}

// told is a member's burst as it is to be told of now: whoever reads the line has
// all that came since in the history, too.
func (f *Flood) told(p *tempo) *Folded {
	b := *p.burst
	b.Span = f.came - p.first + 1
	return &b
}

// Tick returns the bursts that are to be told of now: those that are over, and
// those that have lasted for long, which are counted anew from then on.
func (f *Flood) Tick(now time.Time) (due []Folded) {
	for _, p := range f.members {
		b := p.burst
		if b == nil {
			continue
		}
		over := !now.Before(p.heard.Add(floodWithin))
		if !over && now.Before(p.tell) {
			continue
		}
		if b.Folded > 0 {
			due = append(due, *f.told(p))
		}
		if p.burst = nil; !over {
			p.burst = &Folded{Room: b.Room, Key: b.Key, Author: b.Author, Begin: b.End, End: b.End}
			p.wait = min(2*p.wait, floodToldMost)
			p.tell = now.Add(p.wait)
		}
	}
	slices.SortFunc(due, func(a, b Folded) int { return strings.Compare(a.Author, b.Author) })
	return due
}

// NextDeadline is when Tick has something to do; zero: never.
func (f *Flood) NextDeadline() (at time.Time) {
	for _, p := range f.members {
		if b := p.burst; b != nil {
			if next := p.heard.Add(floodWithin); at.IsZero() || next.Before(at) {
				at = next
			}
			if p.tell.Before(at) {
				at = p.tell
			}
		}
	}
	return at
}

// tempo finds a member's, and forgets those who are slow again when there are too
// many.
func (f *Flood) tempo(now time.Time, key crypto.PublicKey) *tempo {
	if p := f.members[key]; p != nil {
		return p
	}
	if f.members == nil {
		f.members = map[crypto.PublicKey]*tempo{}
	}
	if len(f.members) >= maxFlooders {
		f.forget(now)
	}
	p := &tempo{}
	if len(f.members) < maxFlooders {
		f.members[key] = p
	}
	return p
}

// forget drops those who wrote nothing lately, or else the one who wrote longest
// ago, but nobody whose messages are folded.
func (f *Flood) forget(now time.Time) {
	var first crypto.PublicKey
	var earliest time.Time
	for k, p := range f.members {
		if p.burst != nil {
			continue
		}
		at := p.last[(p.next+floodMessages-1)%floodMessages]
		if now.Sub(at) >= floodWithin {
			delete(f.members, k)
		} else if earliest.IsZero() || at.Before(earliest) || at.Equal(earliest) && k.Compare(first) < 0 {
			first, earliest = k, at
		}
	}
	if len(f.members) >= maxFlooders {
		delete(f.members, first)
	}
}
