package tui

import (
	"strings"

	"gochat/internal/front"
)

// inNoRoom is what there is to say where a room is needed.
const inNoRoom = "you are in no room; /join name enters one"

// localCommand is a slash command that only this front has, or does in its own way.
type localCommand struct {
	name, args, help string
	do               func(m *Model, args string)
}

// localCommands are all of them; what front.Commands has too has no help here.
var localCommands = []localCommand{
	{"/help", "", "", func(m *Model, args string) { m.helpOnCommands() }},
	{"/search", "", "", (*Model).findWords},
	{"/copy", "[message]", "copy a message to the terminal's clipboard: the last, or one you name", func(m *Model, args string) {
		if msg, ok := m.named(args); ok {
			m.copyText(msg)
		}
	}},
	{"/open", "[message]", "open a link in a message, after showing where it leads", func(m *Model, args string) {
		if msg, ok := m.named(args); ok {
			m.offerLinks(msg)
		}
	}},
}

// local does an input line that is this front's to do.
func (m *Model) local(input string) (done bool) {
	name, args, _ := strings.Cut(strings.TrimSpace(input), " ")
	if name == "/help" && args != "" {
		return false // about one command
	}
	for _, c := range localCommands {
		if strings.EqualFold(c.name, name) {
			c.do(m, strings.TrimSpace(args))
			return true
		}
	}
	return false
}

// usages lists all commands with their arguments and what they do.
func usages() (list [][2]string) {
	for _, c := range front.Commands() {
		list = append(list, [2]string{c.Usage(), c.Full()})
	}
	for _, c := range localCommands {
		if c.help != "" {
			list = append(list, [2]string{strings.TrimSpace(c.name + " " + c.args), c.help})
		}
	}
	return list
}
