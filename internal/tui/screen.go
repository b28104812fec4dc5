package tui

import (
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
)

// wakeKey is a key no keyboard has. tview draws after a key, so one stands for
// "the session has news": the news is then taken in on tview's own goroutine.
// (Its QueueUpdate waits for the loop, and for ever once that has ended.)
const wakeKey = tcell.Key(0x7fff)

// What a wakeKey's rune says besides: the terminal's window has come to the
// front, or another one has.
const (
	focusGained = 'i'
	focusLost   = 'o'
)

// maxPaste bounds a paste in keys: more than the composer takes, so that a
// longer one is refused as a whole rather than cut.
const maxPaste = maxDraft + 1

// screenTap stands between the screen and tview and mends what tview gets
// wrong or cannot do.
type screenTap struct {
	tcell.Screen
	caller  caller
	initErr error // tview's SetScreen calls Init, and drops the error

	// Of the goroutine that draws:
	canvas   canvas
	doubtful map[int]bool    // rows, drawn since the last Show, that terminals may see otherwise
	shown    map[int][]drawn // such rows as last shown

	anew atomic.Bool // the terminal may have lost what was shown

	// Of the goroutine that polls:
	pasting bool
	pasted  int       // keys in this paste
	last    tcell.Key // of this paste
	news    bool      // a wake came during a paste, where tview drops keys
	focus   rune      // so did this; 0: nothing
}

func (t *screenTap) Init() error {
	t.initErr = t.Screen.Init()
	return t.initErr
}

// wake asks for a wakeKey. It fails if the screen's queue is full. It may be
// called from any goroutine, at any time.
func (t *screenTap) wake() error { return t.PostEvent(tcell.NewEventInterrupt(nil)) }

func (t *screenTap) PollEvent() tcell.Event {
	for {
		if t.news && !t.pasting {
			t.news = false
			return tcell.NewEventKey(wakeKey, 0, tcell.ModNone)
		}
		if focus := t.focus; focus != 0 && !t.pasting {
			t.focus = 0
			return tcell.NewEventKey(wakeKey, focus, tcell.ModNone)
		}
		switch ev := t.Screen.PollEvent().(type) {
		case *tcell.EventInterrupt:
			t.news = true
		case *tcell.EventFocus: // tview drops these
			t.focus = focusLost
			if ev.Focused {
				t.focus = focusGained
			}
		case *tcell.EventResize: // rows were written in one pass, if at all
			t.anew.Store(true)
			return ev
		case *tcell.EventPaste:
			t.pasting, t.pasted, t.last = ev.Start(), 0, 0
			return ev
		case *tcell.EventKey:
			if !t.pasting {
				return ev
			}
			if key := t.paste(ev); key != nil {
				return key
			}
		case nil:
			return nil
		default:
			return ev
		}
	}
}

// paste is a key of a paste as tview is to see it, nil to leave it out. tview
// keeps CR (Enter) and Tab and drops LF; here LF is Enter too, CR LF is one.
func (t *screenTap) paste(ev *tcell.EventKey) *tcell.EventKey {
	previous := t.last
	t.last = ev.Key()
	if t.pasted++; t.pasted > maxPaste {
		return nil
	}
	if ev.Key() != tcell.KeyCtrlJ {
		return ev
	}
	if previous == tcell.KeyEnter {
		return nil
	}
	return tcell.NewEventKey(tcell.KeyEnter, 0, tcell.ModNone)
}
