package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// The keys of the full screen as a terminal sends them: completion, a long
// paste, what was sent before, the search in the past, a copy, and Ctrl-Z.
func TestTerminalKeys(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	carol := w.json("carol")
	for i := range 1100 {
		carol.Post(map[string]any{"cmd": "send", "text": fmt.Sprintf("%s %d", map[bool]string{true: "needle", false: "straw"}[i == 3], i)})
	}
	// Alice has had them before: of a flood of the past the screen shows the
	// beginning, too.
	alice := w.json("alice")
	alice.Wait(patience, "carol's last line", proc.Message("straw 1099"))
	alice.EndInput()
	exitsWith(t, alice, 0)
	x := w.terminal("alice", 100, 24)
	x.tmux("set-option", "-s", "set-clipboard", "on")
	x.write(fmt.Sprintf("'%s' --bootnode %s --room '%s' --nick alice --data-dir '%s'", w.binary, w.boot, w.room, w.dir("alice")))
	x.keys("Enter")
	x.shows("carol", "folded;")

	x.write("caro")
	x.keys("Tab")
	x.shows(`> carol: *\n`, `\[carol\]`)
	x.write("done :tad")
	x.keys("Tab", "Enter")
	carol.Wait(patience, "what was completed", proc.Message("carol: done 🎉"))

	lines := "/quit\n" + strings.Repeat("line\n", 10) + "end"
	x.tmux("set-buffer", lines)
	x.tmux("paste-buffer", "-p")
	x.shows("send 12 lines as one message")
	x.keys("Enter")
	carol.Wait(patience, "the paste as one message", proc.Message(lines))

	x.keys("C-r")
	x.write("done")
	x.shows(`> carol: done`, `sent before: done`)
	x.keys("Enter")
	x.shows(`\n> carol: done 🎉`)
	x.keys("C-c")
	x.shows("cleared")

	x.keys("C-s")
	x.write("needle")
	x.shows(`1 of 1`)
	x.keys("Enter")
	x.shows("match 1 of 1", "straw 2", "needle 3", "straw 4")
	x.keys("y")
	x.shows("copied")
	for deadline := time.Now().Add(patience); x.tmux("show-buffer") != "needle 3"; {
		if time.Now().After(deadline) {
			t.Fatalf("tmux was given %q", x.tmux("show-buffer"))
		}
	}
	x.keys("Escape")
	x.shows("1 direct") // and not "copied": Esc and a letter at once would be Alt

	x.write("half a tho")
	x.keys("C-z")
	x.shows("ready>", "[Ss]topped")
	x.write("fg; echo left with $?")
	x.keys("Enter")
	x.shows("needle 3", "> half a tho")
	carol.Say("meanwhile")
	x.shows("↓ [0-9]+ new")
	x.write("ught")
	x.keys("Enter")
	carol.Wait(patience, "what was written around the pause", proc.Message("half a thought"))
	x.keys("F1")
	x.shows("Everywhere", "this help")
	x.keys("q")
	x.hides("Everywhere")
	x.keys("C-d")
	x.shows("left with 0")
}
