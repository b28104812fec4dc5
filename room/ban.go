package room

import (
	"slices"
	"time"

	"gochat/crypto"
)

// ban keeps a member away whose link was closed for what it sent.
type ban struct {
	peer  crypto.PublicKey
	why   CloseReason
	until time.Time
}

func (e *Engine) ban(k crypto.PublicKey, why CloseReason) {
	until := e.now.Add(banTime)
	if len(e.bans) >= maxBans {
		e.bans = e.bans[1:]
	}
	e.bans = append(e.bans, ban{k, why, until})
	if c := e.overlay.members[k]; c != nil {
		c.avoid = until
	}
}

// banOf is the ban of a member; nil if there is none.
func (e *Engine) banOf(k crypto.PublicKey) *ban {
	e.bans = slices.DeleteFunc(e.bans, func(b ban) bool { return !e.now.Before(b.until) })
	for i := range e.bans {
		if e.bans[i].peer == k {
			return &e.bans[i]
		}
	}
	return nil
}

func (e *Engine) bannedUntil(k crypto.PublicKey) time.Time {
	if b := e.banOf(k); b != nil {
		return b.until
	}
	return noTime
}

// refuseBanned closes a new link with a member that is kept away.
func (e *Engine) refuseBanned(ev LinkUp) bool {
	b := e.banOf(ev.Peer)
	if b == nil {
		return false
	}
	e.act(CloseLink{Link: ev.Link, Peer: ev.Peer, Reason: b.why})
	if c := e.overlay.members[ev.Peer]; c != nil && !c.dialAt.IsZero() {
		e.undial(c)
		c.avoid = b.until
	}
	return true
}
