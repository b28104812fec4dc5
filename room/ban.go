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

// banned refuses a link with a member that is kept away.
func (e *Engine) banned(ev LinkUp) bool {
	e.bans = slices.DeleteFunc(e.bans, func(b ban) bool { return !e.now.Before(b.until) })
	for _, b := range e.bans {
		if b.peer == ev.Peer {
			e.act(CloseLink{Link: ev.Link, Peer: ev.Peer, Reason: b.why})
			return true
		}
	}
	return false
}
