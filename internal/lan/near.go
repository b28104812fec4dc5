package lan

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// prefixesAfter is how old the list of own networks may be when an address is
// looked for in vain.
const prefixesAfter = 5 * time.Second

// Neighbourhood tells this host and its LAN from the rest of the Internet. The
// zero value is ready; it may be used by several goroutines.
type Neighbourhood struct {
	mu       sync.Mutex
	prefixes []netip.Prefix
	read     time.Time
}

// Contains reports whether an address is of this host, private (RFC 1918, RFC
// 4193), link-local, or in a network that an interface of this host is in.
func (n *Neighbourhood) Contains(a netip.Addr) bool {
	a = a.Unmap()
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return true
	}
	if !a.IsGlobalUnicast() {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	holds := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(n.prefixes, holds) {
		return true
	}
	if now := time.Now(); now.Sub(n.read) >= prefixesAfter {
		n.prefixes, n.read = ownPrefixes(), now
	}
	return slices.ContainsFunc(n.prefixes, holds)
}

// ownPrefixes are the networks of this host's interfaces.
func ownPrefixes() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var ps []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			ps = append(ps, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()).Masked())
		}
	}
	return ps
}
