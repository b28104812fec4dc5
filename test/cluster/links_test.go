package cluster

import (
	"strings"
	"testing"
)

// A ring of three operators is told by all ends of the links that are cut, in
// the log, as an error with both nodes' names.
func TestRing(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.node("a"), w.node("b"), w.node("c")
	nodes := []*boot{a, b, c}
	urls := []string{a.hub(c), b.hub(a), c.hub(b)}
	for i, n := range nodes {
		n.under(nodes[(i+1)%3], urls[(i+1)%3])
		n.start()
	}
	found := func() (told int) {
		for _, n := range nodes {
			for line := range strings.Lines(n.Stderr()) {
				if strings.Contains(line, "dial each other in a ring") && strings.Contains(line, "level=ERROR") && strings.Contains(line, n.key.ID().String()) {
					told++
					break
				}
			}
		}
		return told
	}
	until(t, "two nodes tell of the ring", func() bool { return found() >= 2 })
}
