package udp

import (
	"errors"
	"fmt"
	"net/netip"
)

// Listen fails: a browser has no UDP sockets.
func Listen(string) (Conn, error) {
	return nil, fmt.Errorf("UDP sockets in a browser: %w", errors.ErrUnsupported)
}

// Multicast does not exist in a browser.
type Multicast struct{}

// ListenMulticast fails: a browser has no UDP sockets.
func ListenMulticast(uint16, ...netip.Addr) (*Multicast, error) {
	return nil, fmt.Errorf("multicast in a browser: %w", errors.ErrUnsupported)
}

// ReadFrom fails.
func (*Multicast) ReadFrom([]byte) (n int, from netip.AddrPort, ifIndex int, err error) {
	return 0, netip.AddrPort{}, 0, errors.ErrUnsupported
}

// Send fails.
func (*Multicast) Send([]byte) error { return errors.ErrUnsupported }

// WriteTo fails.
func (*Multicast) WriteTo([]byte, netip.AddrPort) (int, error) { return 0, errors.ErrUnsupported }

// Close does nothing.
func (*Multicast) Close() error { return nil }
