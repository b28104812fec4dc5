package tui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

var start = fronttest.Epoch

func message(n int, body string) peer.Message {
	return peer.Message{
		ID: fmt.Sprintf("%064x", n), Order: fmt.Sprintf("%08d", n), Author: fronttest.Key("bob"), Nick: "bob",
		Verified: true, Text: body, Time: start,
	}
}

// shown are the visible rows as plain text, without the time and name.
func shown(l *log) []string {
	var out []string
	for _, r := range l.visible() {
		var b strings.Builder
		for _, s := range r {
			b.WriteString(s.text)
		}
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(b.String(), "12:00 "), "bob: "))
	}
	return out
}

func expect(t *testing.T, l *log, want ...string) {
	t.Helper()
	if got := shown(l); !slices.Equal(got, want) {
		t.Errorf("window shows %q, want %q", got, want)
	}
}

func TestMessagesAreSortedByOrder(t *testing.T) {
	l := newLog()
	l.resize(60, 20)
	l.message(message(2, "two"), start)
	l.note("a note", peer.Info, start)
	l.message(message(9, "nine"), start)
	l.message(message(5, "five"), start)
	late := message(1, "one")
	late.Late = true
	l.message(late, start)
	l.message(message(9, "nine again"), start)
	own := message(3, "own")
	own.Own = true
	l.message(own, start.Add(time.Hour))
	expect(t, l, "one (late)", "two", "a note", "own ·", "five", "nine again")
}

func TestDeliveryMarks(t *testing.T) {
	l := newLog()
	l.resize(60, 20)
	own := message(1, "hi")
	own.Own = true
	l.message(own, start)
	for _, c := range []struct {
		delivered, of int
		want          string
	}{{0, 0, "hi ·"}, {0, 2, "hi ·"}, {1, 2, "hi ✓ 1/2"}, {2, 2, "hi ✓✓"}, {2, 3, "hi ✓ 2/3"}} {
		l.delivered(peer.Delivered{ID: own.ID, Delivered: c.delivered, Of: c.of})
		expect(t, l, c.want)
	}
	l.delivered(peer.Delivered{ID: "unknown", Delivered: 1, Of: 1})
	expect(t, l, "hi ✓ 2/3")
}

func TestTailGetsARowOfItsOwnWhenThereIsNoRoom(t *testing.T) {
	l := newLog()
	l.resize(30, 20)
	m := message(1, "nineteen characters")
	m.Own, m.Ahead = true, true
	l.message(m, start)
	expect(t, l, "nineteen characters", " · (bob's clock is ahead)")
}

func TestDaySeparator(t *testing.T) {
	l := newLog()
	l.resize(60, 20)
	l.message(message(1, "today"), start)
	m := message(2, "tomorrow")
	m.Time = start.Add(24 * time.Hour)
	l.message(m, start)
	expect(t, l, "today", "── Sat 22 Nov 2025 ──", "tomorrow")
}

func TestScrolling(t *testing.T) {
	l := newLog()
	l.resize(60, 3)
	for i := range 6 {
		l.message(message(10*i, fmt.Sprintf("m%d", i)), start)
	}
	l.message(message(100, "a\nb\nc\nd"), start)
	expect(t, l, "      b", "      c", "      d")
	l.scrollUp(2)
	expect(t, l, "m5", "a", "      b")
	l.scrollUp(100)
	expect(t, l, "m0", "m1", "m2")

	// What comes in above or below the window does not move it.
	l.scrollDown(1)
	expect(t, l, "m1", "m2", "m3")
	l.message(message(5, "between m0 and m1"), start)
	l.message(message(200, "new"), start)
	expect(t, l, "m1", "m2", "m3")
	if l.unread != 2 || l.following {
		t.Errorf("unread %d, following %v", l.unread, l.following)
	}
	l.scrollDown(100)
	expect(t, l, "      c", "      d", "new")
	if l.unread != 0 || !l.following {
		t.Errorf("unread %d, following %v", l.unread, l.following)
	}
	l.top()
	expect(t, l, "m0", "between m0 and m1", "m1")

	// A message of one's own is always seen.
	own := message(300, "own")
	own.Own = true
	l.message(own, start)
	expect(t, l, "      d", "new", "own ·")
}

func TestShortLogDoesNotScroll(t *testing.T) {
	l := newLog()
	l.resize(60, 5)
	expect(t, l)
	l.scrollUp(3)
	l.scrollDown(3)
	l.top()
	l.message(message(1, "only"), start)
	l.scrollUp(3)
	l.top()
	expect(t, l, "only")
	if !l.following {
		t.Error("not following")
	}
}

func TestLogIsBounded(t *testing.T) {
	l := newLog()
	l.resize(60, 2)
	for i := range maxEntries {
		l.message(message(i, "x"), start)
	}
	l.scrollUp(1)
	before := l.entries[l.anchor]
	l.message(message(maxEntries, "x"), start)
	if len(l.entries) > maxEntries || len(l.byID) != len(l.entries) {
		t.Errorf("%d entries, %d ids", len(l.entries), len(l.byID))
	}
	if l.entries[l.anchor] != before {
		t.Error("the window moved")
	}
}

// Any sequence of arrivals, scrolls and resizes leaves a window that is full
// (or shows everything) and entries that are sorted.
func TestRandomWalk(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 1))
		l := newLog()
		l.resize(40, 10)
		for range 300 {
			switch rng.IntN(8) {
			case 0:
				l.scrollUp(rng.IntN(20))
			case 1:
				l.scrollDown(rng.IntN(20))
			case 2:
				l.top()
			case 3:
				l.resize(1+rng.IntN(80), 1+rng.IntN(30))
			case 4:
				l.note(strings.Repeat("note ", rng.IntN(9)+1), peer.Info, start)
			default:
				m := message(rng.IntN(1000), strings.Repeat("word ", rng.IntN(30)+1))
				m.Own, m.Time = rng.IntN(5) == 0, start.Add(time.Duration(rng.IntN(72))*time.Hour)
				l.message(m, start)
			}
			l.resize(l.width, l.height) // as before every drawing
			total := 0
			for i := range l.entries {
				total += len(l.rows(i))
			}
			if got := len(l.visible()); got > l.height || got < min(total, l.height) {
				t.Fatalf("seed %d: %d rows of %d in a window of %d", seed, got, total, l.height)
			}
			if !slices.IsSortedFunc(l.entries, func(a, b *entry) int { return strings.Compare(a.order, b.order) }) {
				t.Fatalf("seed %d: not sorted", seed)
			}
			if l.following && (l.anchor != max(0, len(l.entries)-1) || l.below != 0) {
				t.Fatalf("seed %d: following, yet at %d", seed, l.anchor)
			}
		}
	}
}

func big(n int) *log {
	l := newLog()
	l.resize(100, 40)
	for i := range n {
		l.message(message(i, "the quick brown fox jumps over the lazy dog 日本語 and then some more words to wrap"), start)
	}
	return l
}

func BenchmarkResize100k(b *testing.B) {
	l := big(100_000)
	for i := 0; b.Loop(); i++ {
		l.resize(80+i%40, 40)
		l.visible()
	}
}

func BenchmarkPage100k(b *testing.B) {
	l := big(100_000)
	for b.Loop() {
		l.scrollUp(39)
		l.visible()
	}
}

func BenchmarkAppend100k(b *testing.B) {
	l := big(90_000)
	n := 90_000
	for b.Loop() {
		l.message(message(n, "one more"), start)
		n++
	}
}
