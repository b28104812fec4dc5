package tui

import (
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/text"
)

// maxOptions bounds the candidates of a completion.
const maxOptions = 60

// option is what a word may be completed to.
type option struct {
	shown string // in the line of candidates
	put   string // in place of the word
}

// completion is a word being completed. Tab goes round its options and the word
// as it was typed, until another key is pressed.
type completion struct {
	start   int // of the word in the composer's text
	typed   string
	put     string // what stands in its place now
	options []option
	at      int // of options; -1: as typed
}

// person is somebody whose nick may be completed.
type person struct {
	nick string
	key  crypto.PublicKey
}

// vocabulary is what there is to complete to.
type vocabulary struct {
	usages [][2]string // of commands: with arguments, and what they do
	people []person    // those who spoke last first
	rooms  []string
}

// complete goes on to another candidate of the word before the cursor, n
// further down, or looks for candidates.
func (m *Model) complete(n int) {
	c := &m.current.composer
	if !m.completion.stands(c) {
		m.completion = nil
		start, options := candidates(c.text[:c.cursor], m.vocabulary())
		if len(options) == 0 {
			m.hint = "nothing to complete here; Tab completes /commands, nicks, rooms, :emoji"
			return
		}
		at := -1
		if n < 0 {
			at = 0 // the one before is the last of all
		}
		m.completion = &completion{start: start, typed: c.text[start:c.cursor], put: c.text[start:c.cursor], options: options, at: at}
	}
	o := m.completion
	count := len(o.options)
	if o.at += n; o.at < -1 {
		o.at = count - 1
	} else if o.at == count || o.at < 0 && count == 1 {
		o.at = -1
	}
	m.putOption()
}

// uncomplete takes a completion back.
func (m *Model) uncomplete() {
	if m.completion.stands(&m.current.composer) {
		m.completion.at = -1
		m.putOption()
		m.hint = ""
	}
	m.completion = nil
}

// stands reports whether there is a completion, and what it put into the composer
// is still there, before the cursor.
func (o *completion) stands(c *composer) bool {
	return o != nil && o.start <= c.cursor && c.text[o.start:c.cursor] == o.put
}

// putOption has the option in the composer, and a line that shows the others.
func (m *Model) putOption() {
	c, o := &m.current.composer, m.completion
	put := o.typed
	if o.at >= 0 {
		put = o.options[o.at].put
	}
	c.remove(o.start, c.cursor)
	if m.hint = o.line(); !c.insert(put) {
		put = o.typed // for which there was room
		c.insert(put)
		m.tooLong()
	}
	o.put = put
}

// line shows the candidates from about the one in the composer on.
func (o *completion) line() string {
	var shown []string
	for i, x := range o.options[max(0, o.at-2):] {
		s := x.shown
		if i+max(0, o.at-2) == o.at {
			s = "[" + s + "]"
		}
		shown = append(shown, s)
	}
	return strings.Join(shown, "  ")
}

// vocabulary collects what can be completed in the room in front.
func (m *Model) vocabulary() vocabulary {
	v := vocabulary{usages: usages()}
	for _, p := range m.panes {
		v.rooms = append(v.rooms, p.name())
	}
	const recent = 300 // entries among which speakers are looked for
	seen := map[crypto.PublicKey]bool{m.sess.Key(): true}
	add := func(nick string, key crypto.PublicKey) {
		if !seen[key] && nick != "" {
			seen[key] = true
			v.people = append(v.people, person{nick, key})
		}
	}
	entries := m.current.log.entries
	for i := len(entries) - 1; i >= max(0, len(entries)-recent); i-- {
		if e := entries[i]; !e.isNote() {
			add(e.msg.Nick, e.msg.Author)
		}
	}
	for _, x := range m.current.watch.Members() {
		add(x.Nick, x.Key)
	}
	return v
}

// candidates are the completions of the word at the end of line, which stands
// before the cursor, and where that word begins.
func candidates(line string, v vocabulary) (start int, options []option) {
	start = strings.LastIndexAny(line, " \n\t") + 1
	word := line[start:]
	if command, ok := strings.CutPrefix(line, "/"); ok && !strings.HasPrefix(command, "/") {
		if start == 0 {
			return 0, v.commands("/", word)
		}
		if at, list, ok := v.arguments(line); ok {
			return at, list
		}
	}
	if name, ok := strings.CutPrefix(word, ":"); ok && name != "" {
		return start, emojiLike(name)
	}
	if word == "" {
		return start, nil
	}
	after := " "
	if start == 0 || line[start-1] == '\n' {
		after = ": "
	}
	return start, v.nicks(word, after)
}

// arguments are the completions of what stands behind a command, by what its
// usage asks for; ok is false if that is a text.
func (v vocabulary) arguments(line string) (start int, options []option, ok bool) {
	name, args, _ := strings.Cut(line, " ")
	i := slices.IndexFunc(v.usages, func(u [2]string) bool {
		command, _, _ := strings.Cut(u[0], " ")
		return strings.EqualFold(command, name)
	})
	if i < 0 {
		return 0, nil, false
	}
	start = len(line) - len(args)
	last := strings.LastIndexAny(line, " \n,") + 1
	command, usage, _ := strings.Cut(v.usages[i][0], " ")
	switch usage = strings.TrimPrefix(usage, "["); {
	case command == "/react":
		word := line[last:]
		if word == "" || strings.HasPrefix(word, "~") {
			return last, nil, true
		}
		return last, emojiLike(strings.Trim(word, ":")), true
	case strings.HasPrefix(usage, "command"):
		return start, v.commands("", args), true
	case strings.HasPrefix(usage, "room") || slices.Contains([]string{"/room", "/join", "/part"}, command):
		return start, v.roomsLike(args), true
	case strings.HasPrefix(usage, "nick") && !strings.Contains(args, " "):
		return last, v.handles(line[last:]), true
	case strings.Contains(usage, " or "):
		return start, choices(usage, args), true
	}
	return 0, nil, false
}

// choices are the words of a usage such as [on, off or auto].
func choices(usage, prefix string) (options []option) {
	usage = strings.ReplaceAll(strings.TrimSuffix(usage, "]"), " or ", ", ")
	for word := range strings.SplitSeq(usage, ", ") {
		if beginsLike(word, prefix) {
			options = append(options, option{word, word})
		}
	}
	return options
}

// commands begin with a prefix; slash stands before what is put.
func (v vocabulary) commands(slash, prefix string) (options []option) {
	prefix = strings.ToLower(strings.TrimPrefix(prefix, "/"))
	for _, u := range v.usages {
		command, args, _ := strings.Cut(u[0], " ")
		if name := strings.TrimPrefix(command, "/"); strings.HasPrefix(name, prefix) {
			put := slash + name
			if args != "" && slash != "" {
				put += " "
			}
			options = append(options, option{slash + name, put})
		}
	}
	return options
}

func (v vocabulary) roomsLike(prefix string) (options []option) {
	for _, name := range v.rooms {
		if beginsLike(name, prefix) && len(options) < maxOptions {
			options = append(options, option{name, name})
		}
	}
	return options
}

// nicks are for a text, where everybody of a nick is meant.
func (v vocabulary) nicks(word, after string) (options []option) {
	at := ""
	if rest, ok := strings.CutPrefix(word, "@"); ok {
		at, word = "@", rest
	}
	for _, p := range v.people {
		o := option{p.nick, at + p.nick + after}
		if beginsLike(p.nick, word) && !slices.Contains(options, o) && len(options) < maxOptions {
			options = append(options, o)
		}
	}
	return options
}

// handles are for a command, where one key is meant: two people with names that
// look alike are told apart.
func (v vocabulary) handles(word string) (options []option) {
	for _, p := range v.people {
		if !beginsLike(p.nick, word) && !beginsLike(front.Handle(p.nick, p.key, false), word) || len(options) == maxOptions {
			continue
		}
		name := p.nick
		if slices.ContainsFunc(v.people, func(x person) bool { return x.key != p.key && text.Fold(x.nick) == text.Fold(p.nick) }) {
			name = front.Handle(p.nick, p.key, false)
		}
		options = append(options, option{name, name + " "})
	}
	return options
}

// beginsLike reports whether a name begins like a prefix to a reader, so that
// ASCII will do for names with accents.
func beginsLike(name, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) || strings.HasPrefix(text.Fold(name), text.Fold(prefix))
}

func emojiLike(name string) (options []option) {
	for _, n := range text.EmojiNames(name) {
		if e, ok := text.Emoji(n); ok && len(options) < maxOptions {
			options = append(options, option{e + " " + n, e})
		}
	}
	return options
}
