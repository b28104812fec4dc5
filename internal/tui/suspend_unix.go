//go:build !windows

package tui

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// suspend stops this process, as the terminal's own Ctrl-Z would have, until
// the shell continues it. hint says why nothing happened.
func suspend() (hint string) {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	// The whole process group, so that "make run" stops too. SIGTSTP and not
	// SIGSTOP: the kernel ignores it where no shell could continue us.
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return "gochat could not be suspended: " + err.Error()
	}
	const patience = 200 * time.Millisecond // for a signal to be delivered
	select {
	case <-continued:
		return ""
	case <-time.After(patience):
	}
	select {
	case <-continued: // the time was over while we stood still
		return ""
	case <-time.After(patience):
	}
	return "not suspended: no shell with job control is there to bring gochat back"
}

// opener is the program that opens links.
func opener(link string) *exec.Cmd {
	program := "xdg-open"
	if runtime.GOOS == "darwin" {
		program = "open"
	}
	cmd := exec.Command(program, link)
	// A session of its own: a browser for the terminal must not take ours.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}
