package room

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/wire"
)

// story is a text with all that can be said about it, and what is to be seen.
func TestEdits(t *testing.T) {
	alice, bob := newScribe(1), newScribe(2)
	text := alice.write("helo")
	first := alice.edit(text.ID(), "hello")
	second := alice.edit(text.ID(), "hello, all")
	ofEdit := alice.edit(first.ID(), "hello, everybody")
	bob.clk += 100
	foreign := bob.edit(text.ID(), "I am stupid")
	all := []*wire.Record{text, first, second, ofEdit, foreign}
	for turn := range all { // whatever comes first
		s := newSolo(t, nil)
		s.link(9)
		for i := range all {
			s.push(1, all[(i+turn)%len(all)])
		}
		s.wait(time.Second)
		if m := s.view(text.ID()); string(m.Text) != "hello, everybody" || m.Edited != ofEdit.ID() || m.Content != Whole {
			t.Errorf("turn %d: %q, edited by %v", turn, m.Text, m.Edited)
		}
	}
}

func TestChangedIsToldOfWhatWasShown(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	alice := newScribe(1)
	text := alice.write("helo")
	s.push(1, text)
	s.wait(time.Second)
	if got := take[Changed](s); len(got) != 0 {
		t.Fatalf("a new text has not changed: %+v", got)
	}
	s.push(1, alice.edit(text.ID(), "hello"))
	s.wait(time.Second)
	if got := take[Changed](s); len(got) != 1 || string(got[0].Text) != "hello" || got[0].ID != text.ID() {
		t.Fatalf("edited: %+v", got)
	}
	for i := range 100 {
		s.push(1, newScribe(10+i).react(text.ID(), "+1"))
	}
	s.wait(time.Second)
	got := take[Changed](s)
	if len(got) > 3 || len(got[len(got)-1].Reactions) != 1 || len(got[len(got)-1].Reactions[0].By) != 100 {
		t.Errorf("a hundred reactions make %d changes", len(got))
	}
	s.push(1, alice.remove(text.ID()))
	s.wait(time.Second)
	if got := take[Changed](s); len(got) != 1 || got[0].Content != Deleted || got[0].DeletedBy != alice.id.Public() ||
		got[0].Text != nil || got[0].Reactions != nil {
		t.Errorf("deleted: %+v", got)
	}
}

// A delete takes the text and its edits out of the store, for whoever deletes
// his own, and whichever comes first.
func TestDelete(t *testing.T) {
	alice, bob := newScribe(1), newScribe(2)
	text, other := alice.write("secret"), alice.write("stays")
	edit := alice.edit(text.ID(), "secret, too")
	gone := alice.remove(text.ID())
	late := alice.edit(text.ID(), "secret again")
	foreign := bob.remove(other.ID())
	all := []*wire.Record{text, other, edit, gone, late, foreign}
	for turn := range all {
		s := newSolo(t, nil)
		s.link(9)
		for i := range all {
			s.push(1, all[(i+turn)%len(all)])
		}
		s.wait(time.Second)
		for _, r := range []*wire.Record{text, edit, late} {
			if got := s.stored(r.ID()); got.HasBody || len(got.Body) > 0 || got.Salt != [16]byte{} || got.ID() != r.ID() {
				t.Errorf("turn %d: the store still has %q", turn, got.Body)
			}
		}
		if m := s.view(text.ID()); m.Content != Deleted || m.DeletedBy != alice.id.Public() || m.Text != nil {
			t.Errorf("turn %d: %+v", turn, m)
		}
		if m := s.view(other.ID()); m.Content != Whole || string(m.Text) != "stays" || !s.stored(other.ID()).HasBody {
			t.Errorf("turn %d: somebody else's delete: %+v", turn, m)
		}
		// A late copy of the body changes nothing, nor does a restart.
		s.push(1, text)
		s.restart(nil)
		if s.stored(text.ID()).HasBody || s.view(text.ID()).Content != Deleted {
			t.Errorf("turn %d: the body came back", turn)
		}
		s.link(9)
		s.frames = nil
		s.wait(time.Minute)
		s.frame(1, wire.LinkWant{Hints: []wire.Hint{text.ID().Hint()}})
		for _, f := range s.frames {
			if want, ok := f.(wire.LinkWant); ok && slices.Contains(want.Hints, text.ID().Hint()) {
				t.Errorf("turn %d: a deleted body is asked for", turn)
			}
			if p, ok := f.(wire.LinkPush); ok {
				if r, _ := wire.ParseRecord(p.Record); r.ID() == text.ID() && r.HasBody {
					t.Errorf("turn %d: a deleted body is passed on", turn)
				}
			}
		}
	}
}

func TestReactions(t *testing.T) {
	alice, bob, carol := newScribe(1), newScribe(2), newScribe(3)
	text := alice.write("lunch?")
	edit := alice.edit(text.ID(), "lunch at one?")
	bob.clk, carol.clk = bob.clk+10, carol.clk+20
	all := []*wire.Record{
		text, edit,
		bob.react(text.ID(), "yes"), bob.react(text.ID(), "no"), bob.retract(text.ID(), "no"),
		carol.react(edit.ID(), "yes"), carol.react(text.ID(), strings.Repeat("x", wire.MaxEmoji+1)),
		carol.retract(text.ID(), "late"), carol.react(text.ID(), "late"),
		alice.note(wire.RecordReact, text.ID()),
	}
	for turn := range all {
		s := newSolo(t, nil)
		s.link(9)
		for i := range all {
			s.push(1, all[(i+turn)%len(all)])
		}
		s.wait(time.Second)
		var got []string
		for _, r := range s.view(text.ID()).Reactions {
			got = append(got, fmt.Sprint(r.Emoji, len(r.By)))
		}
		if strings.Join(got, " ") != "late1 yes2" {
			t.Errorf("turn %d: %q", turn, got)
		}
		s.restart(nil)
		if n := len(s.view(text.ID()).Reactions); n != 2 {
			t.Errorf("turn %d: %d emoji after a restart", turn, n)
		}
	}
}

// A flood of reactions costs its author his own, and nobody else's.
func TestReactionsAreBounded(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	text := newScribe(1).write("hello")
	s.push(1, text)
	s.push(1, newScribe(2).react(text.ID(), "fine"))
	flood := newScribe(3)
	for i := range 500 {
		s.push(1, flood.react(text.ID(), fmt.Sprint(i)))
	}
	m := s.view(text.ID())
	if len(m.Reactions) != maxReacts+1 || m.Reactions[len(m.Reactions)-1].Emoji != "fine" {
		t.Errorf("%d reactions", len(m.Reactions))
	}
}

func TestReplyAndTarget(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	alice := newScribe(1)
	text := alice.write("question")
	edit := alice.edit(text.ID(), "question?")
	s.push(1, text)
	s.push(1, edit)
	to := text.ID()
	s.step(Append{Type: wire.RecordText, Fields: append(textFields("answer"), wire.Field{Type: wire.FieldReplyTo, Value: to[:]})})
	if m := s.view(take[Appended](s)[0].ID); m.ReplyTo != to {
		t.Errorf("reply to %v", m.ReplyTo)
	}
	// Whoever reacts to an edit reacts to what it edits.
	s.step(Append{Type: wire.RecordReact, Target: edit.ID(), Fields: []wire.Field{{Type: wire.FieldEmoji, Value: []byte("+1")}}})
	if r := s.stored(take[Appended](s)[0].ID); r.Target != to {
		t.Errorf("target %v", r.Target)
	}
}

func TestAppendRefusesWhatHasNoEffect(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	foreign := newScribe(1).write("not mine")
	s.push(1, foreign)
	own := s.say("mine")
	emoji := []wire.Field{{Type: wire.FieldEmoji, Value: make([]byte, wire.MaxEmoji+1)}}
	for name, c := range map[string]struct {
		w    Append
		want error
	}{
		"edit of nothing":  {Append{Type: wire.RecordEdit, Target: wire.RecordID{1}, Fields: textFields("x")}, ErrNoTarget},
		"without a target": {Append{Type: wire.RecordReact}, ErrNoTarget},
		"foreign edit":     {Append{Type: wire.RecordEdit, Target: foreign.ID(), Fields: textFields("x")}, ErrNotOwn},
		"foreign delete":   {Append{Type: wire.RecordDelete, Target: foreign.ID()}, ErrNotOwn},
		"foreign reaction": {Append{Type: wire.RecordReact, Target: foreign.ID()}, nil},
		"long emoji":       {Append{Type: wire.RecordReact, Target: own, Fields: emoji}, ErrTooLong},
		"own edit":         {Append{Type: wire.RecordEdit, Target: own, Fields: textFields("x")}, nil},
		"own delete":       {Append{Type: wire.RecordDelete, Target: own}, nil},
	} {
		s.step(c.w)
		if got := take[Appended](s); len(got) != 1 || !errors.Is(got[0].Err, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
