//go:build !js

package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Socket buffers are asked for generously: a burst of a large room, or of a
// relay, must wait there and not be lost. The system may grant less.
const (
	readBuffer  = 4 << 20
	writeBuffer = 2 << 20
)

// Listen opens a UDP socket at "host:port", where host is an IP address or
// empty. Empty and "::" listen on all IPv6 and IPv4 addresses with one
// socket, or on IPv4 alone where there is no IPv6; "0.0.0.0" means all IPv4
// addresses. Port 0 takes any free port.
func Listen(addr string) (Conn, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: want IP:port or :port", addr)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: the port must be 0–65535", addr)
	}
	if host == "" {
		return listenAll(uint16(port))
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: the host must be an IP address", addr)
	}
	ip = ip.Unmap()
	if ip == netip.IPv6Unspecified() {
		return listenAll(uint16(port))
	}
	network := "udp6"
	if ip.Is4() {
		network = "udp4"
	}
	return listen(network, netip.AddrPortFrom(ip, uint16(port)))
}

func listenAll(port uint16) (Conn, error) {
	c, err := listen("udp", netip.AddrPortFrom(netip.IPv6Unspecified(), port))
	if err == nil || !noIPv6(err) {
		return c, err
	}
	return listen("udp4", netip.AddrPortFrom(netip.IPv4Unspecified(), port))
}

// noIPv6 tells whether err may come from a system without IPv6.
func noIPv6(err error) bool {
	var addr *net.AddrError
	if errors.As(err, &addr) { // the net package found no IPv6 support
		return true
	}
	for _, e := range noIPv6Errors {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func listen(network string, at netip.AddrPort) (Conn, error) {
	c, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	growBuffers(c)
	return newConn(c)
}
