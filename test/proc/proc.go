// Package proc drives gochat processes in tests: it builds the binary, starts
// it with --ui json, reads its events and sends it commands. It knows the
// shape of the JSON front (docs/EVENTS.md), and nothing of networks.
package proc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Process is a running program.
type Process struct {
	Name string

	t     testing.TB
	cmd   *exec.Cmd
	text  bool // its output is lines of text, not JSON
	stdin io.WriteCloser

	mu       sync.Mutex
	events   []Event
	stderr   strings.Builder
	changed  chan struct{} // closed and replaced with every event and every bit of stderr
	exited   chan struct{} // closed when what stands below is set
	code     int
	ended    time.Time
	requests int
}

// Start starts cmd, whose arguments must select the JSON front, and kills it
// at the end of the test. When the test fails, what the process said is
// logged.
func Start(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	return start(t, name, cmd, false)
}

// StartText is Start for a process that prints lines of text: a bootnode, or
// the plain front. Each line is an Event that has only Raw; see Line.
func StartText(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	return start(t, name, cmd, true)
}

func start(t testing.TB, name string, cmd *exec.Cmd, text bool) *Process {
	t.Helper()
	p := &Process{Name: name, t: t, cmd: cmd, text: text, changed: make(chan struct{}), exited: make(chan struct{})}
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { p.readEvents(stdout) })
	reading.Go(func() { p.readErrors(stderr) })
	go func() {
		reading.Wait() // before Wait, which closes the pipes
		err := cmd.Wait()
		var status *exec.ExitError
		if err != nil && !errors.As(err, &status) {
			t.Errorf("%s: %v", name, err)
		}
		p.code, p.ended = cmd.ProcessState.ExitCode(), time.Now()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("--- %s: stdout\n%s--- %s: stderr\n%s", name, p.transcript(), name, p.Stderr())
		}
	})
	return p
}

func (p *Process) readEvents(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // a message of 64 KiB, escaped, with room
	for lines.Scan() {
		e := Event{At: time.Now()}
		e.Raw = append(e.Raw, lines.Bytes()...)
		if !p.text {
			if err := json.Unmarshal(e.Raw, &e.fields); err != nil {
				p.t.Errorf("%s: stdout line is no JSON object: %q", p.Name, e.Raw)
				continue
			}
		}
		p.mu.Lock()
		p.events = append(p.events, e)
		p.wake()
		p.mu.Unlock()
	}
	if err := lines.Err(); err != nil && !errors.Is(err, os.ErrClosed) {
		p.t.Errorf("%s: read stdout: %v", p.Name, err)
	}
	_, _ = io.Copy(io.Discard, r) // after an overlong line: let the process go on
}

// wake tells those who wait that there is something new. The caller holds mu.
func (p *Process) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// maxStderr bounds what is kept of a process that logs without end.
const maxStderr = 1 << 20

func (p *Process) readErrors(r io.Reader) {
	b := make([]byte, 4096)
	for {
		n, err := r.Read(b)
		p.mu.Lock()
		if p.stderr.Len() < maxStderr {
			p.stderr.Write(b[:n])
			p.wake()
		}
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Stderr is what the process has written there so far.
func (p *Process) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// Events are all events so far.
func (p *Process) Events() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.events[:len(p.events):len(p.events)]
}

// Mark is a position in the stream of events, for WaitAfter.
func (p *Process) Mark() int { return len(p.Events()) }

// Wait returns the first event since the start that matches, waiting for it
// at most d; then the test fails. what says what was waited for.
func (p *Process) Wait(d time.Duration, what string, match func(Event) bool) Event {
	p.t.Helper()
	return p.WaitAfter(0, d, what, match)
}

// WaitAfter is Wait for events after a Mark.
func (p *Process) WaitAfter(mark int, d time.Duration, what string, match func(Event) bool) Event {
	p.t.Helper()
	e, err := p.find(mark, d, match)
	if err != nil {
		p.t.Fatalf("%s: waiting for %s: %v", p.Name, what, err)
	}
	return e
}

// Saw is Wait without failing the test: for what may or may not come.
func (p *Process) Saw(d time.Duration, match func(Event) bool) (Event, bool) {
	e, err := p.find(0, d, match)
	return e, err == nil
}

func (p *Process) find(mark int, d time.Duration, match func(Event) bool) (found Event, err error) {
	err = p.await(d, func() bool {
		for ; mark < len(p.events); mark++ {
			if match(p.events[mark]) {
				found = p.events[mark]
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitStderr waits at most d until the process has written text to its
// standard error, after what was there at mark (the length of Stderr).
func (p *Process) WaitStderr(mark int, d time.Duration, text string) {
	p.t.Helper()
	err := p.await(d, func() bool {
		s := p.stderr.String()
		return strings.Contains(s[min(mark, len(s)):], text)
	})
	if err != nil {
		p.t.Fatalf("%s: waiting for %q on standard error: %v", p.Name, text, err)
	}
}

// await waits until done, which is called with mu held whenever there is
// something new.
func (p *Process) await(d time.Duration, done func() bool) error {
	late := time.After(d)
	for {
		p.mu.Lock()
		ok, changed := done(), p.changed
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-p.exited: // all output has been read by now
			p.mu.Lock()
			ok := done()
			p.mu.Unlock()
			if ok {
				return nil
			}
			return fmt.Errorf("the process ended with code %d", p.code)
		case <-late:
			return fmt.Errorf("nothing in %v", d)
		}
	}
}

// commandTimeout is how long the answer to a command may take.
const commandTimeout = time.Minute

// ReadyKey is the process's public key, from its ready event.
func (p *Process) ReadyKey() string {
	p.t.Helper()
	return p.Wait(commandTimeout, "ready", Ready).String("key")
}

// Do sends a command, such as {"cmd":"peers"}, and returns its reply. It sets
// the command's id.
func (p *Process) Do(command map[string]any) Event {
	p.t.Helper()
	id := p.Post(command)
	return p.Wait(commandTimeout, fmt.Sprintf("the reply to %v", command), func(e Event) bool {
		return e.Type() == "reply" && e.String("id") == id
	})
}

// Post sends a command without waiting for its reply and returns the id it
// was given.
func (p *Process) Post(command map[string]any) (id string) {
	p.t.Helper()
	p.mu.Lock()
	p.requests++
	id = fmt.Sprint("t", p.requests)
	p.mu.Unlock()
	line := map[string]any{"id": id}
	for k, v := range command {
		if k != "id" {
			line[k] = v
		}
	}
	b, err := json.Marshal(line)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Type(string(b))
	return id
}

// Type writes a line to a process with the plain front.
func (p *Process) Type(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.t.Fatalf("%s: write to stdin: %v", p.Name, err)
	}
}

// Say sends a message to the room and returns its id.
func (p *Process) Say(text string) (messageID string) {
	p.t.Helper()
	r := p.Do(map[string]any{"cmd": "send", "text": text})
	if !r.Bool("ok") {
		p.t.Fatalf("%s: send was refused: %s", p.Name, r.Raw)
	}
	return r.String("message_id")
}

// EndInput closes the process's standard input.
func (p *Process) EndInput() { _ = p.stdin.Close() }

// Signal sends a signal; a process that has ended is left alone.
func (p *Process) Signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("%s: signal %v: %v", p.Name, s, err)
	}
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() { p.Signal(os.Kill) }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// EndedAt is when the process ended, which it must have done.
func (p *Process) EndedAt() time.Time {
	<-p.exited
	return p.ended
}

// Exit waits at most d for the process to end and returns its exit code
// (-1: by a signal).
func (p *Process) Exit(d time.Duration) int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.code
	case <-time.After(d):
		p.t.Fatalf("%s: did not end within %v", p.Name, d)
		return 0
	}
}

// transcript is the last events, long ones cut, for the log of a failed test.
func (p *Process) transcript() string {
	const lines, width = 200, 500
	events := p.Events()
	if len(events) > lines {
		events = events[len(events)-lines:]
	}
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s %.*s\n", e.At.Format("05.000"), width, e.Raw)
	}
	return b.String()
}
