package peer

import (
	"time"

	"gochat/crypto"
	"gochat/room"
)

const (
	// longList is a list of which so much is yet to come that the room may be a
	// large one.
	longList = 50
	// nameEvery is how often members are named meanwhile: the room chooses whom
	// to link with among those named, and those listed first would be chosen by
	// everybody.
	nameEvery = time.Second
)

// roll is who is yet to be named to the room's engine.
type roll struct {
	unnamed []crypto.PublicKey
	missing int       // told last
	at      time.Time // when to name; zero: at once
}

func (l *roll) add(k crypto.PublicKey) { l.unnamed = append(l.unnamed, k) }

// take returns whom to name now, and whether anything is to be said.
func (l *roll) take(now time.Time, missing int) (peers []crypto.PublicKey, ok bool) {
	if len(l.unnamed) == 0 && missing == l.missing {
		l.at = time.Time{} // what was to be told has come undone
		return nil, false
	}
	if missing > longList {
		if l.at.IsZero() {
			l.at = now.Add(nameEvery)
		}
		if now.Before(l.at) {
			return nil, false
		}
	}
	peers, l.unnamed, l.missing, l.at = l.unnamed, nil, missing, time.Time{}
	return peers, true
}

// callRoll tells the engine who is in the room; it says with whom to link.
func (r *Room) callRoll(now time.Time) {
	if r.left {
		return
	}
	missing := 0
	for _, b := range r.node.boots {
		for _, g := range b.regs {
			if g.room == r {
				missing = max(missing, g.missing)
			}
		}
	}
	peers, ok := r.roll.take(now, missing)
	if !ok {
		return
	}
	ev := room.Present{Peers: peers}
	if missing > 0 {
		ev.Online = 1 + len(r.members) + missing
	}
	r.step(now, ev)
	for _, k := range peers {
		if m := r.members[k]; m != nil {
			m.decide(now, m.presence.settle(now))
		}
	}
}
