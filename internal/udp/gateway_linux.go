package udp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
)

// DefaultGateway is the IPv4 router through which packets leave for the
// Internet; invalid: there is none.
func DefaultGateway() netip.Addr {
	table, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return netip.Addr{}
	}
	return parseRoutes(table)
}

// Flags of a route (linux/route.h).
const (
	routeUp      = 1
	routeGateway = 2
)

// parseRoutes finds the default route of least metric. The kernel prints
// addresses as numbers of the machine's byte order.
func parseRoutes(table []byte) (gateway netip.Addr) {
	least := uint64(0)
	for _, line := range bytes.Split(table, []byte("\n")) {
		f := bytes.Fields(line)
		if len(f) < 8 || string(f[1]) != "00000000" || string(f[7]) != "00000000" {
			continue
		}
		flags, err1 := strconv.ParseUint(string(f[3]), 16, 32)
		metric, err2 := strconv.ParseUint(string(f[6]), 10, 32)
		raw, err3 := hex.DecodeString(string(f[2]))
		if err1 != nil || err2 != nil || err3 != nil || len(raw) != 4 || flags&(routeUp|routeGateway) != routeUp|routeGateway {
			continue
		}
		if gateway.IsValid() && metric >= least {
			continue
		}
		var ip [4]byte
		binary.NativeEndian.PutUint32(ip[:], binary.BigEndian.Uint32(raw))
		gateway, least = netip.AddrFrom4(ip), metric
	}
	return gateway
}
