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
			alice.Stdout = stdout
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

			send := proc.StartText(t, "send", w.command("send", "--data-dir", w.dir("alice"), "--room", w.room, "hello"))
			exitsWith(t, send, 0)
			bob.Wait(patience, "what was sent", proc.Message("hello"))

			if err := alice.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("ended with %v", err)
				}
			case <-time.After(patience):
				t.Fatal("goes on after SIGTERM")
			}
			bob.Wait(patience, "alice leaving", proc.Left(key))
		})
	}
}
