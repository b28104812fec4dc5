//go:build unix

package cli

import (
	"os"
	"strconv"
	"syscall"
)

// letGo lets go of the standard streams of whoever began this process, and of
// what else it was handed: nothing more comes or goes there.
func letGo(Env) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 2 {
		if err := dupOnto(int(null.Fd()), fd); err != nil {
			return err
		}
	}
	closeInherited()
	return nil
}

// complainTo has what is written to standard error go to a file. It returns what
// to write to.
func complainTo(log, stderr *os.File) *os.File {
	_ = dupOnto(int(log.Fd()), 2) // else it goes where nobody reads
	return stderr
}

// closeInherited closes the files that were open when this process began: all
// that it has opened itself are marked to be closed on exec.
func closeInherited() {
	syscall.ForkLock.Lock() // a file is marked by now
	defer syscall.ForkLock.Unlock()
	list, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, e := range list {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < 3 {
			continue
		}
		flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			_ = syscall.Close(fd)
		}
	}
}
