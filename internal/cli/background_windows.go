package cli

import (
	"os"
	"os/exec"
	"syscall"
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

// resized returns what tells that the terminal has another size: nothing does
// here.
func resized() (told <-chan os.Signal, stop func()) { return nil, func() {} }
