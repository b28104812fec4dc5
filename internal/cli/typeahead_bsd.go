//go:build darwin || freebsd

package cli

import "syscall"

// Requests of termios(4) to the terminal.
const (
	getTermios = syscall.TIOCGETA
	setTermios = syscall.TIOCSETA
)
