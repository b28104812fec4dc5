package front_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// spoken makes messages of members, each so much after the one before.
func spoken(n int, every time.Duration, nicks ...string) (list []peer.Message) {
	for i := range n {
		nick := nicks[i%len(nicks)]
		list = append(list, peer.Message{
			ID: fmt.Sprintf("%06x%058x", i, i), Order: fmt.Sprintf("%08d", i), Author: fronttest.Key(nick), Nick: nick,
			Time: fronttest.Epoch.Add(time.Duration(i) * every), Own: nick == "alice",
		})
	}
	return list
}

func TestFoldPast(t *testing.T) {
	for name, c := range map[string]struct {
		past  []peer.Message
		shown int
		lines []string
	}{
		"slow":  {spoken(300, time.Second, "bob"), 300, nil},
		"own":   {spoken(300, 0, "alice"), 300, nil},
		"flood": {spoken(300, 10*time.Millisecond, "bob"), 20, []string{"bob#nig4 sent 300 messages in 3 s: 280 are folded; /history 280 ~next shows them"}},
		"mixed": {spoken(60, time.Millisecond, "bob", "alice"), 50, []string{"bob#nig4 sent 30 messages in 1 s: 10 are folded; /history 19 ~00003b shows them"}},
		"two": {spoken(60, time.Millisecond, "bob", "carol"), 40, []string{
			"bob#nig4 sent 30 messages in 1 s: 10 are folded; /history 19 ~00003b shows them",
			"carol#mye5 sent 30 messages in 1 s: 10 are folded; /history 19 ~next shows them",
		}},
		"more than /history": {spoken(1100, time.Millisecond, "bob"), 20, []string{"bob#nig4 sent 1100 messages in 2 s: 1080 are folded; /history 1000 ~next shows the last of them"}},
		"nothing":            {nil, 0, nil},
	} {
		shown, folds := front.FoldPast(nil, c.past, "next", nil)
		var lines []string
		for _, f := range folds {
			lines = append(lines, f.Line())
		}
		if len(shown) != c.shown || fmt.Sprint(lines) != fmt.Sprint(c.lines) {
			t.Errorf("%s: %d shown, %q", name, len(shown), lines)
		}
	}
}

// Wherever a past is cut in two, what is before known, the same is shown, and the
// lines join to the same.
func TestFoldPastInPieces(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	past := spoken(600, 20*time.Millisecond, "bob", "bob", "bob", "carol")
	whole, one := front.FoldPast(nil, past, "", nil)
	for range 50 {
		cut := rng.IntN(len(past))
		a, first := front.FoldPast(nil, past[:cut], past[cut].ID, nil)
		b, second := front.FoldPast(past[max(0, cut-front.FoldContext):cut], past[cut:], "", nil)
		if len(a)+len(b) != len(whole) {
			t.Fatalf("cut at %d: %d and %d shown, of %d", cut, len(a), len(b), len(whole))
		}
		count := 0
		for _, f := range append(first, second...) {
			count += f.Folded.Folded
		}
		if want := one[0].Folded.Folded + one[1].Folded.Folded; count != want {
			t.Errorf("cut at %d: %d folded, want %d", cut, count, want)
		}
	}
	f, g := one[0], one[0]
	g.Next = past[9].ID
	if j := f.Join(g); j.Folded.Folded != 2*f.Folded.Folded || j.Next != g.Next || j.Span != 2*f.Span {
		t.Errorf("joined: %+v", j)
	}
}

// What is kept is shown, and the rest still folded.
func TestFoldPastKeeps(t *testing.T) {
	past := spoken(100, time.Millisecond, "bob")
	shown, folds := front.FoldPast(nil, past, "", func(id string) bool { return id == past[50].ID })
	if len(shown) != 21 || shown[20].ID != past[50].ID || len(folds) != 1 || folds[0].Folded.Folded != 79 {
		t.Errorf("%d shown, %+v", len(shown), folds)
	}
}

func TestClipText(t *testing.T) {
	short := peer.Message{Text: "one\ntwo"}
	if got := front.ClipText(short); got.Text != short.Text {
		t.Errorf("%q", got.Text)
	}
	for text, want := range map[string]string{
		"x" + strings.Repeat("\nx", 2999): "x" + strings.Repeat("\nx", 18) + "\n… 2981 more lines; /history shows all of them",
		strings.Repeat("x", 80*100):       strings.Repeat("x", 80*19) + "\n… 81 more lines; /history shows all of them",
	} {
		if got := front.ClipText(peer.Message{Text: text}).Text; got != want {
			t.Errorf("%q", got)
		}
	}
}
