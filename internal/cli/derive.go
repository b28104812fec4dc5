package cli

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/text"
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

// sayJoining names the room that the start waits for, one of several, before there is
// a front to show anything. Where the full screen follows, nothing of it may be left
// on the terminal: done takes it away again.
func (c *client) sayJoining(r config.Room) (done func()) {
	if len(c.cfg.Rooms) < 2 || c.ui == config.JSON || c.sending != nil || c.detached != nil {
		return func() {}
	}
	if _, ok := c.profile.RoomKey(r.Name, r.Secret); ok {
		return func() {}
	}
	line := fmt.Sprintf("joining %s …", r.Name)
	if c.ui != config.TUI || !isTerminal(c.env.Err) {
		fmt.Fprintln(c.env.Err, line)
		return func() {}
	}
	fmt.Fprint(c.env.Err, line)
	return func() { fmt.Fprint(c.env.Err, "\r"+strings.Repeat(" ", text.Width(line))+"\r") }
}
