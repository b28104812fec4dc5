package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
)

// writingModel is one in which something was typed, key by key.
func writingModel(sess *fronttest.Session, typed string) *Model {
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	for _, r := range typed {
		m.press(string(r))
	}
	return m
}

// comesBack are what brings a text into the composer while the user writes there.
var comesBack = map[string]front.Result{
	"a message that was not sent": {Failed: true, Lines: []string{"not sent"}},
	"an edit":                     {Draft: "hi"},
}

// What comes back while a word is completed ends that: the next Tab is about the
// word that is there now.
func TestComesBackIntoACompletion(t *testing.T) {
	for name, r := range comesBack {
		for _, key := range []string{"Tab", "Shift-Tab", "Esc"} {
			m := writingModel(fronttest.New(), "a rather long line that names :tad")
			m.press("Tab")
			m.finish(outcome{pane: m.current, input: "hi", result: r})
			m.press(key)
			if got := m.current.composer.text; got != "hi" {
				t.Errorf("%s: %s makes it %q", name, key, got)
			}
		}
	}
}

// A completion goes on only while what it put in is there, however it went.
func TestCompletionOfAWordThatIsGone(t *testing.T) {
	m := writingModel(fronttest.New(), "names :tad")
	m.press("Tab")
	m.current.composer.set("x")
	m.complete(1)
	if got := m.current.composer.text; got != "x" || m.completion != nil {
		t.Errorf("%q, completion %v", got, m.completion)
	}
}

// What was being written is an Up away.
func TestComesBackOverADraft(t *testing.T) {
	for name, r := range comesBack {
		m := writingModel(fronttest.New(), "a draft")
		m.composerWidth = 80
		m.finish(outcome{pane: m.current, input: "hi", result: r})
		if got := m.current.composer.text; got != "hi" || !strings.Contains(m.hint, "Up brings back what you were writing") {
			t.Errorf("%s: %q, hint %q", name, got, m.hint)
		}
		if m.press("Up"); m.current.composer.text != "a draft" {
			t.Errorf("%s: Up brings %q", name, m.current.composer.text)
		}
	}
}

// A question about a paste does not outlive the room it was asked in, nor do links.
func TestARoomComesOverAQuestion(t *testing.T) {
	const pasted = "1\n2\n3\n4\n5\n6\nmy secret"
	sess := threeRooms()
	m := writingModel(sess, "see: ")
	was := m.current
	m.paste(pasted)
	m.step(1) // as a room does that was being entered
	if m.overlay != nil || !strings.Contains(m.hint, "in the composer of "+was.name()) {
		t.Errorf("overlay %v, hint %q", m.overlay, m.hint)
	}
	m.press("Enter")
	if sent := sess.Sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
	if got := was.composer.text; got != "see: "+pasted {
		t.Errorf("in the composer of its room: %q", got)
	}
	m.overlay = &links{urls: []string{"https://a.example"}}
	if m.step(1); m.overlay != nil {
		t.Error("the links of another room are offered")
	}
	// If its room is gone, so is it.
	m.paste(pasted)
	i := slices.Index(m.panes, m.current)
	m.panes = slices.Delete(m.panes, i, i+1)
	if m.show(m.panes[0]); m.overlay != nil || !strings.Contains(m.hint, "7 lines dropped") {
		t.Errorf("overlay %v, hint %q", m.overlay, m.hint)
	}
}

// What has no room behind a message that came back is kept, to be asked about again.
func TestAPasteThatHasNoRoomAnyMore(t *testing.T) {
	for _, key := range []string{"Enter", "e"} {
		m := writingModel(fronttest.New(), "")
		m.paste("1\n2\n3\n4\n5\n6")
		m.finish(outcome{pane: m.current, input: strings.Repeat("x", maxDraft), result: comesBack["a message that was not sent"]})
		if m.press(key); m.place() != asking || !strings.Contains(m.hint, "too long") {
			t.Errorf("%s: place %v, hint %q", key, m.place(), m.hint)
		}
	}
}
