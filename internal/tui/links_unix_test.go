//go:build !windows

package tui

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// An opener that stays with its browser has opened the link, and is left alone;
// one that fails at once, or is not there, has not.
func TestRunOpener(t *testing.T) {
	stays := exec.Command("sleep", "600")
	if err := runOpener(stays, 0); err != nil {
		t.Error(err)
	}
	if err := stays.Process.Kill(); err != nil {
		t.Errorf("it was ended: %v", err)
	}
	for program, want := range map[string]string{"false": "exit status 1; Alt-L", "gochat-no-such-opener": "there is no gochat-no-such-opener here; Alt-L"} {
		if err := runOpener(exec.Command(program), time.Minute); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", program, err, want)
		}
	}
}
