package room

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// MemberState is how far a message of ours is with one member.
type MemberState struct {
	Peer  crypto.PublicKey
	State DeliveryState
}

// DeliveryState is how far a message is with a member.
type DeliveryState int

// The states of a delivery, and what it waits for.
const (
	Reached   DeliveryState = iota // its store has it
	NoLink                         // there is no link; others may bring it
	Queued                         // it waits its turn on the link
	Unacked                        // it went out on the link and was not acknowledged yet
	Elsewhere                      // nothing is under way on the link: others bring it, or the next comparison
)

// String is the state in words.
func (s DeliveryState) String() string {
	return [...]string{"has it", "no connection", "waits its turn", "sent, not acknowledged yet", "on its way through others"}[s]
}

// DeliveryOf tells for every member a message of ours is meant for how far it
// is; nil if it is not followed (any more). A member is meant who was joined
// when it was sent or since, less those who left without it.
func (e *Engine) DeliveryOf(id wire.RecordID) (out []MemberState) {
	m := e.tracker.byHint[id.Hint()]
	if m == nil || m.entry.id != id {
		return nil
	}
	for _, peer := range m.of {
		state := Reached
		if !hasKey(m.has, peer) {
			state = e.underWay(m.entry, peer)
		}
		out = append(out, MemberState{peer, state})
	}
	return out
}

// underWay is how far a record is on the links with a member.
func (e *Engine) underWay(en *entry, peer crypto.PublicKey) DeliveryState {
	state := NoLink
	for _, l := range e.links {
		if l.peer != peer {
			continue
		}
		if _, flying := l.inflight[en.id.Hint()]; flying {
			return Unacked
		}
		state = Elsewhere
		if l.waits(en) {
			return Queued
		}
	}
	return state
}

// waits reports whether a record is to go out on a link.
func (l *link) waits(en *entry) bool {
	for _, it := range l.news {
		if it.entry == en {
			return true
		}
	}
	if l.supply.queued[en] {
		return true
	}
	for _, it := range l.supply.block {
		if it.entry == en {
			return true
		}
	}
	for _, s := range l.supply.stretches {
		if b := en.bound(); b.Compare(s.from) >= 0 && b.Compare(s.to) < 0 {
			return true
		}
	}
	return false
}
