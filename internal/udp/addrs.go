package udp

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxAddrs bounds the candidates one host offers.
const maxAddrs = 8

// HostAddrs are the addresses at which others may reach this host, at most 8, and
// behind them those of loopback.
func HostAddrs() []netip.Addr {
	interfaces := listInterfaces()
	return append(local(interfaces), loopback(interfaces)...)
}

func listInterfaces() []net.Interface {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	return interfaces
}

// local lists the addresses at which others may reach this host: IPv4, and IPv6
// of global or unique-local scope, of interfaces that are up. Bridges and virtual
// cables of container engines are left out, as their addresses repeat on every
// host. At most 8, IPv4 and IPv6 taken in turn.
func local(interfaces []net.Interface) []netip.Addr {
	var v4, v6 []netip.Addr
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagUp == 0 || ifi.Flags&net.FlagLoopback != 0 || isContainerPlumbing(ifi.Name) {
			continue
		}
		for _, a := range interfaceAddrs(ifi) {
			switch {
			case !a.IsGlobalUnicast(): // private and unique-local are global unicast here
			case a.Is4():
				v4 = append(v4, a)
			default:
				v6 = append(v6, a)
			}
		}
	}
	return interleave(v4, v6)
}

// loopback lists the loopback addresses of this host, IPv4 first.
func loopback(interfaces []net.Interface) []netip.Addr {
	var found []netip.Addr
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagUp == 0 || ifi.Flags&net.FlagLoopback == 0 {
			continue
		}
		for _, a := range interfaceAddrs(ifi) {
			if a.IsLoopback() {
				found = append(found, a)
			}
		}
	}
	slices.SortStableFunc(found, netip.Addr.Compare)
	return found[:min(len(found), maxAddrs)]
}

func interfaceAddrs(ifi net.Interface) []netip.Addr {
	list, err := ifi.Addrs()
	if err != nil {
		return nil
	}
	var found []netip.Addr
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				found = append(found, ip.Unmap())
			}
		}
	}
	return found
}

// isContainerPlumbing tells interfaces that container and VM engines make on
// their host. Inside a container the interface has an ordinary name.
func isContainerPlumbing(name string) bool {
	for _, prefix := range []string{"docker", "br-", "veth", "virbr", "vmnet", "cni", "cali", "flannel", "podman", "lxcbr", "lxdbr"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func interleave(v4, v6 []netip.Addr) []netip.Addr {
	var all []netip.Addr
	for i := range max(len(v4), len(v6)) {
		if i < len(v4) {
			all = append(all, v4[i])
		}
		if i < len(v6) {
			all = append(all, v6[i])
		}
	}
	return all[:min(len(all), maxAddrs)]
}
