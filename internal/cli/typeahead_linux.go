package cli

import "syscall"

// Requests of termios(4) to the terminal.
const (
	getTermios = syscall.TCGETS
	setTermios = syscall.TCSETS
)
