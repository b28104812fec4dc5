//go:build unix

package cli

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// ofItsOwn makes a process independent of this one's terminal.
func ofItsOwn(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// watchSize calls a function when the terminal has another size, until it is stopped.
func watchSize(_ *os.File, changed func()) (stop func()) {
	c, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(c, syscall.SIGWINCH)
	go func() {
		for {
			select {
			case <-c:
				changed()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}
