package command

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// shell is a command of the POSIX shell, which the test needs.
func shell(t *testing.T, script string) Command {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	return Command{Argv: []string{"sh", "-c", script}, Env: []string{"PATH=" + os.Getenv("PATH"), "A=b c"}, Limit: time.Minute}
}

func TestRun(t *testing.T) {
	c := shell(t, `cat; echo "$A"; echo no >&2; exit 3`)
	var out, errs bytes.Buffer
	c.Input, c.Out, c.Err = []byte("in\n"), &out, &errs
	err := c.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || out.String() != "in\nb c\n" || errs.String() != "no\n" {
		t.Errorf("%v, %q, %q", err, out.String(), errs.String())
	}
	if err := (Command{Argv: []string{"/no/such/program"}, Limit: time.Minute}).Run(context.Background()); err == nil {
		t.Error("a program that is not there was run")
	}
}

// What a command has started ends with it: Run would wait for the pipe that the
// grandchild holds.
func TestTimeIsOver(t *testing.T) {
	c := shell(t, `sleep 1000 & sleep 1000; wait`)
	var out bytes.Buffer
	c.Limit, c.Out = 100*time.Millisecond, &out
	if err := c.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "not done in 100ms") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.Limit = time.Minute
	if err := c.Run(ctx); err == nil {
		t.Error("it ran although it was too late")
	}
}

// What a command leaves behind ends with it, too, also if it did all in time.
func TestNothingStays(t *testing.T) {
	here, there, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	c := shell(t, `sleep 1000 & exit 0`)
	c.Out = there // which the one that is left holds open
	if err := c.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	there.Close()
	_ = here.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := here.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
}
