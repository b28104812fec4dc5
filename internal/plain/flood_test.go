package plain

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// Of a flood the beginning is printed and one line, which comes when it is over,
// or with the end of the process.
func TestFlood(t *testing.T) {
	bob, carol := "bob#"+fronttest.Key("bob").Suffix(), "carol#"+fronttest.Key("carol").Suffix()
	out, errs, _, err := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		flood := func(nick string) {
			for i := range 50 {
				sess.Emit(peer.MessageEvent{Message: sess.Say(nick, fmt.Sprint("noise ", i))})
			}
			synctest.Wait()
		}
		flood("bob")
		folded := sess.History(1)[0]
		sess.Alter(folded.ID, func(m *peer.Message) { m.Text = "loud noise" })
		time.Sleep(time.Minute)
		sess.Emit(peer.MessageEvent{Message: sess.Say("bob", "sorry")})
		flood("carol")
		in.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out, "noise"); n != 40 {
		t.Errorf("%d messages of the floods are printed", n)
	}
	if !strings.Contains(out, "noise 19\n") || strings.Contains(out, "noise 20") || strings.Contains(out, "loud") || !strings.Contains(out, bob+": sorry\n") {
		t.Errorf("stdout:\n%s", out)
	}
	for _, who := range []string{bob, carol} {
		if line := who + " sent 50 messages in 1 s: 30 are folded; /history 30 shows them\n"; strings.Count(errs, line) != 1 {
			t.Errorf("%q is not there once:\n%s", line, errs)
		}
	}
}

func TestIgnoredIsQuiet(t *testing.T) {
	out, errs, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		bob := fronttest.Joined("bob", peer.PathDirect, 0)
		sess.SetMembers(bob.Member)
		sess.Emit(bob)
		m := sess.Say("bob", "hello")
		sess.Emit(peer.MessageEvent{Message: m})
		synctest.Wait()
		io.WriteString(in, "/ignore bob\n")
		synctest.Wait()
		bob.Ignored, bob.Was, bob.State = true, bob.State, peer.Unreachable
		sess.Emit(bob)
		if _, err := sess.Reply(m.ID, peer.Text, "no"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		io.WriteString(in, "/history\n")
		in.Close()
	})
	if strings.Contains(errs, "unreachable") || strings.Count(out+errs, "hello") != 1 {
		t.Errorf("%s%s", out, errs)
	}
	if !strings.Contains(out, "> a message of somebody you ignore") {
		t.Errorf("the answer: %s", out)
	}
}
