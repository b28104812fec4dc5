// Package portmap asks the home router to forward a port of its outside address
// to our socket, so that even a member behind the worst NAT can reach us
// directly: by PCP (RFC 6887), NAT-PMP (RFC 6886) or UPnP IGD, whichever the
// router speaks.
//
// Mapper is the pure core: Step takes the time and an event and returns
// actions. All three protocols are looked for at once; of those that answer,
// PCP is preferred to NAT-PMP and that to UPnP, and one that refuses or lies
// gives way to the next. Run is the shell with the sockets and the clock.
// Nothing waits for either: a mapping becomes a candidate when it is there.
//
// # Whom to believe
//
// Everything on a LAN can be forged by whoever is on it. Control packets are
// taken from the gateway's address alone (a connected socket), UPnP answers
// likewise, and a UPnP address counts only if it names the gateway by number:
// nobody can make us fetch pages elsewhere. Redirects are not followed, proxies
// not used, and bodies bounded. The worst a hostile router can do is to name an
// outside address that is not ours; it gets the four probes of any unproven
// candidate, and Status says that it was not verified.
//
// A mapping counts as verified when a packet from outside has come through it
// (peer asks a bootnode for one). A router that lists a mapping but does not
// forward is made to remove it and make it again, once; then it is given up.
package portmap

import "time"

// Ports and groups of the protocols.
const (
	controlPort = 5351 // NAT-PMP and PCP
	ssdpPort    = 1900
	ssdpGroup   = "239.255.255.250"
)

const (
	// leaseWanted is asked for, in seconds; what is granted is obeyed.
	leaseWanted = 7200
	// maxLease bounds what is believed of a grant.
	maxLease = 24 * time.Hour
	// permanentRenew is how often a mapping without end is made again, in case
	// the router has forgotten it.
	permanentRenew = time.Hour
	// minRenew bounds how often a router can make us renew.
	minRenew = 10 * time.Second

	// firstResend doubles with each of maxTries (RFC 6886 §3.1, cut short: who
	// has not answered by then is no home router).
	firstResend = 250 * time.Millisecond
	maxTries    = 4

	// PCP has a moment to answer when NAT-PMP was quicker, and both before
	// UPnP, which some routers do badly.
	pcpGrace  = 50 * time.Millisecond
	upnpGrace = 250 * time.Millisecond

	// seekAgain is when a network without port mapping is asked once more.
	seekAgain = 10 * time.Minute
	// checkEvery is how often the router is asked for its outside address and
	// its age: a restart takes mappings away without a word. UPnP, where that
	// costs a connection, is asked more rarely.
	checkEvery     = time.Minute
	checkEveryUPnP = 5 * time.Minute

	removeTry  = 150 * time.Millisecond
	removeMax  = 3
	upnpTries  = 3 // outside ports, when they are taken
	maxService = 4 // of a router's description
)
