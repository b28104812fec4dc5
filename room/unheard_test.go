package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
)

// Pages are full though many records of an unheard author are in between; these
// are held all the same, and are back when he is heard.
func TestUnheard(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	alice, bob := newScribe(1), newScribe(2)
	unheard := false
	s.e.cfg.Unheard = func(k crypto.PublicKey) bool { return unheard && k == bob.id.Public() }
	for i := range 3 {
		first := alice.write(fmt.Sprint("a", i))
		s.push(1, first)
		for range 20 {
			bob.clk = max(bob.clk, first.Clk)
			s.push(1, bob.write("b"))
		}
		alice.clk = max(alice.clk, bob.clk)
	}
	s.wait(time.Second)
	texts := func(page []Message) (out []string) {
		for _, m := range page {
			out = append(out, string(m.Text))
		}
		return out
	}
	if n := len(s.e.History(100)); n != 63 {
		t.Fatalf("%d messages", n)
	}
	unheard = true
	if got := texts(s.e.History(2)); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("the last: %q", got)
	}
	all := s.e.History(100)
	if got := texts(all); !slices.Equal(got, []string{"a0", "a1", "a2"}) {
		t.Fatalf("all: %q", got)
	}
	if got := texts(s.e.HistoryBefore(all[2].Order, 5)); !slices.Equal(got, []string{"a0", "a1"}) {
		t.Errorf("before: %q", got)
	}
	if got := texts(s.e.HistoryAfter(all[0].Order, 5)); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("after: %q", got)
	}
	if n, _ := s.e.Transcript(); n != 63 {
		t.Errorf("%d records are held", n)
	}
}
