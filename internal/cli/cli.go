// Package cli is the hall: it takes the command line apart, opens what the
// chosen mode needs (profile, socket, log), wires the parts together and turns
// how it went into an exit code and a sentence for the user.
//
// It decides nothing about rooms, paths or bootnodes, and draws nothing.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"gochat/internal/config"
)

// Exit codes. They are a contract with scripts.
const (
	ExitOK           = 0
	ExitRuntime      = 1
	ExitUsage        = 2 // also a bad setting
	ExitUnreachable  = 3 // a bootnode was named and never answered
	ExitNotDelivered = 4
	ExitKey          = 5 // a key given by the user does not match
)

// Env is what a process has from its system.
type Env struct {
	In       *os.File
	Out, Err *os.File
	Environ  []string
	Getenv   func(string) string
	Dotenv   string // path of the .env file
}

// System is the real process's Env.
func System() Env {
	return Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), Getenv: os.Getenv, Dotenv: ".env"}
}

// Main runs gochat with the arguments after the program's name until ctx ends
// or the work is done, and returns the exit code.
func Main(ctx context.Context, args []string, env Env) int {
	cmd, rest, err := config.Split(args)
	if err != nil {
		return fail(env.Err, err)
	}
	switch cmd {
	case config.Help:
		return say(env.Out, config.HelpText())
	case config.Version:
		return say(env.Out, Version()+"\n")
	}
	cfg, err := config.Load(cmd, rest, env.Environ, env.Dotenv)
	switch {
	case errors.Is(err, flag.ErrHelp) && cmd == config.Run:
		return say(env.Out, config.HelpText())
	case errors.Is(err, flag.ErrHelp):
		return say(env.Out, config.CommandHelp(cmd))
	}
	if err != nil {
		return fail(env.Err, err)
	}
	switch cmd {
	case config.Show:
		if err := cfg.Print(env.Out); err != nil {
			return fail(env.Err, err)
		}
		return ExitOK
	case config.Key:
		return fail(env.Err, interruptible(ctx, func() error { return runKey(cfg, env) }))
	case config.Lock:
		return fail(env.Err, runLock(cfg, env))
	case config.Unlock:
		return fail(env.Err, runUnlock(cfg, env))
	case config.Tail:
		return fail(env.Err, interruptible(ctx, func() error { return runTail(ctx, cfg, env) }))
	case config.Search:
		return fail(env.Err, interruptible(ctx, func() error { return runSearch(ctx, cfg, env) }))
	case config.Export:
		return fail(env.Err, interruptible(ctx, func() error { return runExport(ctx, cfg, env) }))
	case config.Import:
		return fail(env.Err, interruptible(ctx, func() error { return runImport(ctx, cfg, env) }))
	case config.Send:
		return runSend(ctx, cfg, env)
	case config.Healthcheck:
		return fail(env.Err, healthcheck(ctx, cfg, env.Out))
	}
	if cfg.Mode == config.Bootnode {
		return fail(env.Err, runBootnode(ctx, cfg, env))
	}
	return runClient(ctx, cfg, env)
}

// graceful is how long a command has for its end once it was interrupted.
const graceful = time.Second

// interruptible ends a command that waits for a pipe or a disk where no context
// reaches. The process exits then.
func interruptible(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(graceful):
		return errInterrupted
	}
}

// exitError carries an exit code with an error.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// fail prints an error, if there is one, and returns its exit code.
func fail(w io.Writer, err error) int {
	if err == nil {
		return ExitOK
	}
	fmt.Fprintln(w, "gochat:", err)
	var usage *config.Error
	var exit *exitError
	switch {
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &exit):
		return exit.code
	}
	return ExitRuntime
}

func say(w io.Writer, text string) int {
	if _, err := io.WriteString(w, text); err != nil {
		return ExitRuntime
	}
	return ExitOK
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
