package cli

import (
	"log/slog"
	"runtime/debug"
	"sync"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
)

// deriving is held while a room's key is derived: argon2id takes 64 MiB for each, and
// rooms can be joined faster than that.
var deriving sync.Mutex

// deriveKeys are a room's keys: from the profile's cache, or derived, which
// takes a moment on purpose.
func deriveKeys(p *profile.Profile, name, secret string, log *slog.Logger) *crypto.RoomKeys {
	if e0, ok := p.RoomKey(name, secret); ok {
		return crypto.NewRoomKeys(e0)
	}
	deriving.Lock()
	defer deriving.Unlock()
	e0, ok := p.RoomKey(name, secret)
	if !ok {
		e0 = crypto.DeriveEpoch0(name, secret)
		debug.FreeOSMemory() // argon2id's memory is not needed again
		if err := p.PutRoomKey(name, secret, e0); err != nil {
			log.Warn("the room key is not kept; the next start takes a moment longer", "error", err)
		}
	}
	return crypto.NewRoomKeys(e0)
}

// derived reports whether a room's key is in the profile's cache: joining takes no
// moment then.
func (c *client) derived(r config.Room) bool {
	_, ok := c.profile.RoomKey(r.Name, r.Secret)
	return ok
}
