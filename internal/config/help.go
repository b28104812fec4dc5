package config

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	about       = "a serverless peer-to-peer messenger for the terminal"
	sourcesNote = "A flag wins over the environment, that over the file .env in the working directory, that over the default; an empty value counts as not set. " +
		"Times are seconds (10) or durations (1m30s); --keep and --since want a unit, and take days and weeks (7d, 1w), too."
	exitNote = "Exit codes: 0 ok, 1 failure, 2 wrong option or setting, 3 bootnode not reached, 4 a message was not delivered, 5 a key is not the expected one."
)

// usages are the ways to start gochat without a command.
var usages = [][2]string{
	{"gochat --room NAME", "talk to whoever is in that room"},
	{"gochat --detach --room NAME", "the same, in the background"},
	{"gochat --mode bootnode", "introduce members to each other"},
	{"gochat COMMAND [options]", "one of the commands below"},
}

// first are the options that a newcomer needs.
var first = []string{"room", "bootnode", "secret-file", "nick", "ui", "detach", "mode", "listen", "data-dir"}

// HelpText is what --help prints: one screen.
func HelpText() string {
	var b strings.Builder
	b.WriteString("gochat: " + about + "\n\nUsage:\n")
	for _, u := range usages {
		entry(&b, u[0], u[1])
	}
	for _, c := range commands {
		if c.name == Run {
			b.WriteString("\n" + c.help + ":\n")
			continue
		}
		name := string(c.name)
		if len(c.args) < briefColumn-len(name)-5 {
			name = strings.TrimSpace(name + " " + c.args)
		}
		entry(&b, name, brief(c.help))
	}
	b.WriteString("\nOptions to begin with:\n")
	for _, o := range options {
		if slices.Contains(first, o.Name) {
			entry(&b, o.usage(), brief(o.Help))
		}
	}
	b.WriteString("\n")
	wrap(&b, "", "More: gochat help COMMAND about one command, gochat help options about all options and their variables, gochat man for the manual.")
	b.WriteString("\n")
	wrap(&b, "", exitNote)
	return b.String()
}

// briefColumn is where the explanations of --help begin.
const briefColumn = 30

// entry writes what something is called, and beside it what it is.
func entry(b *strings.Builder, name, what string) {
	var lines strings.Builder
	wrap(&lines, strings.Repeat(" ", briefColumn), what)
	text := lines.String()
	if name = "  " + name; utf8.RuneCountInString(name) < briefColumn {
		text = name + text[utf8.RuneCountInString(name):]
	} else {
		text = name + "\n" + text
	}
	b.WriteString(text)
}

// HelpAbout is what gochat help prints with arguments: of a command, of all
// options, or, without any, HelpText. The error is an *Error.
func HelpAbout(args []string) (string, error) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return HelpText(), nil
	}
	topics := append(commandNames(), "options")
	switch topic := args[0]; {
	case topic == "options":
		return OptionsText(), nil
	case slices.Contains(topics, topic):
		return CommandHelp(Command(topic)), nil
	default:
		e := &Error{Option: "help", Source: Source{Kind: Flag}, Value: topic, Problem: "there is no such command", Allowed: strings.Join(topics, ", ")}
		if near := nearest(topic, slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return t == string(Help) })); near != "" {
			e.Allowed = didYouMean("gochat help " + near)
		}
		return "", e
	}
}
