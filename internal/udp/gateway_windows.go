package udp

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
)

// DefaultGateway is the IPv4 router through which packets leave for the
// Internet; invalid: there is none.
func DefaultGateway() (gateway netip.Addr) {
	size := uint32(16 << 10)
	for range 3 { // the list may grow between two calls
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(windows.AF_INET, windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, first, &size)
		if err == windows.ERROR_BUFFER_OVERFLOW {
			continue
		}
		if err != nil {
			return gateway
		}
		least := uint32(0)
		for a := first; a != nil; a = a.Next {
			if a.OperStatus != windows.IfOperStatusUp || a.FirstGatewayAddress == nil || gateway.IsValid() && a.Ipv4Metric >= least {
				continue
			}
			if ip, ok := netip.AddrFromSlice(a.FirstGatewayAddress.Address.IP()); ok && ip.Unmap().Is4() {
				gateway, least = ip.Unmap(), a.Ipv4Metric
			}
		}
		return gateway
	}
	return gateway
}
