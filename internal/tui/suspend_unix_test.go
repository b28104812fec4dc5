//go:build !windows

package tui

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const suspendedChild = "GOCHAT_TEST_SUSPEND"

// The process of TestSuspend.
func TestSuspendChild(t *testing.T) {
	if os.Getenv(suspendedChild) == "" {
		t.Skip("run by TestSuspend")
	}
	os.Stdout.WriteString("said: " + suspend() + "\n")
}

func TestSuspend(t *testing.T) {
	child := func(attr *syscall.SysProcAttr) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSuspendChild$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), suspendedChild+"=1")
		out := new(bytes.Buffer)
		cmd.Stdout, cmd.SysProcAttr = out, attr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, out
	}
	// In a group of its own, as a shell starts it, it stops until it is continued.
	cmd, out := child(&syscall.SysProcAttr{Setpgid: true})
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("did not stop: %v, %v, %s", status, err, out)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "said: \n") {
		t.Errorf("after it was continued: %v, %q", err, out)
	}
	// In a session of its own nobody could continue it, and it goes on.
	cmd, out = child(&syscall.SysProcAttr{Setsid: true})
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "no shell with job control") {
		t.Errorf("without a shell: %v, %q", err, out)
	}
}
