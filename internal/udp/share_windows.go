package udp

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// shareAddress lets several processes bind the port.
func shareAddress(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
	})
	if err != nil {
		return err
	}
	return set
}
