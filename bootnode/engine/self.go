package engine

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// ownAddress reports whether an address of the cluster is this node's own by its
// looks: many a node cannot reach itself where others reach it, as behind a NAT
// that does not turn packets around. listen is where the node listens for the
// others, advertise where it is for members, local are its machine's addresses.
func ownAddress(address, listen, advertise string, local []netip.Addr) bool {
	host, port, err := net.SplitHostPort(address)
	listenHost, listenPort, err2 := net.SplitHostPort(listen)
	if err != nil || err2 != nil || port != listenPort {
		return false
	}
	if advertised, _, err := net.SplitHostPort(advertise); err == nil && strings.EqualFold(host, advertised) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	at, err2 := netip.ParseAddr(listenHost)
	if err != nil || err2 != nil {
		return false
	}
	if ip, at = ip.Unmap(), at.Unmap(); !at.IsUnspecified() {
		return ip == at
	}
	return slices.Contains(local, ip)
}

// localAddresses are the machine's; without any that can be found, none.
func localAddresses() (out []netip.Addr) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr().Unmap())
		}
	}
	return out
}
