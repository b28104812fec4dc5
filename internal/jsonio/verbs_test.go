package jsonio

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

func TestGoldenVerbs(t *testing.T) {
	out, _, err := run(t, Options{Drain: time.Second}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		sess.SetMembers(fronttest.Joined("bob", peer.PathDirect, 0).Member)
		hi := sess.Say("bob", "hi")
		hi.Late, hi.Gap = true, true
		sess.Emit(peer.MessageEvent{Message: hi})
		synctest.Wait()
		do := func(format string, a ...any) {
			io.WriteString(in, fmt.Sprintf(format, a...)+"\n")
			synctest.Wait()
		}
		do(`{"id":"reply","cmd":"send","text":"helo","reply_to":"%s"}`, hi.ID)
		id := sess.History(1)[0].ID
		do(`{"id":"edit","cmd":"edit","message_id":"%s","text":"hello"}`, id)
		do(`{"id":"react","cmd":"react","message_id":"%s","emoji":"👍"}`, hi.ID)
		sess.Reacted("bob", hi.ID, "👍")
		synctest.Wait()
		do(`{"id":"retract","cmd":"react","message_id":"%s","emoji":"👍","retract":true}`, hi.ID)
		do(`{"id":"before","cmd":"history","before":"%s"}`, sess.History(1)[0].Order)
		do(`{"id":"after","cmd":"history","after":"%s","limit":1}`, hi.Order)
		do(`{"id":"delivery","cmd":"delivery","message_id":"%s"}`, id)
		do(`{"id":"delete","cmd":"delete","message_id":"%s"}`, id)
		do(`{"id":"holes","cmd":"holes"}`)
		do(`{"id":"same","cmd":"same"}`)
		bob := fronttest.Person("bob")
		sess.SetHoles(peer.Hole{Author: bob, Missing: 2, Holders: []peer.Person{bob}}, peer.Hole{Missing: 1})
		sess.Emit(
			peer.HistoryFilled{Room: "lobby", Count: 3, Left: 7, After: "0000000", To: "00000003"},
			peer.Compared{Room: "lobby", Comparison: peer.Comparison{Peer: bob, Answered: true, Equal: true}},
			peer.Compared{Room: "lobby", Comparison: peer.Comparison{Peer: bob, Ours: 2, Theirs: 1, From: fronttest.Epoch, Authors: []peer.Person{bob}}},
			peer.Delivered{Room: "lobby", ID: id, Of: 1, Waiting: []peer.MemberDelivery{{Person: bob, State: peer.NoLink, Reason: "no connection"}}},
		)
		synctest.Wait()
		do(`{"cmd":"quit"}`)
	})
	if err != nil {
		t.Error(err)
	}
	objects(t, out)
	compare(t, "verbs.ndjson", out)
}

func TestVerbsRefused(t *testing.T) {
	none := strings.Repeat("0", 64)
	want := map[string]string{}
	out, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		bobs := sess.Say("bob", "hi").ID
		own, _ := sess.Send(peer.Text, "own")
		gone, _ := sess.Send(peer.Text, "gone")
		sess.Delete(gone)
		for command, code := range map[string]string{
			`"edit","text":"x"`:                                    "not_found",
			`"edit","message_id":"` + none + `"`:                   "empty",
			`"edit","message_id":"` + bobs + `","text":"x"`:        "not_own",
			`"edit","message_id":"` + own + `","text":""`:          "empty",
			`"delete","message_id":"` + none + `"`:                 "not_found",
			`"delete","message_id":"` + bobs + `"`:                 "not_own",
			`"delete","message_id":"` + gone + `"`:                 "deleted",
			`"react","message_id":"` + bobs + `","emoji":"yes"`:    "bad_emoji",
			`"react","message_id":"` + bobs + `"`:                  "bad_emoji",
			`"send","text":"x","reply_to":"` + none + `"`:          "not_found",
			`"send","text":"x","reply_to":"` + gone + `"`:          "deleted",
			`"history","before":"0","after":"0"`:                   "bad_command",
			`"history","before":"xyz"`:                             "bad_command",
			`"history","after":"` + strings.Repeat("0", 200) + `"`: "bad_command",
			`"delivery"`:                             "not_found",
			`"delivery","message_id":"` + bobs + `"`: "not_own",
		} {
			id := fmt.Sprint(len(want))
			want[id] = code
			fmt.Fprintf(in, `{"id":"%s","cmd":%s}`+"\n", id, command)
			synctest.Wait()
		}
		in.Close()
	})
	for _, o := range objects(t, out) {
		if id, _ := o["id"].(string); o["type"] == "reply" {
			fault, _ := o["error"].(map[string]any)
			if fault["code"] != want[id] {
				t.Errorf("%v, want %s", o, want[id])
			}
			delete(want, id)
		}
	}
	if len(want) > 0 {
		t.Errorf("no reply for %v", want)
	}
}
