// Package lan finds the bootnodes of a room when nobody named one: it asks on
// this host and its links, offers a bootnode of its own where none answers, and
// says with which ones to register.
//
// Nobody is elected. Any member may open a bootnode; those who have one tell
// so again and again by multicast. Every member registers with the four of
// lowest key among those it has heard of, its own included, so members that
// started in the same instant come to the same four and two rooms of one name
// that had not heard of each other grow together as soon as they do. A bootnode
// that is not among the four closes after a while. When none is left, each
// member waits for a time drawn by lot before it opens one, and lets it be when
// another was quicker. A bootnode at 127.0.0.1:9595, such as one the user
// started on this host, is used besides.
//
// Finder is the pure core of this: Step takes the time and an event and returns
// actions. Run is the shell around it, with the sockets and the clock. The
// bootnode itself and the registering member are not here: internal/cli hands
// them in as functions.
//
// # Whom to believe
//
// Adverts carry a MAC under the room's announce key over a nonce and the
// bootnode's key and port (wire.LANAdvert): a member knows its own room's, and
// strangers learn of a bootnode, but not of which room. The address is the
// advert's source, which no MAC covers. It counts therefore only once an answer
// to a question of our own has come from there: old adverts that somebody sends
// again do nothing. Somebody in between who passes a question on gets as far as
// being registered at; that fails, since Target carries the key that the
// bootnode has to show, and the address is avoided from then on.
package lan

import (
	"net/netip"
	"time"
)

// Where members of all rooms meet. The IPv4 group is of the local scope (RFC
// 2365 §6.1), the IPv6 group of the link-local scope, not well known, with a
// group identifier from the dynamic range (RFC 4291 §2.7, RFC 3307 §4.3).
const (
	Port   = 29595
	Group4 = "239.255.95.95"
	Group6 = "ff12::9595:9595"

	// HomePort is where the first embedded bootnode of a host opens and where
	// a bootnode of any kind is looked for on this host.
	HomePort = 9595
)

// groups are Group4 and Group6.
func groups() []netip.Addr {
	return []netip.Addr{netip.MustParseAddr(Group4), netip.MustParseAddr(Group6)}
}

// homeAddr is the address of a port on this host.
func homeAddr(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
}

const (
	// maxUsed is how many bootnodes a member registers with, besides the one
	// at the home port.
	maxUsed = 4
	// maxKnown bounds the bootnodes that are remembered.
	maxKnown = 64

	advertEvery  = 2 * time.Second        // ±25 %
	suspectAfter = 4 * time.Second        // of silence: ask
	suspectEvery = 250 * time.Millisecond // so often
	goneAfter    = 6 * time.Second        // of silence

	// A member that hears nothing opens a bootnode after openWait and up to
	// as much again: a lone one soon, a crowd one after the other. When one
	// was there before, everybody notices at the same time and may be many.
	openWait     = 100 * time.Millisecond
	reopenWait   = 50 * time.Millisecond
	reopenSpread = 400 * time.Millisecond
	// holdFor is what a planned opening waits for an advert to be confirmed.
	holdFor      = 50 * time.Millisecond
	minOpenRetry = 200 * time.Millisecond
	maxOpenRetry = 30 * time.Second

	surplusFor = 30 * time.Second // before a bootnode that is not needed closes

	askIdle   = time.Second      // between questions while there is no bootnode
	askSteady = 30 * time.Second // while there is one: links come and go
	// answerFor is how long an answer counts; questionFor how long questions
	// share a nonce.
	answerFor   = 2 * time.Second
	questionFor = 250 * time.Millisecond

	// ipv6Wait is how long an answer over IPv6 waits for the same over IPv4,
	// whose addresses hold without an interface's name.
	ipv6Wait = 30 * time.Millisecond

	homeSteady = 5 * time.Second        // between probes of the home port
	homeRetry  = 500 * time.Millisecond // of one that has answered before
	homeTries  = 4                      // probes without answer: it is gone

	avoidFor    = 30 * time.Second // an unreachable address; doubles up to
	maxAvoidFor = 8 * time.Minute
	maxAvoided  = 64

	answersPerSecond = 200 // and as many at once
	checksPerSecond  = 50
)

// Waits between the first questions, probes and adverts; some may get lost.
var (
	askWaits    = []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}
	advertWaits = []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond}
)
