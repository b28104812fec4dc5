//go:build linux || darwin || freebsd

package cli

import (
	"os"
	"syscall"
	"unsafe"
)

// keepTyped has a terminal keep what is typed as it is until release is called: a
// terminal that edits lines itself would make a newline of Enter, which the full
// screen that reads it later takes for one in the text. Nothing of it is echoed;
// Ctrl-C and Ctrl-Z work as ever. release may be called more than once.
func keepTyped(f *os.File) (release func()) {
	fd := f.Fd()
	var before syscall.Termios
	if control(fd, getTermios, &before) != nil {
		return func() {}
	}
	kept := before
	kept.Iflag &^= syscall.ICRNL
	kept.Lflag &^= syscall.ICANON | syscall.ECHO
	kept.Cc[syscall.VMIN], kept.Cc[syscall.VTIME] = 1, 0
	if control(fd, setTermios, &kept) != nil {
		return func() {}
	}
	return func() {
		var now syscall.Termios
		if control(fd, getTermios, &now) == nil && now == kept { // nobody has changed it since
			_ = control(fd, setTermios, &before)
		}
	}
}

func control(fd, request uintptr, t *syscall.Termios) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(t))); errno != 0 {
		return errno
	}
	return nil
}
