package cli

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Of the Windows API, which package syscall does not have.
const (
	detachedProcess       = 0x00000008
	createNewProcessGroup = 0x00000200
)

// ofItsOwn makes a process independent of this one's terminal.
func ofItsOwn(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | createNewProcessGroup}
}

// sizeEvery is how often the terminal is asked for its size: no signal tells of it here.
const sizeEvery = 250 * time.Millisecond

// watchSize calls a function when the terminal has another size, until it is stopped.
func watchSize(terminal *os.File, changed func()) (stop func()) {
	return pollSize(func() (int, int, error) { return term.GetSize(int(terminal.Fd())) }, changed)
}

func pollSize(size func() (width, height int, err error), changed func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(sizeEvery)
		defer tick.Stop()
		width, height, _ := size()
		for {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			if w, h, err := size(); err == nil && (w != width || h != height) {
				width, height = w, h
				changed()
			}
		}
	}()
	return func() { close(done) }
}
