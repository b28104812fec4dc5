package udp

import (
	"net/netip"
	"syscall"

	"golang.org/x/net/route"
)

// DefaultGateway is the IPv4 router through which packets leave for the
// Internet; invalid: there is none.
func DefaultGateway() netip.Addr {
	raw, err := route.FetchRIB(syscall.AF_INET, route.RIBTypeRoute, 0)
	if err != nil {
		return netip.Addr{}
	}
	messages, err := route.ParseRIB(route.RIBTypeRoute, raw)
	if err != nil {
		return netip.Addr{}
	}
	for _, m := range messages {
		r, ok := m.(*route.RouteMessage)
		if !ok || r.Flags&syscall.RTF_UP == 0 || r.Flags&syscall.RTF_GATEWAY == 0 || len(r.Addrs) <= syscall.RTAX_NETMASK {
			continue
		}
		to, ok := r.Addrs[syscall.RTAX_DST].(*route.Inet4Addr)
		if !ok || to.IP != [4]byte{} {
			continue
		}
		if mask, ok := r.Addrs[syscall.RTAX_NETMASK].(*route.Inet4Addr); ok && mask.IP != [4]byte{} {
			continue
		}
		if via, ok := r.Addrs[syscall.RTAX_GATEWAY].(*route.Inet4Addr); ok {
			return netip.AddrFrom4(via.IP)
		}
	}
	return netip.Addr{}
}
