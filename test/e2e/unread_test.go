package e2e

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// A member whose output nobody reads goes on: it delivers, others can send
// through it, and it leaves when it is told to.
func TestUnreadOutput(t *testing.T) {
	for _, ui := range []string{"json", "plain"} {
		t.Run(ui, func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			bob := w.json("bob")
			bob.Wait(patience, "registration", proc.Registered)
			unread, stdout, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { unread.Close() })
			alice := w.member("alice", ui)
			alice.Stdout, alice.Stderr = stdout, stdout
			in, err := alice.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { in.Close() })
			err = alice.Start()
			stdout.Close()
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- alice.Wait() }()
			t.Cleanup(func() { _ = alice.Process.Kill() })

			key := bob.Wait(patience, "alice", proc.Joined).String("peer")
			last := ""
			for i := range 40 { // pipes hold 64 KiB
				last = bob.Say(fmt.Sprint(i, strings.Repeat(" more", 2000)))
			}
			deliveredTo(bob, last, 1)

			send := func(text string, more ...string) *proc.Process {
				args := append([]string{"send", "--data-dir", w.dir("alice"), "--room", w.room}, more...)
				return proc.StartText(t, "send", w.command(append(args, text)...))
			}
			exitsWith(t, send("hello"), 0)
			bob.Wait(patience, "what was sent", proc.Message("hello"))
			want := 0
			if ui == "plain" {
				want = 4 // and has to say why
				freeze(t, bob)
				exitsWith(t, send("bob does not hear this", "--timeout", "1s"), 4)
			}

			if err := alice.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ended:
				if code := alice.ProcessState.ExitCode(); code != want {
					t.Errorf("ended with %d", code)
				}
			case <-time.After(patience):
				t.Fatal("goes on after SIGTERM")
			}
			if want == 0 {
				bob.Wait(patience, "alice leaving", proc.Left(key))
			}
		})
	}
}
