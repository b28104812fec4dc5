package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/internal/profile"
)

// How the process that is begun and the one in the background talk, over the
// latter's standard input and output, until it is ready: a line of JSON each.

// childVariable tells a process that it is the one in the background: childAsk,
// with somebody in front of the other who can be asked, or childQuiet.
const (
	childVariable = "GOCHAT_DETACHED"
	childAsk      = "ask"
	childQuiet    = "quiet"
)

// childSays asks for the passphrase, or tells that the process is ready.
type childSays struct {
	Ask   int               `json:"ask,omitempty"` // the attempt, from 1
	Ready *jsonio.Detaching `json:"ready,omitempty"`
}

// parentSays answers.
type parentSays struct {
	Passphrase []byte `json:"passphrase,omitempty"`
	Error      string `json:"error,omitempty"`
}

const (
	// maxSaid bounds a line of theirs, with all rooms in it.
	maxSaid = 4 << 20
	// lastWordsFor is how long a process that is not ready, and cannot be any more,
	// may take to say why.
	lastWordsFor = 5 * time.Second
)

// runDetached begins a process in the background that does the same, and waits
// until it is ready. It returns the exit code, which is the other's if that failed.
func runDetached(ctx context.Context, args []string, cfg config.Config, env Env) int {
	if err := cfg.NeedRoom(); err != nil {
		return fail(env.Err, err)
	}
	program, err := os.Executable()
	if err != nil {
		return fail(env.Err, fmt.Errorf("cannot find the program to run it in the background: %w", err))
	}
	ask := passphrase(cfg, env)
	if cfg.PassphraseFile != "" {
		ask = nil // it reads the file itself
	}
	cmd := exec.Command(program, args...)
	asks := childQuiet
	if ask != nil {
		asks = childAsk
	}
	cmd.Env = slices.Concat(env.Environ, []string{childVariable + "=" + asks})
	ofItsOwn(cmd)
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	stderr, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3, cmd.Start()); err != nil {
		return fail(env.Err, fmt.Errorf("cannot run in the background: %w", err))
	}
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	complaints := make(chan struct{})
	go func() { _, _ = io.Copy(env.Err, stderr); close(complaints) }()
	ready := converse(stdout, stdin, ask)
	if ready == nil {
		stdin.Close()
		defer time.AfterFunc(lastWordsFor, func() { _ = cmd.Process.Kill() }).Stop()
		<-complaints
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code > 0 && ctx.Err() == nil {
			return code
		}
		if ctx.Err() != nil {
			return fail(env.Err, errInterrupted)
		}
		return fail(env.Err, errors.New("the process in the background ended before it was ready"))
	}
	// What it wrote before it was ready is there already.
	if f, ok := stderr.(interface{ SetReadDeadline(time.Time) error }); ok && f.SetReadDeadline(time.Now().Add(50*time.Millisecond)) == nil {
		<-complaints
	}
	_ = cmd.Process.Release()
	if cfg.UI == config.JSON {
		line, err := jsonio.Detached(*ready, time.Now())
		if err != nil {
			return fail(env.Err, err)
		}
		return say(env.Out, string(line))
	}
	return say(env.Out, backgroundText(*ready, cfg.DataDir != "" || ready.Profile > 1))
}

// converse talks with the process until it is ready; nil: it ended, or cannot be
// talked with.
func converse(from io.Reader, to io.WriteCloser, ask profile.Passphrase) *jsonio.Detaching {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxSaid)
	for lines.Scan() {
		var said childSays
		switch {
		case json.Unmarshal(lines.Bytes(), &said) != nil:
		case said.Ready != nil:
			return said.Ready
		case said.Ask > 0 && ask != nil:
			var answer parentSays
			secret, err := ask(said.Ask)
			if answer.Passphrase = secret; err != nil {
				answer.Error = err.Error()
			}
			line, err := json.Marshal(answer)
			if err != nil {
				return nil
			}
			if _, err := to.Write(append(line, '\n')); err != nil {
				return nil
			}
		}
	}
	return nil
}

// backgroundText says where gochat went, and how to get at it. named: its data
// directory has to be named for that.
func backgroundText(r jsonio.Detaching, named bool) string {
	option := ""
	if named {
		option = " --data-dir " + front.ShellWord(r.DataDir)
	}
	var b strings.Builder
	for _, n := range r.Notices {
		b.WriteString(n + "\n")
	}
	fmt.Fprintf(&b, "gochat goes on in the background (process %d) as %s, in %s\n", r.PID, r.Nick, strings.Join(r.Rooms, ", "))
	if !r.Answered {
		b.WriteString("no named bootnode has answered yet; it goes on trying\n")
	}
	fmt.Fprintf(&b, "  to show it, in any terminal:  gochat attach%s\n", option)
	fmt.Fprintf(&b, "  to end it:                    gochat stop%s\n", option)
	fmt.Fprintf(&b, "  its log:                      %s\n", r.Log)
	return b.String()
}
