package udp

import (
	"net"
	"slices"
)

// Isolated reports whether no interface leads out of this host: none but loopback
// is up and running with an address. What cannot be found out is not isolation.
func Isolated() bool {
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) == 0 {
		return false
	}
	return !slices.ContainsFunc(interfaces, leadsOut)
}

func leadsOut(ifi net.Interface) bool {
	const working = net.FlagUp | net.FlagRunning
	if ifi.Flags&working != working || ifi.Flags&net.FlagLoopback != 0 {
		return false
	}
	addrs, err := ifi.Addrs()
	return err != nil || len(addrs) > 0
}
