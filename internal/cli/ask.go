package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/term"
)

var errInterrupted = errors.New("interrupted")

// canAsk reports whether there is somebody who can read a question and answer
// it. Where standard error goes to a file nobody would see what is waited for.
func canAsk(env Env) bool {
	if !isTerminal(env.Err) {
		return false
	}
	_, done, err := keyboard(env)
	if err != nil {
		return false
	}
	done()
	return true
}

// keyboard is where a user types: standard input may be something else.
func keyboard(env Env) (in *os.File, done func(), err error) {
	if isTerminal(env.In) {
		return env.In, func() {}, nil
	}
	name := "/dev/tty"
	if runtime.GOOS == "windows" {
		name = "CONIN$"
	}
	in, err = os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	return in, func() { in.Close() }, nil
}

// askSecret reads a line that is not shown while it is typed. Whoever ends gochat
// meanwhile gets the terminal back as it was.
func askSecret(env Env, prompt string) ([]byte, error) {
	in, done, err := keyboard(env)
	if err != nil {
		return nil, fmt.Errorf("ask at the terminal: %w", err)
	}
	fd := int(in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		done()
		return nil, fmt.Errorf("ask at the terminal: %w", err)
	}
	ended, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	fmt.Fprint(env.Err, prompt)
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		typed <- answer{text, err}
	}()
	select {
	case a := <-typed:
		done()
		fmt.Fprintln(env.Err) // the Enter was not shown
		if a.err != nil {
			return nil, fmt.Errorf("ask at the terminal: %w", a.err)
		}
		return a.text, nil
	case <-ended.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(env.Err)
		return nil, errInterrupted
	}
}
