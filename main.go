// Command gochat is a serverless peer-to-peer messenger for the terminal, and
// the bootnode that introduces its members to each other.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gochat/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A reader that goes away, as in a pipe to head, shows as an error of
	// writing, which ends in a goodbye; the signal would end in silence. It is
	// taken and not ignored, since commands that are run would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := cli.Main(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
