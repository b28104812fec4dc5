package peer

import (
	"slices"
	"testing"
	"time"

	"gochat/room"
)

// What the front took but did not show is told again by the next run.
func TestToldUntilShown(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		store := &room.MemoryStore{Self: p.b.Key()}
		said := false
		told := func() (texts []string) {
			a, b := p.join(p.a, RoomConfig{Name: "r"}), p.join(p.b, RoomConfig{Name: "r", Store: store})
			p.announce(a, b)
			p.announce(b, a)
			p.settle(3 * time.Second)
			for _, text := range []string{"one", "two", "three"} {
				if !said {
					p.ok(a.Send(Text, text))
				}
			}
			said = true
			for _, e := range heardOf[MessageEvent](p, p.b) {
				texts = append(texts, e.Text)
				if e.Text == "two" {
					e.Show()
				}
			}
			p.forget(p.b)
			a.Leave()
			b.Leave()
			p.settle(3 * time.Second)
			return texts
		}
		if got := told(); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("first %q", got)
		}
		if got := told(); !slices.Equal(got, []string{"one", "three"}) {
			t.Errorf("then %q", got)
		}
	})
}
