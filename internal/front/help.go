package front

import (
	"fmt"
	"strings"
)

// helpColumn is where the list of commands says what they do, so that all of it
// fits 80 columns.
const helpColumn = 28

// details are what there is to know of a command besides its Help.
var details = map[string]string{
	"/expire":   "its text goes everywhere then: /expire 10m see you at the gate",
	"/delete":   "it goes for everybody",
	"/react":    "another emoji or its name works, too: /react tada",
	"/history":  "the last 20, or so many; those before a message if you name one",
	"/search":   "\"words in quotes\" stand together",
	"/info":     "of your last if you name none",
	"/verify":   "the same on both screens if nobody is in between; /verified remembers it",
	"/ignore":   "that counts in all rooms; alone, it lists whom you ignore",
	"/unignore": "/history shows what was said meanwhile",
	"/requests": "with a nick, it lists those of one",
	"/mute":     "what answers you counts, too; with --all nothing does",
	"/whois":    "alone, your own key",
	"/msg":      "by nick, nick#suffix or key",
	"/bell":     "it is set for this room; alone, it says how",
	"/typing":   "others of you (send), you of others (receive), both or nobody",
	"/join":     "/join gochat:... by an invite; a private room needs its secret: a file with it, or --secret word",
	"/detach":   "see gochat --detach",
	"/quit":     "one in the background ends, too",
}

// Usage is how the command is typed.
func (c Command) Usage() string { return strings.TrimSpace(c.Name + " " + c.Args) }

// Full is all there is to know of the command.
func (c Command) Full() string {
	if more := details[c.Name]; more != "" {
		return c.Help + "; " + more
	}
	return c.Help
}

// HelpNotes is what there is to know besides the commands.
func HelpNotes() []string {
	return []string{
		"Anything else is a message; two slashes at its beginning send one.",
		"~1 names the last message, ~2 the one before, ~9f3c2a one by its number.",
	}
}

// help lists the commands, a line each, or says all of one.
func help(c call) Result {
	var lines []string
	for _, x := range commands {
		if c.args == "" {
			lines = append(lines, fmt.Sprintf("%-*s %s", helpColumn-1, x.Usage(), x.Help))
		} else if strings.EqualFold(strings.TrimPrefix(c.args, "/"), x.Name[1:]) {
			return Result{Lines: []string{x.Usage(), "  " + x.Full()}}
		}
	}
	if c.args != "" {
		return failed(unknown("/" + strings.TrimPrefix(c.args, "/")))
	}
	return Result{Lines: append(lines, HelpNotes()...)}
}
