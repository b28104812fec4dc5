//go:build !unix

package command

import "os/exec"

// together leaves a command as it is: only itself is killed.
func together(*exec.Cmd) {}

// apart does nothing.
func apart(*exec.Cmd) {}
