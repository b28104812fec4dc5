package lan

import (
	"net/netip"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// home is what answers at the home port of this host: a bootnode of any kind.
// It is asked with the HELLO of a registration, as it may know nothing of LANs.
type home struct {
	alive bool
	key   crypto.RunPublic // as shown, not proven; registering proves it
	due   time.Time        // next probe
	tries int              // probes since the last answer
	nonce [8]byte          // of the last probe; zero: none
}

func (f *Finder) tickHome() {
	h := &f.home
	if !due(f.now, h.due) {
		return
	}
	if f.own.open && f.own.port == f.cfg.Home.Port() {
		h.alive, h.due = false, f.now.Add(homeSteady)
		return
	}
	if h.alive && h.tries >= homeTries {
		h.alive, h.tries = false, 0
	}
	if h.tries == 0 || h.tries > len(askWaits) { // quick ones share a nonce: the answer to each counts
		f.fill(h.nonce[:])
	}
	f.out = append(f.out, Probe{wire.Hello{Nonce: h.nonce}.Append(nil)})
	switch {
	case h.alive:
		h.due = f.now.Add(homeRetry)
	case h.tries < len(askWaits):
		h.due = f.now.Add(askWaits[h.tries])
	default:
		h.due = f.now.Add(f.jitter(homeSteady))
	}
	h.tries++
}

// cookie takes the answer to a probe.
func (f *Finder) cookie(from netip.AddrPort, p []byte) {
	h := &f.home
	c, err := wire.ParseCookieFrame(p)
	if err != nil || from != f.cfg.Home || c.Nonce != h.nonce || h.tries == 0 {
		return
	}
	h.tries, h.due = 0, f.now.Add(f.jitter(homeSteady))
	h.key = c.Key
	h.alive = !f.avoid.has(f.now, Target{from.String(), c.Key}) && !(f.own.open && c.Key == f.own.key)
	// Whoever was heard of there has gone, if it is another.
	if b := f.find(c.Key); b == nil || b.addr != from {
		f.evict(from)
	}
}
