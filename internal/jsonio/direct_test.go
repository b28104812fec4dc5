package jsonio

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// Conversations that were open, that are opened by msg, and by others.
func TestGoldenDirect(t *testing.T) {
	var bob, carol peer.Member
	out, _, err := runIn(t, Options{Drain: time.Second}, func() *fronttest.Session {
		sess := fronttest.New()
		bob, carol = fronttest.Joined("bob", peer.PathDirect, 0).Member, fronttest.Joined("carol", peer.PathDirect, 0).Member
		again := bob
		again.Key, again.Impostor = fronttest.Key("not bob"), true
		sess.SetMembers(bob, carol, again)
		members, _ := crypto.NewMembers(sess.Key(), fronttest.Key("dave"))
		sess.Converse("@dave", members)
		return sess
	}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		for _, line := range []string{
			`{"id":1,"cmd":"msg","to":"carol","text":"psst"}`,
			`{"id":2,"cmd":"msg","to":["carol","` + bob.Key.String() + `"],"text":"us three","kind":"action"}`,
			`{"id":3,"cmd":"send","room":"@carol","text":"and again"}`,
			`{"id":4,"cmd":"msg","to":"bob","text":"whom?"}`,
			`{"id":5,"cmd":"msg","to":"` + fronttest.Key("dave").String() + `"}`,
			`{"id":6,"cmd":"msg","to":"dave","text":"nobody here"}`,
			`{"id":7,"cmd":"msg","text":"to nobody"}`,
			`{"id":8,"cmd":"msg","to":[],"text":"to nobody"}`,
			`{"id":9,"cmd":"msg","to":["carol",""],"text":"x"}`,
			`{"id":10,"cmd":"msg","to":7,"text":"x"}`,
			`{"id":11,"cmd":"msg","to":"alice","text":"x"}`,
			`{"id":12,"cmd":"msg","to":"carol","room":"nowhere","text":"x"}`,
			`{"id":13,"cmd":"msg","to":"carol","text":" ","kind":"text"}`,
			`{"id":16,"cmd":"msg","to":"carol","verified":true,"text":"not compared yet"}`,
			`{"id":14,"cmd":"rooms"}`,
			`{"id":15,"cmd":"part","room":"@carol"}`,
		} {
			io.WriteString(in, line+"\n")
			synctest.Wait()
		}
		members, _ := crypto.NewMembers(sess.Key(), fronttest.Key("erin"))
		r := sess.Converse("@erin", members)
		sess.Emit(peer.RoomChanged{Room: "@erin", State: peer.RoomJoined, Direct: true}, peer.MessageEvent{Message: r.Say("erin", "hello")})
		synctest.Wait()
		io.WriteString(in, `{"cmd":"quit"}`+"\n")
	})
	if err != nil {
		t.Fatal(err)
	}
	objects(t, out)
	compare(t, "direct.ndjson", out)
}
