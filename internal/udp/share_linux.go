package udp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// shareAddress lets several processes bind the port. SO_REUSEPORT would
// demand that all of them belong to one user.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	})
	if err != nil {
		return err
	}
	return set
}
