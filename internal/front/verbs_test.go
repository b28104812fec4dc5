package front_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// talked is a session in which alice and bob have said two things each.
func talked(t *testing.T) (sess *fronttest.Session, ids []string) {
	t.Helper()
	sess = fronttest.New()
	sess.SetMembers(fronttest.Joined("bob", peer.PathDirect, 0).Member)
	for i, s := range []string{"one", "two", "three", "four"} {
		if i%2 == 0 {
			id, err := sess.Send(peer.Text, s)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		} else {
			ids = append(ids, sess.Say("bob", s).ID)
		}
	}
	return sess, ids
}

func do(t *testing.T, sess *fronttest.Session, input string) string {
	t.Helper()
	r := front.Execute(sess, sess.Room, input)
	if r.Failed {
		t.Errorf("%q: %q", input, r.Lines)
	}
	return strings.Join(r.Lines, "\n")
}

func TestEditAndDeleteTakeTheLastOwn(t *testing.T) {
	sess, ids := talked(t)
	do(t, sess, "/edit THREE\nlines")
	if m, _ := sess.View(ids[2]); m.Text != "THREE\nlines" || !m.Edited {
		t.Errorf("%+v", m)
	}
	do(t, sess, "/edit ~4 ~ONE")
	do(t, sess, "/edit ~ ~again")
	if m, _ := sess.View(ids[0]); m.Text != "~ONE" {
		t.Errorf("%+v", m)
	}
	if m, _ := sess.View(ids[2]); m.Text != "~again" {
		t.Errorf("%+v", m)
	}
	if r := front.Execute(sess, sess.Room, "/edit"); r.Draft != "/edit ~"+ids[2][:16]+" ~again" {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, sess.Room, "/edit ~1"); r.Draft != "" {
		t.Errorf("a draft of another's message: %+v", r)
	}
	do(t, sess, "/delete")
	do(t, sess, "/delete")
	if h := sess.History(9); h[0].Content != peer.Deleted || h[2].Content != peer.Deleted || h[1].Content != peer.Whole {
		t.Errorf("%+v", h)
	}
	if r := front.Execute(sess, sess.Room, "/delete"); !r.Failed || !strings.Contains(r.Lines[0], "nothing here that could be changed") {
		t.Errorf("%+v", r)
	}
}

func TestReplyAndReactTakeTheLastOfOthers(t *testing.T) {
	sess, ids := talked(t)
	do(t, sess, "/reply five")
	do(t, sess, "/reply ~2 six") // ~1 is five
	h := sess.History(2)
	if h[0].ReplyTo != ids[3] || h[0].Text != "five" || h[1].ReplyTo != ids[3] || h[1].Text != "six" {
		t.Errorf("%+v", h)
	}
	do(t, sess, "/react 👍")
	do(t, sess, "/react "+ids[1]+" :tada:")
	if m, _ := sess.View(ids[3]); front.Reactions(m) != "👍 you" {
		t.Errorf("%+v", m.Reactions)
	}
	if m, _ := sess.View(ids[1]); front.Reactions(m) != "🎉 you" {
		t.Errorf("%+v", m.Reactions)
	}
	sess.Reacted("bob", ids[3], "👍")
	if m, _ := sess.View(ids[3]); front.Reactions(m) != "👍 2 (you too)" {
		t.Errorf("%+v", m.Reactions)
	}
	do(t, sess, "/react +1") // takes it back
	if m, _ := sess.View(ids[3]); front.Reactions(m) != "👍 1" {
		t.Errorf("%+v", m.Reactions)
	}
}

func TestReferences(t *testing.T) {
	sess, ids := talked(t)
	for i := range 40 {
		sess.Say("bob", fmt.Sprint("more ", i))
	}
	for input, want := range map[string]string{
		"/info " + ids[1]:       "bob#nig4: two",
		"/info ~" + ids[1]:      "bob#nig4: two",
		"/info ~1":              "bob#nig4: more 39",
		"/info 2":               "bob#nig4: more 38",
		"/info":                 "three",
		"/history 1 ~" + ids[1]: "one",
	} {
		if got := do(t, sess, input); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", input, got, want)
		}
	}
	for input, want := range map[string]string{
		"/info ~0000":       "messages begin with ~0000; type more",
		"/info ~ffff":       "no message ~ffff here",
		"/info ~99":         "there are only 44 messages",
		"/info ~0":          "names no message",
		"/info ~abc":        "names no message",
		"/info ~-1":         "names no message",
		"/info a b":         "usage",
		"/info ~" + "\x1b[": "names no message",
		"/edit ~1 x":        "not yours",
		"/edit ~1":          "usage",
		"/edit ~ffff":       "no message",
		"/edit":             "usage",
		"/delete ~1":        "not yours",
		"/reply":            "usage",
		"/react":            "usage",
		"/react ok ok ok":   "usage",
		"/react yes":        "no emoji",
		"/history 0":        "usage",
		"/history x":        "usage",
		"/history 5 ~ffff":  "no message",
	} {
		r := front.Execute(sess, sess.Room, input)
		if got := strings.Join(r.Lines, "\n"); !r.Failed || !strings.Contains(got, want) {
			t.Errorf("%s: %v %q, want %q", input, r.Failed, got, want)
		}
	}
}

func TestReferencesBeyondTheFirst(t *testing.T) {
	sess := fronttest.New()
	for _, want := range []string{"there are no messages here", "there is only 1 message here", "there are only 2 messages here"} {
		if got := strings.Join(front.Execute(sess, sess.Room, "/info ~9").Lines, "\n"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		sess.Say("bob", want)
	}
}

func TestHistoryAndInfo(t *testing.T) {
	sess, ids := talked(t)
	sess.SetMembers(fronttest.Joined("bob", peer.PathDirect, 0).Member, peer.Member{Key: fronttest.Key("carol"), Nick: "carol"})
	do(t, sess, "/reply ~2 five")
	do(t, sess, "/edit FIVE")
	sess.Reacted("bob", ids[2], "👍")
	do(t, sess, "/delete "+ids[0])
	last := sess.History(1)[0]
	want := fmt.Sprintf(`%s 12:03 alice#3nmw: three
%s 12:04 bob#nig4: four
%s 12:05 alice#3nmw (edited): > alice#3nmw: three
      FIVE`, front.Ref(ids[2]), front.Ref(ids[3]), front.Ref(last.ID))
	if got := do(t, sess, "/history 3"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := do(t, sess, "/history"); !strings.Contains(got, "12:01 alice#3nmw (message deleted by its author)\n") {
		t.Errorf("got\n%s", got)
	}
	got := do(t, sess, "/info")
	for _, want := range []string{last.ID, "edited", "answers   alice#3nmw: three", "bob#nig4: has it", "carol#mye5: no connection", "order     " + last.Order + ", then"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := do(t, sess, "/info "+ids[2]); !strings.Contains(got, "reaction  👍 bob#nig4") {
		t.Errorf("got\n%s", got)
	}
}

func TestSame(t *testing.T) {
	sess, _ := talked(t)
	if got := do(t, sess, "/same"); got != "you hold 4 records with the digest 0123 4567 89ab cdef\nasking 1 member whether they have the same …" {
		t.Error(got)
	}
	sess.SetMembers()
	if got := do(t, sess, "/same"); !strings.Contains(got, "nobody is connected") {
		t.Error(got)
	}
	bob, carol := fronttest.Person("bob"), fronttest.Person("carol")
	for _, c := range []struct {
		got  peer.Comparison
		want string
	}{
		{peer.Comparison{Peer: bob, Answered: true, Equal: true}, "bob#nig4 has the same as you"},
		{peer.Comparison{Peer: bob}, "bob#nig4 did not answer; /same asks again"},
		{peer.Comparison{Peer: bob, Answered: true, Ours: 3, Theirs: 2, From: fronttest.Epoch, Authors: []peer.Person{carol, fronttest.Person("alice")}},
			"bob#nig4 differs from 21 Nov 12:00 on: lacks 3 that you have, written by carol#mye5, you; has 2 that you lack"},
		{peer.Comparison{Peer: bob, Theirs: 2}, "bob#nig4 differs from the beginning on: has 2 that you lack (as far as it answered)"},
	} {
		if got := front.SameLine(c.got); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestHoles(t *testing.T) {
	bob, dave := fronttest.Person("bob"), fronttest.Person("dave")
	for _, c := range []struct {
		holes []peer.Hole
		want  string
	}{
		{nil, ""},
		{[]peer.Hole{{Author: bob, Missing: 2, Holders: []peer.Person{dave}}}, "2 from bob#nig4 missing; dave#pptu has them"},
		{[]peer.Hole{{Author: bob, Missing: 1}, {Missing: 3, Holders: []peer.Person{bob, dave}}},
			"1 from bob#nig4 missing; nobody here has it\n3 missing; bob#nig4, dave#pptu have them"},
	} {
		if got := front.Holes(c.holes); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := front.Holes(make([]peer.Hole, 9)); !strings.HasSuffix(got, "\nand from 4 more") {
		t.Error(got)
	}
}

func TestDeliveryMarks(t *testing.T) {
	for _, c := range []struct {
		delivered, of int
		waits         bool
		mark, words   string
	}{
		{0, 0, false, "·", "stored here; it goes to whoever comes"},
		{0, 2, false, "·", "stored here; none of 2 members has it yet"},
		{1, 2, false, "✓ 1/2", "1 of 2 members have it"},
		{1, 2, true, "! 1/2", "1 of 2 members have it"},
		{2, 2, true, "✓✓", "everybody has it"},
	} {
		if got := front.DeliveryMark(c.delivered, c.of, c.waits); got != c.mark {
			t.Errorf("%+v: %q", c, got)
		}
		if got := front.DeliveryWords(c.delivered, c.of); got != c.words {
			t.Errorf("%+v: %q", c, got)
		}
	}
	d := peer.Delivered{Of: 5, Delivered: 1, Waiting: []peer.MemberDelivery{{Person: fronttest.Person("bob"), Reason: "no connection"}}}
	if got := front.Waiting(d); got != "bob#nig4: no connection; and 3 more" {
		t.Error(got)
	}
}

func TestMarksStandBeforeTheText(t *testing.T) {
	m := fronttest.New().Say("bob", "hi (edited)")
	for _, c := range []struct {
		set  func(*peer.Message)
		want string
	}{
		{func(m *peer.Message) {}, "12:01 bob#nig4: hi (edited)"},
		{func(m *peer.Message) { m.Edited, m.Late, m.Gap = true, true, true }, "12:01 bob#nig4 (edited, late, after a gap): hi (edited)"},
		{func(m *peer.Message) { m.Content, m.Text = peer.Lost, "" }, "12:01 bob#nig4 (the text has not come yet)"},
		{func(m *peer.Message) { m.Content, m.Text = peer.Withdrawn, "" }, "12:01 bob#nig4 (withdrawn: its author has signed two different pasts)"},
		{func(m *peer.Message) { m.Text, m.Edited = " ", true }, "12:01 bob#nig4 (edited to nothing)"},
	} {
		x := m
		c.set(&x)
		if got := front.MessageLines(x, ""); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := front.Quote(peer.Message{ReplyTo: "x"}, func(string) (peer.Message, bool) { return peer.Message{}, false }); got != "> a message that is not here" {
		t.Error(got)
	}
	m.Text = "first\nsecond"
	if got := front.Brief(m); got != "bob#nig4: first …" {
		t.Error(got)
	}
}

func TestShown(t *testing.T) {
	var s front.Shown
	m := fronttest.New().Say("bob", "hi")
	if text, reactions := s.Change(m); text || reactions {
		t.Error("a change of something never shown")
	}
	s.Show(m)
	if text, reactions := s.Change(m); text || reactions {
		t.Error("no change, yet told")
	}
	m.Text = "ho"
	if text, reactions := s.Change(m); !text || reactions {
		t.Error("an edit is not told")
	}
	m.Reactions = []peer.Reaction{{Emoji: "👍", Count: 1}}
	if text, reactions := s.Change(m); text || !reactions {
		t.Error("a reaction is not told")
	}
	m.Content, m.Text, m.Reactions = peer.Deleted, "", nil
	if text, reactions := s.Change(m); !text || reactions {
		t.Error("a delete is not told once")
	}
	for i := range 5000 {
		s.Show(peer.Message{ID: fmt.Sprint(i)})
	}
	if text, _ := s.Change(peer.Message{ID: "4999", Content: peer.Deleted, Time: time.Now()}); !text {
		t.Error("the latest is forgotten")
	}
}

func TestExpire(t *testing.T) {
	sess, _ := talked(t)
	do(t, sess, "/expire 10m see you at the gate")
	if h := sess.History(1); h[0].Text != "see you at the gate" {
		t.Errorf("%+v", h)
	}
	for _, input := range []string{"/expire", "/expire 10m", "/expire soon text", "/expire 0s text", "/expire 9999d text"} {
		if r := front.Execute(sess, sess.Room, input); !r.Failed || r.Sent != "" {
			t.Errorf("%s: %+v", input, r)
		}
	}
}

func TestSearch(t *testing.T) {
	sess, ids := talked(t)
	m, _ := sess.View(ids[2])
	if r := front.Execute(sess, sess.Room, "/search "+m.Text); r.Failed || len(r.Lines) == 0 || !strings.Contains(r.Lines[0], front.Ref(m.ID)) {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, sess.Room, "/search"); !r.Failed {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(sess, sess.Room, "/search never said"); r.Failed || len(r.Lines) != 1 {
		t.Errorf("%+v", r)
	}
}
