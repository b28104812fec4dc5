package room

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// That somebody is writing is said on the links of a small room, and forgotten:
// it is no record, and nobody passes it on. Who goes on writing says so again.

const (
	typingPace = 3 * time.Second // between two that we send
	typingLife = 6 * time.Second // a member counts as writing for so long
)

// typing is who is writing.
type typing struct {
	told  time.Time // when the others were last told of us
	peers []typist  // as they began; no more than there are links
}

type typist struct {
	peer  crypto.PublicKey
	until time.Time
}

// tellTyping tells the others that we write, unless they were told a moment ago.
func (e *Engine) tellTyping() {
	if e.leaving || e.overlay.large || e.now.Before(e.typing.told.Add(typingPace)) {
		return
	}
	e.typing.told = e.now
	for _, l := range e.links {
		e.send(l, wire.LinkTyping{})
	}
}

// began takes the word of a member. However many it sends, there is one change.
func (t *typing) began(e *Engine, peer crypto.PublicKey) {
	if e.overlay.large {
		return
	}
	until := e.now.Add(typingLife)
	if i := t.find(peer); i >= 0 {
		t.peers[i].until = until
		return
	}
	t.peers = append(t.peers, typist{peer, until})
	e.act(TypingChanged{Peer: peer, On: true})
}

func (t *typing) ended(e *Engine, peer crypto.PublicKey) {
	if i := t.find(peer); i >= 0 {
		t.peers = slices.Delete(t.peers, i, i+1)
		e.act(TypingChanged{Peer: peer})
	}
}

func (t *typing) find(peer crypto.PublicKey) int {
	return slices.IndexFunc(t.peers, func(x typist) bool { return x.peer == peer })
}

func (t *typing) deadline() (at time.Time) {
	for _, x := range t.peers {
		if at.IsZero() || x.until.Before(at) {
			at = x.until
		}
	}
	return at
}

// dueTyping ends the writing of those who have not said so for a while.
func (e *Engine) dueTyping() {
	for _, x := range slices.Clone(e.typing.peers) {
		if !e.now.Before(x.until) {
			e.typing.ended(e, x.peer)
		}
	}
}
