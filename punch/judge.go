package punch

import (
	"net/netip"
	"slices"
	"time"
)

// blockedAfter is how long all servers must be silent before UDP counts as
// blocked: until the last but one of a request's repetitions.
const blockedAfter = 3 * time.Second

// silent reports whether all servers have been so for long enough.
func (c *stunClient) silent(now time.Time) bool {
	for _, s := range c.servers {
		if s.silent.IsZero() || now.Sub(s.silent) < blockedAfter {
			return false
		}
	}
	return len(c.servers) > 0
}

// judge says what the answers of the STUN servers mean (RFC 5780 §4.3): how
// the NAT maps, whether UDP and IPv6 work.
func (c *stunClient) judge(now time.Time, hosts []netip.Addr, port uint16, r *Report) {
	var first time.Time
	for _, s := range c.servers {
		if first.IsZero() || s.added.Before(first) {
			first = s.added
		}
		if !s.mapped.IsValid() {
			continue
		}
		r.UDP = Yes
		if s.mapped.Addr().Is6() {
			r.IPv6 = Yes
		}
	}
	if r.UDP == Unknown && len(c.servers) > 0 && now.Sub(first) >= blockedAfter {
		r.UDP = No
	}
	if r.IPv6 == Unknown && hosts != nil && !slices.ContainsFunc(hosts, isGlobal6) {
		r.IPv6 = No
	}
	r.Mapping, r.OneServer = c.mapping(hosts, port)
}

func isGlobal6(a netip.Addr) bool {
	return a.Is6() && !a.Is4In6() && a.IsGlobalUnicast() && !a.IsPrivate()
}

// outside are the servers that answer by IPv4 from farthest away: what is on
// this host or in this network sees us without the NAT.
func (c *stunClient) outside() (out []*stunServer) {
	distance := func(s *stunServer) int {
		switch ip := s.addr.Addr(); {
		case ip.IsLoopback():
			return 0
		case near(ip):
			return 1
		}
		return 2
	}
	farthest := 0
	for _, s := range c.servers {
		if !s.mapped.IsValid() || !s.mapped.Addr().Is4() || distance(s) < farthest {
			continue
		}
		if d := distance(s); d > farthest {
			farthest, out = d, nil
		}
		out = append(out, s)
	}
	return out
}

// mapping compares how servers see us by IPv4. One answer shows no more than
// whether there is a NAT at all.
func (c *stunClient) mapping(hosts []netip.Addr, port uint16) (m Mapping, oneServer bool) {
	seen := c.outside()
	if len(seen) == 0 {
		return MappingUnknown, true
	}
	oneServer = true
	samePorts, sameAll := true, true
	for _, x := range seen {
		for _, y := range seen {
			sameHost := x.addr.Addr() == y.addr.Addr()
			oneServer = oneServer && sameHost
			// Servers in several private networks see several addresses of us.
			sameAll = sameAll && (x.mapped == y.mapped || near(x.addr.Addr()))
			samePorts = samePorts && (!sameHost || x.mapped == y.mapped)
		}
	}
	own := func(s *stunServer) bool {
		return s.mapped.Port() == port && slices.ContainsFunc(hosts, func(h netip.Addr) bool { return h.Unmap() == s.mapped.Addr() })
	}
	switch {
	case slices.IndexFunc(seen, func(s *stunServer) bool { return !own(s) }) < 0:
		return MappingNone, oneServer
	case !samePorts:
		return MappingAddressAndPortDependent, oneServer
	case !sameAll:
		return MappingAddressDependent, oneServer
	case len(seen) < 2:
		return MappingUnknown, oneServer
	}
	return MappingEndpointIndependent, oneServer
}
