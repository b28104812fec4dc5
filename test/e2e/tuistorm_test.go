package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// hardLines are what terminals get wrong.
var hardLines = []string{
	"👍🏽 👋🏿 ☝🏻 tones", "👨‍👩‍👧‍👦 👩🏽‍💻 joined", "🇩🇪 🇯🇵 flags", "日本語 한국어 wide", "e\u0301 n\u0303 marks", "שלום and مرحبا", "ไทย हिन्दी தமிழ் scripts",
	"[red]no markup[-] \x1b[2J\x1b]0;title\a end",
}

// resize gives the terminal another size.
func (x *terminal) resize(columns, rows int) {
	x.tmux("resize-window", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows))
}

// Keys, a paste, sizes and messages all come at once, and nothing is lost: not a
// key, not a line of the paste, not the columns.
func TestTerminalInAStorm(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	alice := w.terminal("alice", 100, 30)
	alice.write(fmt.Sprintf("'%s' --bootnode %s --room '%s' --nick alice --data-dir '%s'; echo left with $?", w.binary, w.boot, w.room, w.dir("alice")))
	alice.keys("Enter")
	bob := w.json("bob")
	bob.Wait(patience, "alice", func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == "alice" })
	alice.shows("bob")

	typed := ""
	for i := range 20 {
		for range 10 {
			bob.Say(fmt.Sprintf("message %d of many, long enough to be wrapped where the window is narrow", i))
		}
		word := fmt.Sprintf("word%d ", i)
		alice.write(word)
		typed += word
		alice.resize(20+i*37%120, 6+i*11%35)
		if i%5 == 0 {
			alice.keys("PageUp", "PageDown")
		}
	}
	alice.resize(20, 6)
	alice.resize(5, 2)
	alice.resize(160, 40)
	alice.shows("│", "bob") // no roster is drawn before this size is there
	alice.keys("Enter")
	bob.Wait(patience, "what was typed", proc.Message(typed))

	carol := w.json("carol") // of bob all is folded by now
	carol.Wait(patience, "alice", func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == "alice" })
	for _, line := range hardLines {
		carol.Say(line)
	}
	alice.shows("tones", "joined", "flags", "wide", "marks", "scripts", `\[red\]no markup\[-\]`, "end")
	if title := alice.tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "title") {
		t.Errorf("a message has set the title: %s", title)
	}
	// What is right of them was not moved: the roster begins in one column on
	// rows that hold plain text alone.
	border := regexp.MustCompile(`(?m)^([ -~]*)│`)
	columns := map[int]bool{}
	for _, m := range border.FindAllStringSubmatch(alice.screen(), -1) {
		columns[len(m[1])] = true
	}
	if len(columns) != 1 {
		t.Errorf("the roster begins in columns %v:\n%s", columns, alice.screen())
	}

	file := filepath.Join(w.home, "paste")
	if err := os.WriteFile(file, []byte("one\n  two 👍🏽\nthree"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.tmux("load-buffer", file)
	alice.tmux("paste-buffer", "-p")
	alice.shows("three")
	alice.keys("Enter")
	bob.Wait(patience, "what was pasted", proc.Message("one\n  two 👍🏽\nthree"))
	alice.keys("C-c")
	alice.shows("left with 0")
}

// borders tells in which columns the terminal has the roster's border, by row: it
// alone knows how wide it takes what stands before.
func (x *terminal) borders() map[string][]string {
	x.tmux("copy-mode")
	defer x.tmux("send-keys", "-X", "cancel")
	rows := map[string][]string{}
	for seen := map[string]bool{}; ; {
		x.tmux("send-keys", "-X", "search-backward-text", "│")
		column, row, _ := strings.Cut(strings.TrimSpace(x.tmux("display-message", "-p", "#{copy_cursor_x} #{copy_cursor_y}")), " ")
		if seen[row] {
			return rows
		}
		seen[row] = true
		rows[column] = append(rows[column], row)
	}
}

// straight waits until the roster's border is one line, down all rows with
// messages.
func (x *terminal) straight(rows int) {
	x.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		borders := x.borders()
		for _, at := range borders {
			if len(borders) == 1 && len(at) >= rows {
				return
			}
		}
		if x.t.Failed() || time.Now().After(deadline) {
			x.t.Fatalf("the roster begins in columns (with their rows) %v", borders)
		}
	}
}

// Emoji move and hide nothing, at odd and at even columns, as they come and when
// all is drawn anew. The terminal is named as tmux has it, by a description
// without a command to stay in the row.
func TestEmojiHideNothing(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	alice := w.terminal("alice", 100, 30)
	alice.write(fmt.Sprintf("TERM=tmux-256color '%s' --bootnode %s --room '%s' --nick alice --data-dir '%s'", w.binary, w.boot, w.room, w.dir("alice")))
	alice.keys("Enter")
	bob := w.json("bob")
	bob.Wait(patience, "alice", func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == "alice" })
	alice.shows("bob")
	lines := append(slices.Clone(hardLines[:7]), "1️⃣ ❤️ ☝️ 🏳️‍🌈 selectors")
	for _, before := range []string{":", ":x"} {
		for _, line := range lines {
			bob.Say(before + line)
		}
	}
	check := func() {
		t.Helper()
		for _, before := range []string{":", ":x"} {
			alice.shows(before+`👍[^\n]*👋[^\n]*☝[^\n]* tones`, before+`👨[^\n]*👩[^\n]* joined`, before+`🇩[^\n]*🇯[^\n]* flags`,
				before+`日本語 한국어 wide`, before+`1[^\n]*❤[^\n]*☝[^\n]*🏳[^\n]* selectors`)
		}
		alice.shows("a👍[^\n]*b☝[^\n]*c")
		alice.straight(2 * len(lines))
	}
	alice.write("a👍🏽b☝🏻c")
	check()
	for i, again := range []func(){
		func() { alice.keys("C-l") },
		func() { alice.resize(91, 27) },
		func() { alice.resize(91, 30) },
		func() { alice.keys("C-l", "C-l") },
	} {
		again()
		alice.write(fmt.Sprint(i))
		alice.shows(fmt.Sprintf("> a[^\n]*%d *\n", i))
		check()
	}
	edge := strings.Repeat("👍🏽", 60) + " beyond"
	bob.Say(edge)
	bob.Say("x" + edge)
	alice.resize(41, 30) // where no roster is, and emoji stand at the screen's edge
	alice.write("z")
	alice.shows("z", `(?m)^[^\n]*👍 beyond[^\n]*\n[^\n]*x👍👍`)
	alice.write(edge)
	alice.shows(`(?m)^[^\n]*👍 beyond[^\n]*\n[^\n]*x👍👍`, `👍 beyond *\n*$`, `\A `+w.room+` · `)
}

// Who writes at a terminal is seen to write, by a front that did not turn it off.
func TestTypingIsSeen(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	alice := w.terminal("alice", 100, 30)
	alice.write(fmt.Sprintf("'%s' --bootnode %s --room '%s' --nick alice --data-dir '%s'", w.binary, w.boot, w.room, w.dir("alice")))
	alice.keys("Enter")
	bob, carol := w.json("bob"), w.json("carol", "--typing", "off")
	for _, p := range []*proc.Process{bob, carol} {
		p.Wait(patience, "alice", func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == "alice" })
	}
	alice.shows("bob", "carol")
	writes := func(on bool) func(proc.Event) bool {
		return func(e proc.Event) bool {
			return e.Type() == "typing" && e.String("nick") == "alice" && e.Bool("on") == on
		}
	}
	alice.write("hello, I am")
	bob.Wait(patience, "alice to write", writes(true))
	bob.Do(map[string]any{"cmd": "typing"})
	alice.shows(`bob#[a-z2-7]{4} is typing`)
	bob.Say("go on")
	alice.hides("is typing")
	bob.Wait(patience, "alice to stop", writes(false))
	alice.keys("Enter")
	carol.Wait(patience, "alice's message", proc.Message("hello, I am"))
	none(t, carol, 0, "alice writes", writes(true))
}
