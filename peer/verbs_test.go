package peer

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// heardOf are the events of one type that a node told, in order.
func heardOf[E Event](p *pair, n *Node) (out []E) {
	for _, e := range p.events(n) {
		if e, ok := e.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// talking is a pair in one room.
func talking(t *testing.T, f func(t *testing.T, p *pair, a, b *Room)) {
	t.Helper()
	inPair(t, func(t *testing.T, p *pair) {
		p.both("lobby")
		f(t, p, p.room(p.a), p.room(p.b))
	})
}

func (p *pair) room(n *Node) (r *Room) {
	p.do(n, func(time.Time) { r = n.rooms[0] })
	return r
}

func (p *pair) ok(id string, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle(time.Second)
	return id
}

// seen is how a room shows a message.
func (p *pair) seen(r *Room, id string) Message {
	p.t.Helper()
	m, ok := r.View(id)
	if !ok {
		p.t.Fatalf("%s is not there", id)
	}
	return m
}

func TestEditDeleteReactReply(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		first := p.ok(a.Send(Text, "helo"))
		p.ok(a.Edit(first, "hello\x1b[2J"))
		if m := p.seen(b, first); !m.Edited || m.Text != "hello\ufffd[2J" || m.Content != Whole {
			t.Errorf("edited: %+v", m)
		}
		p.ok(b.React(first, "👍", false))
		p.ok(a.React(first, "👍", false))
		m := p.seen(a, first)
		if len(m.Reactions) != 1 || m.Reactions[0].Count != 2 || !m.Reactions[0].Own || m.Reactions[0].Emoji != "👍" {
			t.Errorf("reactions: %+v", m.Reactions)
		}
		if id, err := a.React(first, "👍", false); id != "" || err != nil {
			t.Errorf("the same reaction again: %q, %v", id, err)
		}
		p.ok(b.React(first, "👍", true))
		p.ok(a.React(first, "👍", true))
		if m := p.seen(b, first); len(m.Reactions) != 0 {
			t.Errorf("reactions taken back: %+v", m.Reactions)
		}
		second := p.ok(b.Reply(first, Action, "waves"))
		if m := p.seen(a, second); m.ReplyTo != first || m.Kind != Action {
			t.Errorf("reply: %+v", m)
		}
		p.ok(a.Delete(first))
		if m := p.seen(b, first); m.Content != Deleted || m.Text != "" {
			t.Errorf("deleted: %+v", m)
		}
		if h := b.History(10); len(h) != 2 || h[0].Content != Deleted || h[1].Text != "waves" {
			t.Errorf("history: %+v", h)
		}
		changes := heardOf[MessageChanged](p, p.b)
		if len(changes) < 4 || changes[len(changes)-1].Content != Deleted {
			t.Errorf("%d changes told: %+v", len(changes), changes)
		}
		if said := heardOf[MessageEvent](p, p.b); len(said) != 2 {
			t.Errorf("%d messages told, want 2", len(said))
		}
	})
}

func TestVerbsSayWhatIsWrong(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		id := p.ok(a.Send(Text, "hello"))
		gone := p.ok(a.Send(Text, "not for long"))
		p.ok(a.Delete(gone))
		nobody := strings.Repeat("0", 64)
		try := func(_ string, err error) error { return err }
		for what, c := range map[string]struct{ got, want error }{
			"edit of another's":     {try(b.Edit(id, "x")), ErrNotOwn},
			"delete of another's":   {try(b.Delete(id)), ErrNotOwn},
			"edit of nothing":       {try(a.Edit(nobody, "x")), ErrGone},
			"edit of no id":         {try(a.Edit("zz", "x")), ErrGone},
			"edit of odd digits":    {try(a.Edit(strings.Repeat("z", 64), "x")), ErrGone},
			"edit of what is gone":  {try(a.Edit(gone, "x")), ErrDeleted},
			"edit to nothing":       {try(a.Edit(id, " \u200b")), ErrEmpty},
			"edit too long":         {try(a.Edit(id, strings.Repeat("x", room.MaxText+1))), ErrTooLong},
			"delete twice":          {try(a.Delete(gone)), ErrDeleted},
			"reply to nothing":      {try(b.Reply(nobody, Text, "x")), ErrGone},
			"reply to what is gone": {try(b.Reply(gone, Text, "x")), ErrDeleted},
			"empty reply":           {try(b.Reply(id, Text, "")), ErrEmpty},
			"react to nothing":      {try(b.React(nobody, "👍", false)), ErrGone},
			"react with a word":     {try(b.React(id, "ok", false)), ErrEmoji},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: %v, want %v", what, c.got, c.want)
			}
		}
		a.Leave()
		if _, err := a.Edit(id, "x"); !errors.Is(err, ErrParted) {
			t.Errorf("after leaving: %v", err)
		}
	})
}

// What others send as an emoji is whatever they like.
func TestReactionsAreCleaned(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		id := p.ok(a.Send(Text, "hello"))
		for _, emoji := range []string{"👍", "👍\u200b", "free money", "\x1b[2J", "👍👍"} {
			target, _ := parseID(id)
			p.ok(b.write(&room.Append{Type: wire.RecordReact, Target: target,
				Fields: []wire.Field{{Type: wire.FieldEmoji, Value: []byte(emoji)}}}, nil))
		}
		got := p.seen(a, id).Reactions
		if len(got) != 1 || got[0].Emoji != "👍" || got[0].Count != 1 || got[0].Own {
			t.Errorf("%+v", got)
		}
	})
}

func TestPages(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		for i := range 10 {
			p.ok(a.Send(Text, string(rune('0'+i))))
			// Nobody is told of a message that shows nothing, but it takes a place.
			p.ok(a.write(&room.Append{Type: wire.RecordText, Fields: []wire.Field{{Type: wire.FieldText, Value: []byte(" ")}}}, nil))
		}
		texts := func(list []Message) (s string) {
			for _, m := range list {
				s += m.Text
			}
			return s
		}
		all := b.History(100)
		if got := texts(all); got != "0123456789" {
			t.Fatalf("history: %q", got)
		}
		for got, want := range map[string]string{
			texts(b.History(3)):                         "789",
			texts(b.HistoryBefore(all[7].Order, 3)):     "456",
			texts(b.HistoryBefore(all[2].Order, 9)):     "01",
			texts(b.HistoryBefore(all[0].Order, 9)):     "",
			texts(b.HistoryAfter(all[7].Order, 9)):      "89",
			texts(b.HistoryAfter(all[0].Order, 4)):      "1234",
			texts(b.HistoryAfter(all[3].Order[:12], 1)): "3",
			texts(b.HistoryBefore("nonsense", 3)):       "",
			texts(b.HistoryAfter("", -1)):               "",
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestCompare(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		p.ok(a.Send(Text, "hello"))
		x, y := a.Compare(), b.Compare()
		if x.Asked != 1 || x.Digest != y.Digest || x.Records != y.Records || len(x.Digest) != 64 {
			t.Errorf("transcripts: %+v and %+v", x, y)
		}
		p.settle(time.Second)
		got := heardOf[Compared](p, p.a)
		if len(got) != 1 || !got[0].Answered || !got[0].Equal || got[0].Peer.Key != p.b.Key() || got[0].Room != "lobby" {
			t.Errorf("%+v", got)
		}
		if holes := a.Holes(); len(holes) != 0 {
			t.Errorf("holes: %+v", holes)
		}
	})
}

func TestDeliveryInWords(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		id := p.ok(a.Send(Text, "hello"))
		got := a.DeliveryOf(id)
		if len(got) != 1 || got[0].State != Reached || got[0].Key != p.b.Key() || got[0].Reason != "has it" {
			t.Errorf("%+v", got)
		}
		if b.DeliveryOf(id) != nil || a.DeliveryOf("nonsense") != nil {
			t.Error("the delivery of something not ours is known")
		}
		if late := waiting(p, p.a); len(late) != 0 {
			t.Errorf("told as overdue: %+v", late)
		}
		p.cut()
		lost := p.ok(a.Send(Text, "into the void"))
		p.settle(2 * overdueAfter)
		late := waiting(p, p.a)
		if len(late) != 1 || late[0].ID != lost || late[0].Of != 1 || late[0].Waiting[0].Key != p.b.Key() || late[0].Waiting[0].Reason == "" {
			t.Errorf("told as overdue: %+v", late)
		}
		p.settle(time.Minute)
		got = a.DeliveryOf(lost)
		if len(got) != 1 || got[0].State != NoLink || !strings.HasPrefix(got[0].Reason, "no connection") {
			t.Errorf("%+v", got)
		}
	})
}

// waiting are the deliveries told as overdue.
func waiting(p *pair, n *Node) (out []Delivered) {
	for _, e := range heardOf[Delivered](p, n) {
		if len(e.Waiting) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// The place that HistoryFilled tells is good for asking on.
func TestHistoryFilledTellsThePlace(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		for _, s := range []string{"one", "two", "three"} {
			p.ok(a.Send(Text, s))
		}
		all := b.History(9)
		p.do(p.b, func(time.Time) { b.tell(room.Filled{Count: 2, From: all[1].Order, To: all[2].Order, Left: 5}) })
		p.settle(time.Second)
		told := heardOf[HistoryFilled](p, p.b)
		filled := told[len(told)-1]
		if got := b.HistoryAfter(filled.After, 9); len(got) != 2 || got[0].Text != "two" || filled.To != got[1].Order || filled.Left != 5 {
			t.Errorf("%+v gives %+v", filled, got)
		}
	})
}

// A text with a time to live goes from both, with what was made of it.
func TestSendFor(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		for _, life := range []time.Duration{0, time.Millisecond, MaxLife + time.Second} {
			if _, err := a.SendFor(life, Text, "x"); err != ErrLife {
				t.Errorf("%v: %v", life, err)
			}
		}
		id := p.ok(a.SendFor(10*time.Minute, Text, "see you at the gate"))
		edit := p.ok(a.Edit(id, "see you at gate 7"))
		if m := p.seen(b, id); m.Text != "see you at gate 7" {
			t.Errorf("%+v", m)
		}
		p.settle(11 * time.Minute)
		for _, r := range []*Room{a, b} {
			if m := p.seen(r, id); m.Content != Expired || m.Text != "" {
				t.Errorf("%+v", m)
			}
			key, _ := parseID(edit)
			if rec, err := r.store.Get(key); err != nil || rec.HasBody {
				t.Errorf("the edit keeps its text: %+v, %v", rec, err)
			}
		}
	})
}
