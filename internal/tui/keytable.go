package tui

import "slices"

// place says who has the keys: the composer, or what lies over the room.
type place int

const (
	composing place = 1 << iota
	finding
	switching
	recalling
	selecting
	paging
	asking
	choosing
	bare

	writing    = composing | finding | switching | recalling // a line is being edited
	listing    = finding | switching | recalling | choosing
	everywhere = composing | finding | switching | recalling | selecting | paging | asking | choosing | bare
)

// binding is a row of the key table: what the dispatch, the help and
// docs/KEYS.md go by.
type binding struct {
	keys  []string // as keyName calls them
	where place
	help  string
	do    func(*Model)
}

// section is a part of the key table that the help shows under one title.
type section struct {
	title    string
	bindings []binding
}

var keyTable []section

// Filled here, since the help reads the table it is in.
func init() {
	keyTable = []section{
		{"Everywhere", []binding{
			{[]string{"F1"}, everywhere, "this help", (*Model).help},
			{[]string{"Ctrl-C"}, composing, "clear what is typed; leave gochat if nothing is", (*Model).interrupt},
			{[]string{"Ctrl-C", "Esc", "Ctrl-G"}, everywhere &^ composing, "close what lies over the room", (*Model).dismiss},
			{[]string{"Ctrl-Z"}, everywhere, "suspend gochat; fg in the shell brings it back", (*Model).suspend},
			{[]string{"Ctrl-L"}, everywhere, "draw the screen anew", func(m *Model) { m.outside.redraw() }},
		}},
		{"Writing", []binding{
			{[]string{"Enter"}, composing, "send the message, or do what it commands", (*Model).submit},
			{[]string{"Alt-Enter", "Ctrl-J"}, composing, "a new line in the message", fits(func(c *composer) bool { return c.insert("\n") })},
			{[]string{"Tab"}, composing, "complete a /command, a nick, a room or an :emoji; again for the next candidate", func(m *Model) { m.complete(1) }},
			{[]string{"Shift-Tab"}, composing, "the candidate before", func(m *Model) { m.complete(-1) }},
			{[]string{"Esc"}, composing, "take a completion back", (*Model).uncomplete},
			{[]string{"Up", "Ctrl-P"}, composing, "a row up, or what you sent before", func(m *Model) { m.current.composer.up(m.composerWidth) }},
			{[]string{"Down", "Ctrl-N"}, composing, "a row down, or what you sent after", func(m *Model) { m.current.composer.down(m.composerWidth) }},
			{[]string{"Ctrl-R"}, composing, "search what you sent in this room", (*Model).searchSubmitted},
			{[]string{"Alt-."}, composing, "the last word of what you sent before; again for one further back", fits((*composer).lastWord)},
		}},
		{"Editing", []binding{
			{[]string{"Left", "Ctrl-B"}, writing, "a character left", editing((*composer).left)},
			{[]string{"Right", "Ctrl-F"}, writing, "a character right", editing((*composer).right)},
			{[]string{"Ctrl-Left", "Alt-Left", "Alt-B"}, writing, "a word left", editing((*composer).wordLeft)},
			{[]string{"Ctrl-Right", "Alt-Right", "Alt-F"}, writing, "a word right", editing((*composer).wordRight)},
			{[]string{"Ctrl-A"}, writing, "the beginning of the line", editing((*composer).home)},
			{[]string{"Ctrl-E"}, writing, "the end of the line", editing((*composer).end)},
			{[]string{"Backspace"}, writing, "delete the character before the cursor", editing((*composer).backspace)},
			{[]string{"Delete"}, writing, "delete the character under the cursor", editing((*composer).delete)},
			{[]string{"Ctrl-D"}, composing, "the same; leave gochat if nothing is typed", (*Model).deleteOrLeave},
			{[]string{"Ctrl-W", "Alt-Backspace"}, writing, "cut the word before the cursor", editing((*composer).killWord)},
			{[]string{"Alt-D"}, writing, "cut the word behind the cursor", editing((*composer).killWordRight)},
			{[]string{"Ctrl-K"}, writing, "cut to the end of the line", editing((*composer).killToEnd)},
			{[]string{"Ctrl-U"}, writing, "cut to the beginning of the line", editing((*composer).killToHome)},
			{[]string{"Ctrl-Y"}, writing, "put back what was cut", fits((*composer).yank)},
		}},
		{"Reading", []binding{
			{[]string{"PgUp"}, composing | selecting | bare, "scroll up, also to what is older than the screen", (*Model).pageUp},
			{[]string{"PgDn"}, composing | selecting | bare, "scroll down", (*Model).pageDown},
			{[]string{"Home"}, composing, "the oldest message here; in a text the beginning of the line", (*Model).homeKey},
			{[]string{"End"}, composing, "the latest message; in a text the end of the line", (*Model).endKey},
			{[]string{"Ctrl-Home"}, composing, "the oldest message here", func(m *Model) { m.current.log.top() }},
			{[]string{"Ctrl-End"}, composing, "the latest message", func(m *Model) { m.current.log.bottom() }},
			{[]string{"Ctrl-S"}, composing, "search this room", (*Model).find},
			{[]string{"Ctrl-Up", "Alt-S"}, composing, "select a message", (*Model).selectMessage},
			{[]string{"Alt-L"}, composing | selecting, "the messages alone, to select text with the terminal's mouse", (*Model).bareDisplay},
			{[]string{"Alt-L", "q"}, bare, "everything again", (*Model).dismiss},
		}},
		{"Rooms", []binding{
			{roomKeys, composing, "that room", (*Model).goToPressed},
			{[]string{"Alt-Up"}, composing, "the room before", func(m *Model) { m.step(-1) }},
			{[]string{"Alt-Down"}, composing, "the room after", func(m *Model) { m.step(1) }},
			{[]string{"Alt-A"}, composing, "the next room with something new, one that names you first", (*Model).nextUnread},
			{[]string{"Alt-K", "Ctrl-T"}, composing, "go to a room or conversation by some letters of its name", (*Model).switchRoom},
		}},
		{"A selected message", []binding{
			{[]string{"Up", "Ctrl-Up", "k"}, selecting, "the message before", func(m *Model) { m.selectNext(-1) }},
			{[]string{"Down", "Ctrl-Down", "j"}, selecting, "the message after", func(m *Model) { m.selectNext(1) }},
			{[]string{"Enter", "r"}, selecting, "reply to it", (*Model).replyToSelected},
			{[]string{"e"}, selecting, "edit it, if it is yours", (*Model).editSelected},
			{[]string{"d"}, selecting, "delete it, if it is yours: Enter confirms", (*Model).deleteSelected},
			{[]string{"t", "+"}, selecting, "react to it", (*Model).reactToSelected},
			{[]string{"y", "c"}, selecting, "copy its text to the terminal's clipboard (OSC 52)", (*Model).copySelected},
			{[]string{"o"}, selecting, "open a link in it, after showing where it leads", (*Model).openSelected},
			{[]string{"v"}, selecting, "view all of it, if it is too long for the window", (*Model).readSelected},
			{[]string{"i"}, selecting, "what became of it: who has it", (*Model).informSelected},
			{[]string{"n"}, selecting, "after a search: the next match, towards the past", func(m *Model) { m.nextHit(-1) }},
			{[]string{"N"}, selecting, "after a search: the match before, towards the present", func(m *Model) { m.nextHit(1) }},
			{[]string{"q"}, selecting, "back to writing", (*Model).dismiss},
		}},
		{"Lists: search, rooms, links, what you sent", []binding{
			{[]string{"Up", "Ctrl-P"}, listing, "the entry above", func(m *Model) { m.moveInList(-1) }},
			{[]string{"Down", "Ctrl-N"}, listing, "the entry below", func(m *Model) { m.moveInList(1) }},
			{[]string{"PgUp"}, finding | switching | recalling, "ten entries up", func(m *Model) { m.moveInList(-10) }},
			{[]string{"PgDn"}, finding | switching | recalling, "ten entries down", func(m *Model) { m.moveInList(10) }},
			{[]string{"Ctrl-R"}, finding | recalling, "what was said before", func(m *Model) { m.moveInList(-1) }},
			{[]string{"Ctrl-S"}, finding | recalling, "what was said after", func(m *Model) { m.moveInList(1) }},
			{[]string{"Tab"}, switching, "the entry below", func(m *Model) { m.moveInList(1) }},
			{[]string{"Shift-Tab"}, switching, "the entry above", func(m *Model) { m.moveInList(-1) }},
			{[]string{"Enter"}, listing, "take it: jump to the message, go to the room, open the link, put the text back", (*Model).takeFromList},
			{[]string{"Tab"}, recalling, "the same as Enter", (*Model).takeFromList},
		}},
		{"A page: this help, a long message, what became of one", []binding{
			{[]string{"Up", "k"}, paging, "a row up", func(m *Model) { m.scrollPage(-1) }},
			{[]string{"Down", "j"}, paging, "a row down", func(m *Model) { m.scrollPage(1) }},
			{[]string{"PgUp", "b"}, paging, "a page up", func(m *Model) { m.scrollPage(-m.pageRows()) }},
			{[]string{"PgDn", " "}, paging, "a page down", func(m *Model) { m.scrollPage(m.pageRows()) }},
			{[]string{"Home", "g"}, paging, "the beginning", func(m *Model) { m.scrollPage(-pageEnd) }},
			{[]string{"End", "G"}, paging, "the end", func(m *Model) { m.scrollPage(pageEnd) }},
			{[]string{"q"}, paging, "close it", (*Model).dismiss},
		}},
		{"A long paste", []binding{
			{[]string{"Enter"}, asking, "send it as one message", (*Model).sendPasted},
			{[]string{"e", "E"}, asking, "put it into the composer, to be edited", (*Model).editPasted},
		}},
	}
	for i := range keyTable {
		for j := range keyTable[i].bindings {
			b := &keyTable[i].bindings[j]
			for _, key := range b.keys {
				bindings[key] = append(bindings[key], b)
			}
		}
	}
}

var roomKeys = []string{"Alt-1", "Alt-2", "Alt-3", "Alt-4", "Alt-5", "Alt-6", "Alt-7", "Alt-8", "Alt-9"}

// bindings finds rows of the key table by key.
var bindings = map[string][]*binding{}

// bound is what a key does at a place, nil for nothing.
func bound(at place, key string) *binding {
	list := bindings[key]
	if i := slices.IndexFunc(list, func(b *binding) bool { return b.where&at != 0 }); i >= 0 {
		return list[i]
	}
	return nil
}

// editing makes an action of what changes the line being edited.
func editing(change func(*composer)) func(*Model) {
	return func(m *Model) { change(m.field()) }
}

// fits is editing for what may need more room than there is.
func fits(change func(*composer) bool) func(*Model) {
	return func(m *Model) {
		if !change(m.field()) {
			m.tooLong()
		}
	}
}
