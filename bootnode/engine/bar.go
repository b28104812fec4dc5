package engine

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
)

// bar keeps a node out for a while that the list lets in: without one, a node whose
// link was cut comes back within a second, and asks for the same again.
type bar struct {
	until time.Time
	lasts time.Duration
}

// A node is kept out for a minute, and each time twice as long as the last, until
// it has behaved for an hour.
const (
	minBar    = time.Minute
	maxBar    = time.Hour
	barMemory = time.Hour
)

// bar keeps a node out, and returns for how long.
func (g *gate) bar(now time.Time, node crypto.NodeID) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.bars, func(_ crypto.NodeID, b bar) bool { return now.Sub(b.until) > barMemory })
	b := g.bars[node]
	if !now.Before(b.until) { // else this was another of its links
		b.lasts = min(max(2*b.lasts, minBar), maxBar)
		b.until = now.Add(b.lasts)
		g.bars[node] = b
	}
	return b.until.Sub(now)
}

// barred are the nodes that are kept out now, though the list lets them in, as
// links that do not stand.
func (g *gate) barred(now time.Time) (out []bootnode.Link) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range slices.SortedFunc(maps.Keys(g.bars), func(a, b crypto.NodeID) int { return bytes.Compare(a[:], b[:]) }) {
		if g.allowed[n] && now.Before(g.bars[n].until) {
			out = append(out, bootnode.Link{Node: n, Kind: bootnode.LinkDownlink, State: StateDown, Why: WhyOverasked})
		}
	}
	return out
}
