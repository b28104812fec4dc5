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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A reader that goes away, as in a pipe to head, shows as an error of
	// writing, which ends in a goodbye; the signal would end in silence.
	signal.Ignore(syscall.SIGPIPE)
	code := cli.Main(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
