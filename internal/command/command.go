// Package command runs programs that a user has named for events: without a
// shell, with something on standard input, for a limited time, and with all they
// started ended as one where the system can do that.
//
// It knows no events and no settings; who runs what, and how many at once, is
// decided by bootnode/hooks and internal/hook.
package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// Command is one run of a program.
type Command struct {
	Argv  []string // program and arguments, at least one
	Env   []string // its whole environment
	Input []byte   // on its standard input
	Limit time.Duration
	// Out and Err take what it prints; nil: thrown away.
	Out, Err io.Writer
}

// Run runs the command to its end. When its time is over or ctx ends, it is
// killed. Whatever it has started ends with it, where the system can do that, and
// unless it has made itself independent (setsid).
func (c Command) Run(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	cmd := exec.CommandContext(within, c.Argv[0], c.Argv[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Env, bytes.NewReader(c.Input), c.Out, c.Err
	cmd.WaitDelay = time.Second
	together(cmd)
	err := cmd.Run()
	apart(cmd)
	if within.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("not done in %v", c.Limit)
	}
	return err
}
