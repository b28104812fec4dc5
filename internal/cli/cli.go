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
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"gochat/internal/config"
)

// Exit codes. They are a contract with scripts.
const (
	ExitOK           = 0
	ExitRuntime      = 1
	ExitUsage        = 2 // also a bad setting
	ExitUnreachable  = 3 // a bootnode was named and never answered, or none runs here
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

// System is the real process's Env. It has NO_COLOR to itself: what draws would go by
// the process's in all terminals, also in those that attach from elsewhere.
func System() Env {
	environ, noColor := os.Environ(), os.Getenv("NO_COLOR")
	_ = os.Unsetenv("NO_COLOR")
	getenv := func(name string) string {
		if name == "NO_COLOR" {
			return noColor
		}
		return os.Getenv(name)
	}
	return Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: environ, Getenv: getenv, Dotenv: ".env"}
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
		text, err := config.HelpAbout(rest)
		return sayOrFail(env, text, err)
	case config.Version:
		return say(env.Out, versionText(rest))
	}
	if text, is, err := made(cmd, rest); is {
		return sayOrFail(env, text, err)
	}
	cfg, err := load(cmd, rest, env)
	switch {
	case errors.Is(err, flag.ErrHelp) && cmd == config.Run:
		return say(env.Out, config.HelpText())
	case errors.Is(err, flag.ErrHelp):
		return say(env.Out, config.CommandHelp(cmd))
	}
	if err != nil {
		if cmd == config.Operate && asksJSON(rest) {
			err = errors.Join(err, printJSON(env.Out, refusal(err)))
		}
		return fail(env.Err, err)
	}
	if err := checkPrograms(cmd, cfg); err != nil {
		return fail(env.Err, err)
	}
	if cmd != config.Run || cfg.Mode != config.Bootnode { // to which it says to read its settings again
		var stop func()
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
		defer stop()
	}
	switch cmd {
	case config.Invite:
		return fail(env.Err, runInvite(ctx, cfg, env))
	case config.Join:
		return runClient(ctx, cfg, env)
	case config.Completion, config.Man:
		text, _, err := made(cmd, cfg.Args)
		return sayOrFail(env, text, err)
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
	case config.On:
		return runOn(ctx, cfg, env)
	case config.Attach:
		return fail(env.Err, runAttach(ctx, cfg, env))
	case config.Detach:
		return fail(env.Err, runDetach(ctx, cfg, env))
	case config.Stop:
		return fail(env.Err, runStop(ctx, cfg, env))
	case config.Doctor:
		return runDoctor(ctx, cfg, env)
	case config.Operate:
		return runOperate(ctx, cfg, env)
	case config.Healthcheck:
		return fail(env.Err, healthcheck(ctx, cfg, env.Out))
	}
	if cfg.Detach && inBackground(env) == nil {
		return runDetached(ctx, args, cfg, env)
	}
	if cfg.Mode == config.Bootnode {
		return fail(env.Err, runBootnode(ctx, cfg, env))
	}
	return runClient(ctx, cfg, env)
}

// load reads the settings of a command.
func load(cmd config.Command, args []string, env Env) (config.Config, error) {
	if cmd != config.Join {
		return config.Load(cmd, args, env.Environ, env.Dotenv)
	}
	if slices.Contains(args, "-") && isTerminal(env.In) && isTerminal(env.Err) {
		fmt.Fprint(env.Err, "Paste the invite, and press Enter: ")
	}
	return config.LoadJoin(args, env.Environ, env.Dotenv, env.In)
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
	if readerGone(err) {
		return ExitRuntime
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

// readerGone reports whether whoever read what was written has gone, as head does
// when it has its lines: he knows, and other programs end in silence there, too.
// What fails on a network is another type of error.
func readerGone(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && file.Op == "write" && errors.Is(file, syscall.EPIPE)
}

func say(w io.Writer, text string) int {
	if _, err := io.WriteString(w, text); err != nil {
		return ExitRuntime
	}
	return ExitOK
}

// made is what commands print that depends on no setting, so that none that is
// wrong keeps a shell from starting; is: this is one of them, used rightly.
func made(cmd config.Command, args []string) (text string, is bool, err error) {
	if len(args) > 1 || len(args) == 1 && strings.HasPrefix(args[0], "-") {
		return "", false, nil
	}
	switch {
	case cmd == config.Completion && len(args) == 1:
		text, err = config.Complete(args[0])
	case cmd == config.Man:
		text, err = config.ManPage(strings.Join(args, ""))
	default:
		return "", false, nil
	}
	return text, true, err
}

func sayOrFail(env Env, text string, err error) int {
	if err != nil {
		return fail(env.Err, err)
	}
	return say(env.Out, text)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
