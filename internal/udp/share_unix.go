//go:build !linux && !js && !windows

package udp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// shareAddress lets several processes bind the port; BSD systems want both
// options for multicast.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		if set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); set == nil {
			set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}
	})
	if err != nil {
		return err
	}
	return set
}
