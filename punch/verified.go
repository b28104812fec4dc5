package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

const (
	// maxUnverified probes go, in all, to a public address that only the
	// member itself names: it may be a stranger's.
	maxUnverified = 4
	maxObservers  = 8
)

// observe notes where a bootnode sees the member: there it has proved to be.
func (a *Agent) observe(now time.Time, addr netip.AddrPort) {
	if addr = plain(addr); !reachable(addr) || slices.Contains(a.verified, addr) {
		return
	}
	if len(a.verified) >= maxObservers {
		a.verified = slices.Delete(a.verified, 0, 1)
	}
	a.verified = append(a.verified, addr)
	a.planLadder(now)
}

func (a *Agent) verifiedIP(ip netip.Addr) bool {
	return ip.IsValid() && slices.ContainsFunc(a.verified, func(v netip.AddrPort) bool { return v.Addr() == ip })
}

// target is the member's outside IPv4 address for rounds of many probes: it
// was verified, and the member itself has named it under our common key.
// The latest counts.
func (a *Agent) target() netip.AddrPort {
	for _, v := range slices.Backward(a.verified) {
		if v.Addr().Is4() && !near(v.Addr()) && slices.ContainsFunc(a.named, func(c wire.Candidate) bool { return plain(c.Addr) == v }) {
			return v
		}
	}
	return netip.AddrPort{}
}

// sameHome reports whether an address is our own outside one: the member is
// behind the same NAT, which no guessing of ports gets round.
func (a *Agent) sameHome(ip netip.Addr) bool {
	return slices.ContainsFunc(a.local.Candidates, func(c wire.Candidate) bool { return c.Addr.Addr() == ip })
}

// apart reports whether we and the member are seen at different public IPv4
// addresses.
func (a *Agent) apart() bool {
	own := func(c wire.Candidate) bool { return c.Addr.Addr().Is4() && !near(c.Addr.Addr()) }
	for _, v := range slices.Backward(a.verified) {
		if v.Addr().Is4() && !near(v.Addr()) {
			return slices.ContainsFunc(a.local.Candidates, own) && !a.sameHome(v.Addr())
		}
	}
	return false
}

// sharedSpace is a carrier's own network (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// near reports whether an address is not of the public Internet.
func near(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip)
}

// spent reports whether a path got all the checks that an address may have
// which nobody but the member vouches for. One in a carrier's network means
// something only to those behind the same carrier's NAT.
func (a *Agent) spent(p *path) bool {
	ip := p.addr.Addr()
	within := near(ip) && (!sharedSpace.Contains(ip) || a.target().IsValid() && a.sameHome(a.target().Addr()))
	return p.probes >= maxUnverified && !p.proven && !within && !a.verifiedIP(ip)
}
