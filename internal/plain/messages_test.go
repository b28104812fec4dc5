package plain

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// What changes is said anew: texts on standard output, the rest beside it.
func TestChanges(t *testing.T) {
	var ref, second string
	out, errs, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		first := sess.Say("bob", "helo")
		ref = front.Ref(first.ID)
		unseen := sess.Say("bob", "of before")
		sess.Emit(peer.MessageEvent{Message: first})
		synctest.Wait()
		io.WriteString(in, "/reply what?\n")
		synctest.Wait()
		second = sess.History(1)[0].ID
		sess.Alter(first.ID, func(m *peer.Message) { m.Text, m.Edited = "hello\nyou", true })
		sess.Alter(first.ID, func(m *peer.Message) { m.Gap = false })
		sess.Reacted("bob", second, "👍")
		io.WriteString(in, "/react "+first.ID+" +1\n/react ~"+first.ID+" 👍\n")
		synctest.Wait()
		sess.Alter(first.ID, func(m *peer.Message) { m.Content, m.Text = peer.Deleted, "" })
		sess.Alter(unseen.ID, func(m *peer.Message) { m.Content = peer.Deleted })
		in.Close()
	})
	bob, alice := "bob#"+fronttest.Key("bob").Suffix(), "alice#"+fronttest.Key("alice").Suffix()
	if want := "12:01 " + bob + ": helo\n12:03 " + alice + ": > " + bob + ": of before\n      what?\n" +
		"12:01 " + bob + " (edited): hello\n      you\n12:01 " + bob + " (message deleted by its author)\n"; out != want {
		t.Errorf("stdout:\n%s\nwant:\n%s", out, want)
	}
	if want := "reactions to " + front.Ref(second) + ", " + alice + ": what? — 👍 1\n" +
		"reactions to " + ref + ", " + bob + ": hello … — 👍 you\n" +
		"reactions to " + ref + ", " + bob + ": hello … — none any more\n"; !strings.HasSuffix(errs, want) {
		t.Errorf("stderr:\n%s\nwant at its end:\n%s", errs, want)
	}
}

func TestWhatIsSaidOfTheLog(t *testing.T) {
	bob := fronttest.Person("bob")
	_, errs, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		late := []peer.MemberDelivery{{Person: bob, State: peer.NoLink, Reason: "no connection"}}
		id := strings.Repeat("a", 64)
		sess.Emit(peer.MessageEvent{Message: peer.Message{ID: id, Room: "lobby", Own: true, Text: "x"}})
		sess.Emit(
			peer.HistoryFilled{Room: "lobby", Count: 10, Left: 5},
			peer.HistoryFilled{Room: "lobby", Count: 5},
			peer.HolesChanged{Room: "lobby", Holes: []peer.Hole{{Author: bob, Missing: 2}}},
			peer.HolesChanged{Room: "lobby"},
			peer.Compared{Room: "lobby", Comparison: peer.Comparison{Peer: bob, Answered: true, Equal: true}},
			peer.Delivered{Room: "lobby", ID: id, Of: 1, Waiting: late},
			peer.Delivered{Room: "lobby", ID: strings.Repeat("b", 64), Of: 1, Waiting: late},
			peer.Delivered{Room: "lobby", ID: id, Delivered: 1, Of: 1},
			peer.Delivered{Room: "lobby", ID: strings.Repeat("c", 64), Of: 1, Waiting: late},
		)
		in.Close()
	})
	want := `15 older records of before you came; /history shows messages
2 from bob#nig4 missing; nobody here has them
what was missing has come
bob#nig4 has the same as you
! ~aaaaaa is not with everybody yet: bob#nig4: no connection
! a change of yours is not with everybody yet: bob#nig4: no connection
`
	if !strings.HasSuffix(errs, want) {
		t.Errorf("stderr:\n%s\nwant at its end:\n%s", errs, want)
	}
}
