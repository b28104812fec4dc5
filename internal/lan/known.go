package lan

import (
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// bootnode is one of the room's that has answered a question.
type bootnode struct {
	key     crypto.RunPublic
	addr    netip.AddrPort // where it registers members
	source  netip.AddrPort // where its owner sends adverts from and is asked
	heard   time.Time
	checked time.Time // last asked because it was silent
	ripe    time.Time // used from then on
}

func (b *bootnode) deadline(now time.Time) time.Time {
	next := earliest(b.heard.Add(goneAfter), b.nextCheck())
	if now.Before(b.ripe) {
		next = earliest(next, b.ripe)
	}
	return next
}

// nextCheck is when the bootnode is to be asked unless it is heard before.
func (b *bootnode) nextCheck() time.Time {
	suspect, again := b.heard.Add(suspectAfter), b.checked.Add(suspectEvery)
	if again.After(suspect) {
		return again
	}
	return suspect
}

// advert takes an offer, or what pretends to be one.
func (f *Finder) advert(from netip.AddrPort, p []byte) {
	ad, err := wire.ParseLANAdvert(p)
	if err != nil || !ad.Ours(f.cfg.Room) || f.own.open && ad.Key == f.own.key {
		return
	}
	addr := netip.AddrPortFrom(from.Addr(), ad.Port)
	if f.avoid.has(f.now, Target{addr.String(), ad.Key}) {
		return
	}
	b, answer := f.find(ad.Key), f.asked(ad.Nonce)
	switch {
	case b != nil && (answer || b.addr == addr):
		// A bootnode of several addresses is heard from all of them; it keeps
		// the first, as moving means to register again.
		b.heard = f.now
		if answer && f.now.Before(b.ripe) && addr.Addr().Is4() {
			f.evict(addr)
			b.addr, b.source, b.ripe = addr, from, f.now
		}
	case b != nil:
	case answer:
		f.admit(&bootnode{key: ad.Key, addr: addr, source: from, heard: f.now})
	default:
		f.own.hold(f.now)
		f.check(from)
	}
}

// check asks one address whether the advert from there was its own.
func (f *Finder) check(to netip.AddrPort) {
	if f.checks.take(f.now, time.Second/checksPerSecond, time.Second) {
		f.out = append(f.out, Send{to, f.question()})
	}
}

func (f *Finder) admit(b *bootnode) {
	if len(f.known) >= maxKnown {
		return
	}
	f.evict(b.addr)
	b.ripe = f.now
	if b.addr.Addr().Is6() {
		b.ripe = f.now.Add(ipv6Wait)
	}
	i, _ := slices.BinarySearchFunc(f.known, b.key, compareToKey)
	f.known = slices.Insert(f.known, i, b)
}

// evict forgets who was at an address: somebody else is there now.
func (f *Finder) evict(addr netip.AddrPort) {
	f.known = slices.DeleteFunc(f.known, func(b *bootnode) bool { return b.addr == addr })
}

func (f *Finder) forget(key crypto.RunPublic) {
	f.known = slices.DeleteFunc(f.known, func(b *bootnode) bool { return b.key == key })
}

// find returns nil if there is no such bootnode.
func (f *Finder) find(key crypto.RunPublic) *bootnode {
	i, ok := slices.BinarySearchFunc(f.known, key, compareToKey)
	if !ok {
		return nil
	}
	return f.known[i]
}

func compareToKey(b *bootnode, key crypto.RunPublic) int { return compareKeys(b.key, key) }

// tickKnown asks the silent and forgets those who stay so.
func (f *Finder) tickKnown() {
	f.known = slices.DeleteFunc(f.known, func(b *bootnode) bool { return due(f.now, b.heard.Add(goneAfter)) })
	for _, b := range f.known {
		if due(f.now, b.nextCheck()) {
			b.checked = f.now
			f.check(b.source)
		}
	}
}
