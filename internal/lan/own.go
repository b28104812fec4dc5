package lan

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// own is the bootnode this member runs or is about to.
type own struct {
	open bool
	key  crypto.RunPublic
	port uint16

	openAt  time.Time // planned; zero: not
	held    bool      // the plan was put off once
	opening bool      // Open was asked for
	anyPort bool      // by which it was asked: not the home port
	failed  int       // in a row

	advertAt  time.Time
	adverts   int       // sent since it opened, up to len(advertWaits)
	surplusAt time.Time // when it closes; zero: it is needed
}

func (o *own) deadline() time.Time {
	if o.open {
		return earliest(o.advertAt, o.surplusAt)
	}
	return o.openAt
}

func (o *own) plan(at time.Time) { o.openAt, o.held = at, false }

// hold puts a planned opening off for an advert that is not confirmed yet;
// once, or old adverts sent by strangers could prevent it for ever.
func (o *own) hold(now time.Time) {
	if at := now.Add(holdFor); !o.openAt.IsZero() && !o.held && o.openAt.Before(at) {
		o.openAt, o.held = at, true
	}
}

// retry plans another attempt after one that failed.
func (o *own) retry(now time.Time) {
	o.plan(now.Add(min(minOpenRetry<<min(o.failed, 10), maxOpenRetry)))
	o.failed++
}

// advert is a LAN-ADVERT of the own bootnode.
func (o *own) advert(room *crypto.RoomKeys, nonce [16]byte) []byte {
	return wire.LANAdvert{Nonce: nonce, Key: o.key, Port: o.port}.Seal(room)
}

// tickOwn opens a bootnode where none is, and tells of the own one.
func (f *Finder) tickOwn() {
	o := &f.own
	switch {
	case o.open:
		if due(f.now, o.advertAt) {
			f.advertise()
		}
	case o.opening:
	case f.enough():
		o.openAt = time.Time{}
	case o.openAt.IsZero():
		// There was one until now, for others too: they may be many.
		o.plan(f.now.Add(reopenWait + f.upTo(reopenSpread)))
		f.seek()
	case due(f.now, o.openAt):
		f.openOwn(f.cfg.Home.Port())
	}
}

func (f *Finder) openOwn(port uint16) {
	o := &f.own
	o.openAt, o.opening, o.anyPort = time.Time{}, true, port == 0
	f.out = append(f.out, Open{port})
}

func (f *Finder) opened(ev Opened) {
	o := &f.own
	if !o.opening {
		return
	}
	o.opening, o.failed = false, 0
	o.open, o.key, o.port = true, ev.Key, ev.Port
	o.advertAt, o.adverts, o.surplusAt = f.now, 0, time.Time{}
	f.evict(homeAddr(o.port))
	if o.port == f.cfg.Home.Port() {
		f.home.alive = false
	}
}

// openFailed goes on to any other port, if one could be found there.
func (f *Finder) openFailed() {
	o := &f.own
	if !o.opening {
		return
	}
	o.opening = false
	if f.hears && !o.anyPort {
		f.openOwn(0)
		return
	}
	o.retry(f.now)
	f.seek() // somebody has the home port
}

func (f *Finder) advertise() {
	o := &f.own
	var nonce [16]byte
	f.fill(nonce[:])
	f.out = append(f.out, Multicast{o.advert(f.cfg.Room, nonce)})
	if o.adverts < len(advertWaits) {
		o.advertAt = f.now.Add(advertWaits[o.adverts])
		o.adverts++
		return
	}
	o.advertAt = f.now.Add(f.jitter(advertEvery))
}

// tickSurplus closes the own bootnode when it has not been needed for long.
// It runs after publish, so that nobody here is registered there by then.
func (f *Finder) tickSurplus() {
	o := &f.own
	switch {
	case !o.open:
	case slices.ContainsFunc(f.used, func(t Target) bool { return t.Key == o.key }):
		o.surplusAt = time.Time{}
	case o.surplusAt.IsZero():
		o.surplusAt = f.now.Add(surplusFor)
	case due(f.now, o.surplusAt):
		f.closeOwn()
	}
}

func (f *Finder) closeOwn() {
	if f.own.open {
		f.out = append(f.out, Close{})
	}
	f.own = own{failed: f.own.failed}
}
