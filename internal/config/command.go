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
	Show        Command = "config"
	Healthcheck Command = "healthcheck"
	Version     Command = "version"
	Help        Command = "help"
)

var commands = []struct {
	name Command
	help string
}{
	{Show, "print every setting and where it came from"},
	{Healthcheck, "ask the bootnode whether it answers"},
	{Version, "print the version"},
	{Help, "print this text"},
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
