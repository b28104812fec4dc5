package tui

import (
	"slices"
	"sort"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// maxEntries bounds the memory of a long session; older messages stay in the
// store.
const maxEntries = 100_000

// log is the message list: entries in room order and a window onto them. The
// window hangs by its lower edge; nothing outside it is ever wrapped.
type log struct {
	entries []*entry
	byID    map[string]*entry
	answers map[string][]*entry // to a message, by its id
	holes   *entry              // the note of what is missing; nil: nothing is
	// view finds a message that is not among the entries; nil: none.
	view func(id string) (peer.Message, bool)
	// forUs says whether a message names us, or is to us; nil: none does.
	forUs func(peer.Message) bool

	last    *entry        // the line of a flood of the past with nothing behind; nil: none
	comings *entry        // the note that folds who came and went; nil: none
	folded  front.Comings // what is in it

	width, height int // of the window, in cells
	following     bool
	anchor        int // the entry at the lower edge
	below         int // how many of its rows are below the edge
	unread        int // messages that came in while not following

	latest string // the order of the latest message
	fresh  string // id of the first message that was not seen in time; "": none
	chosen string // id of the message that is selected; "": none
}

func newLog() *log {
	return &log{byID: make(map[string]*entry), answers: make(map[string][]*entry), following: true}
}

// message takes news in at its place. One known already is only updated.
func (l *log) message(m peer.Message, now time.Time) (known bool) {
	switch known = l.place(m, now); {
	case known:
	case m.Own:
		l.bottom()
	case !l.following:
		l.unread++
	}
	return known
}

// place puts a message where it belongs, and reports whether it was there.
func (l *log) place(m peer.Message, now time.Time) (known bool) {
	if l.byID[m.ID] != nil {
		l.changed(m)
		return true
	}
	e := &entry{order: m.Order, msg: m, seen: now}
	l.byID[m.ID] = e
	if m.ReplyTo != "" {
		e.quote = front.Quote(m, l.find)
		l.answers[m.ReplyTo] = append(l.answers[m.ReplyTo], e)
	}
	l.requote(m.ID)
	l.latest = max(l.latest, m.Order)
	l.insert(sort.Search(len(l.entries), func(i int) bool { return l.entries[i].order > m.Order }), e)
	return false
}

// note adds a line of the program's own at the end.
func (l *log) note(s string, level peer.Level, now time.Time) *entry {
	e := &entry{note: s, level: level, seen: now}
	if n := len(l.entries); n > 0 {
		e.order = l.entries[n-1].order
	}
	l.insert(len(l.entries), e)
	return e
}

func (l *log) insert(i int, e *entry) {
	l.entries = slices.Insert(l.entries, i, e)
	if !l.following && i <= l.anchor {
		l.anchor++
	}
	if len(l.entries) > maxEntries {
		gone := maxEntries / 10
		for _, old := range l.entries[:gone] {
			l.forget(old)
		}
		l.entries = slices.Delete(l.entries, 0, gone)
		l.anchor = max(0, l.anchor-gone)
	}
	if l.following {
		l.bottom()
	}
}

// bottom moves the window to the end, where it follows what comes.
func (l *log) bottom() {
	l.following, l.unread = true, 0
	l.anchor, l.below = max(0, len(l.entries)-1), 0
}

// resize sets the window's size, before every drawing. Its lower edge stays
// where it is, unless the window would then reach above the oldest entry.
func (l *log) resize(width, height int) {
	l.width, l.height = max(width, 1), max(height, 1)
	if l.following || len(l.entries) == 0 {
		return
	}
	l.below = min(l.below, len(l.rows(l.anchor))-1)
	if len(l.visible()) < l.height {
		l.top()
	}
}

// rows are the rows of entry i, with the day above the first of a day, and a
// mark above the first that is new to the user.
func (l *log) rows(i int) []row {
	e := l.entries[i]
	if e.width != l.width && !e.isNote() && l.forUs != nil {
		e.forUs = l.forUs(e.msg) // only of what is drawn: it takes a look at the whole text
	}
	rows := e.layout(l.width, l.clip())
	if !e.isNote() && e.msg.ID == l.chosen {
		rows = chosenRows(rows)
	}
	if !e.isNote() && e.msg.ID == l.fresh {
		rows = append([]row{separator("new")}, rows...)
	}
	if i > 0 && !sameDay(l.entries[i-1].at(), e.at()) {
		rows = append([]row{daySeparator(e.at())}, rows...)
	}
	return rows
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Local().Date()
	by, bm, bd := b.Local().Date()
	return ay == by && am == bm && ad == bd
}

// visible are the rows in the window, from the top.
func (l *log) visible() []row {
	var blocks [][]row
	for i, n := l.anchor, 0; i >= 0 && i < len(l.entries) && n < l.height; i-- {
		rows := l.rows(i)
		if i == l.anchor {
			rows = rows[:len(rows)-l.below]
		}
		blocks = append(blocks, rows)
		n += len(rows)
	}
	slices.Reverse(blocks)
	rows := slices.Concat(blocks...)
	return rows[max(0, len(rows)-l.height):]
}

// scrollUp moves the window n rows towards the past, and returns how many there
// were to move.
func (l *log) scrollUp(n int) (moved int) {
	for moved = range n {
		if !l.moreAbove() {
			return moved
		}
		l.following = false
		if l.below++; l.below == len(l.rows(l.anchor)) {
			l.anchor--
			l.below = 0
		}
	}
	return n
}

// moreAbove reports whether rows are hidden above the window.
func (l *log) moreAbove() bool {
	hidden := -l.below - l.height
	for i := l.anchor; i >= 0 && i < len(l.entries); i-- {
		if hidden += len(l.rows(i)); hidden > 0 {
			return true
		}
	}
	return false
}

// moreBelow reports whether rows are hidden below the window.
func (l *log) moreBelow() bool {
	return !l.following && (l.below > 0 || l.anchor < len(l.entries)-1)
}

// scrollDown moves the window n rows towards the present.
func (l *log) scrollDown(n int) {
	for range n {
		if l.below > 0 {
			l.below--
		} else if l.anchor < len(l.entries)-1 {
			l.anchor++
			l.below = len(l.rows(l.anchor)) - 1
		}
	}
	if l.below == 0 && l.anchor >= len(l.entries)-1 {
		l.bottom()
	}
}

// top moves the window to the oldest entry.
func (l *log) top() {
	need := l.height
	for i := range l.entries {
		n := len(l.rows(i))
		if need <= n {
			l.anchor, l.below = i, n-need
			l.following = i == len(l.entries)-1 && l.below == 0
			return
		}
		need -= n
	}
	l.bottom()
}
