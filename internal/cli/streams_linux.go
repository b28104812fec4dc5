package cli

import "syscall"

// dupOnto is dup2, which not all of Linux has.
func dupOnto(from, to int) error { return syscall.Dup3(from, to, 0) }
