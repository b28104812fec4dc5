package room

import (
	"time"

	"gochat/crypto"
)

// roster plays the bootnode, and the part of a member that dials: it names who
// is present and brings the links about that engines ask for.
type roster struct {
	open    bool
	sample  int           // name so many at random, not all
	silence time.Duration // after so long without a sign somebody is gone
}

const (
	dialTakes = 150 * time.Millisecond
	dialAgain = time.Second
)

// register names a node to the others and the others to it.
func (n *node) register() {
	run := n.run
	n.after(time.Duration(n.rng.Int64N(int64(100*time.Millisecond))), func() {
		if n.run != run {
			return
		}
		there := n.others()
		online := len(there) + 1
		n.step(n.named(there))
		for _, o := range n.nodes {
			if o != n && !o.down && n.sameSide(n, o) && (n.roster.sample == 0 || n.rng.IntN(online) < n.roster.sample) {
				o.step(Present{Peers: []crypto.PublicKey{n.id.Public()}, Online: n.onlineIfSampled(online)})
			}
		}
	})
}

// named is the Present event for a list, or for a sample of it.
func (s *sim) named(there []crypto.PublicKey) Present {
	online := len(there) + 1
	if k := s.roster.sample; k > 0 && len(there) > k {
		for i := range k {
			j := i + s.rng.IntN(len(there)-i)
			there[i], there[j] = there[j], there[i]
		}
		there = there[:k]
	}
	return Present{Peers: there, Online: s.onlineIfSampled(online)}
}

func (s *sim) onlineIfSampled(n int) int {
	if s.roster.sample == 0 {
		return 0
	}
	return n
}

// unregister tells the others, after a while, that a node is gone.
func (n *node) unregister() {
	run := n.run
	n.after(n.roster.silence, func() {
		if n.run != run {
			return // it is back
		}
		for _, o := range n.nodes {
			o.step(Left{n.id.Public()})
		}
	})
}

func (s *sim) sameSide(a, b *node) bool {
	return s.path.side == nil || s.path.side[a.index] == s.path.side[b.index]
}

// dial tries to bring about a link until it is up or no longer wanted.
func (n *node) dial(peer crypto.PublicKey) {
	n.order++
	n.dials[peer] = n.order
	n.attempt(peer, n.order)
}

func (n *node) attempt(peer crypto.PublicKey, dial uint64) {
	wanted := func(after time.Duration, do func()) {
		n.after(after, func() {
			if n.dials[peer] == dial { // numbers are of one run
				do()
			}
		})
	}
	wanted(dialTakes, func() {
		switch o := n.byKey[peer]; {
		case o.down || !n.reach(n, o):
			wanted(dialAgain, func() {
				n.step(DialFailed{peer})
				n.attempt(peer, dial)
			})
		case n.linkOf(n, o) != nil: // about to come up, or to go
			n.attempt(peer, dial)
		default:
			n.connect(n, o)
		}
	})
}

// others are the keys of all who run and are on the same side.
func (n *node) others() (out []crypto.PublicKey) {
	for _, o := range n.nodes {
		if o != n && !o.down && n.sameSide(n, o) {
			out = append(out, o.id.Public())
		}
	}
	return out
}

// sampleAgain names 16 members at random each minute.
func (n *node) sampleAgain() {
	run := n.run
	n.after(time.Minute, func() {
		if n.run != run {
			return
		}
		there := n.others()
		p := Present{Online: len(there) + 1}
		for range 16 {
			p.Peers = append(p.Peers, there[n.rng.IntN(len(there))])
		}
		n.step(p)
		n.sampleAgain()
	})
}
