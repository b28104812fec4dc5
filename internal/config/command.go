package config

import (
	"slices"
	"strings"
)

// Command is a subcommand.
type Command string

// The commands. Run is none: join a room, or be a bootnode.
const (
	Run         Command = ""
	Send        Command = "send"
	Tail        Command = "tail"
	Search      Command = "search"
	Export      Command = "export"
	Import      Command = "import"
	Key         Command = "key"
	Lock        Command = "lock"
	Unlock      Command = "unlock"
	Show        Command = "config"
	Healthcheck Command = "healthcheck"
	Version     Command = "version"
	Help        Command = "help"
)

// commands is the table of subcommands in the order of --help.
var commands = []struct {
	name  Command
	args  string // as in usage
	least int    // so many arguments
	most  int
	help  string
}{
	{Send, "TEXT|-", 1, 1, "send one message and wait until it is delivered; - reads it from standard input"},
	{Tail, "", 0, 0, "print what was said in a room"},
	{Search, "WORDS", 1, maxArgs, "print the messages that have all these words, the newest last"},
	{Export, "FILE", 1, 1, "write a room's history to a file, sealed for those who know the room; - is standard output"},
	{Import, "FILE", 1, 1, "read such a file; - is standard input"},
	{Key, "show | export FILE | import FILE", 1, 2, "show your key, or carry it to another machine in a file sealed with a passphrase"},
	{Lock, "", 0, 0, "seal key, history and search index with a passphrase, or change it"},
	{Unlock, "", 0, 0, "take the passphrase away"},
	{Show, "", 0, 0, "print every setting and where it came from"},
	{Healthcheck, "", 0, 0, "ask the bootnode whether it answers"},
	{Version, "", 0, maxArgs, "print the version"},
	{Help, "", 0, maxArgs, "print this text"},
}

const maxArgs = 64

// checkArgs reports whether a command has as many arguments as it takes.
func (c Command) checkArgs(args []string) error {
	least, most, usage := 0, 0, "gochat"
	for _, x := range commands {
		if x.name == c {
			least, most, usage = x.least, x.most, strings.TrimSpace("gochat "+string(c)+" [options] "+x.args)
		}
	}
	switch {
	case len(args) > most && c == Run:
		return strayArgument(args[0])
	case len(args) > most:
		return &Error{Option: "arguments", Source: Source{Kind: Flag}, Value: args[most], Problem: "not expected here", Allowed: usage}
	case len(args) < least:
		return &Error{Option: "arguments", Source: Source{Kind: Flag}, Problem: "something is missing", Allowed: usage}
	}
	return nil
}

func commandNames() []string {
	names := make([]string, len(commands))
	for i, c := range commands {
		names[i] = string(c.name)
	}
	return names
}

// Split takes the subcommand off the arguments (without the program's name)
// and returns the rest for Load. --help and --version in front count as
// commands. The error is an *Error.
func Split(args []string) (Command, []string, error) {
	if len(args) == 0 {
		return Run, args, nil
	}
	switch first := args[0]; {
	case first == "--help" || first == "-help" || first == "-h":
		return Help, args[1:], nil
	case first == "--version" || first == "-version":
		return Version, args[1:], nil
	case slices.Contains(commandNames(), first):
		return Command(first), args[1:], nil
	case strings.HasPrefix(first, "-"):
		return Run, args, nil
	default:
		e := &Error{Option: "command", Source: Source{Kind: Flag}, Value: first, Problem: "there is no such command",
			Allowed: strings.Join(commandNames(), ", ") + "; or join a room: gochat --room NAME"}
		if near := nearest(first, commandNames()); near != "" {
			e.Allowed = "did you mean gochat " + near + "?"
		}
		return Run, nil, e
	}
}
