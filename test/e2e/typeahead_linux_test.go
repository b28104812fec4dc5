package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// Lines that are typed before the full screen is there are lines all the same,
// and the terminal's modes are the old ones in the end.
func TestTypedAhead(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	carol := w.json("carol")
	x := w.terminal("alice", 80, 24)
	tty := strings.TrimSpace(x.tmux("display-message", "-p", "#{pane_tty}"))
	modes := func() string {
		out, err := exec.Command("stty", "-F", tty, "-a").CombinedOutput()
		if err != nil {
			t.Fatalf("stty: %v\n%s", err, out)
		}
		return string(out)
	}
	before := modes()
	x.write(fmt.Sprintf("'%s' --bootnode %s --room '%s' --nick alice --data-dir '%s'; echo left with $?", w.binary, w.boot, w.room, w.dir("alice")))
	x.keys("Enter")
	deadline, poll := time.Now().Add(patience), time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for !strings.Contains(modes(), "-icrnl") {
		if time.Now().After(deadline) {
			t.Fatal("the terminal makes newlines of Enter still")
		}
		<-poll.C
	}
	x.keys("o", "n", "e", "Enter", "t", "w", "o", "Enter", "t", "h", "r", "e", "e", "Enter")
	for _, line := range []string{"one", "two", "three"} {
		carol.Wait(patience, line, proc.Message(line))
	}
	x.keys("C-c", "C-c")
	x.shows("left with 0")
	if after := modes(); after != before {
		t.Errorf("the terminal's modes changed:\n%s\n%s", before, after)
	}
}
