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
	On          Command = "on"
	Attach      Command = "attach"
	Detach      Command = "detach"
	Stop        Command = "stop"
	Search      Command = "search"
	Export      Command = "export"
	Import      Command = "import"
	Key         Command = "key"
	Lock        Command = "lock"
	Unlock      Command = "unlock"
	Show        Command = "config"
	Healthcheck Command = "healthcheck"
	Operate     Command = "bootnode"
	Invite      Command = "invite"
	Join        Command = "join"
	Doctor      Command = "doctor"
	Completion  Command = "completion"
	Man         Command = "man"
	Version     Command = "version"
	Help        Command = "help"
)

// commands is the table of subcommands in the order of --help, of the manual and
// of completion. A row without a name is the title of those behind it.
var commands = []struct {
	name  Command
	args  string // as in usage
	least int    // so many arguments
	most  int
	help  string
}{
	{help: "Messages"},
	{Invite, "", 0, 0, "print one line with which a friend joins the room"},
	{Join, "INVITE|-", 0, maxArgs, "join a room by an invite, the line that gochat invite or /invite made; - reads it from standard input, where other users of this machine do not see it"},
	{Send, "TEXT|-", 1, 1, "send one message and wait until it is delivered; - reads it from standard input"},
	{Tail, "", 0, 0, "print what was said in a room; beside a running gochat, or without one"},
	{On, "-- COMMAND [ARGUMENTS]", 1, maxArgs, "run a command for each message; --verified, --key or --anyone says whose messages; the command finds the event as JSON on its input and in its environment"},
	{Attach, "", 0, 0, "show a gochat that runs in the background, in any terminal; several can at once, and --json gives its events"},
	{Detach, "", 0, 0, "have all terminals leave the gochat in the background, which goes on"},
	{Stop, "", 0, 0, "end the gochat in the background"},
	{Search, "WORDS", 1, maxArgs, "print the messages that have all these words, the newest last"},
	{Export, "FILE", 1, 1, "write a room's history to a file, sealed for those who know the room; - is standard output"},
	{Import, "FILE", 1, 1, "read a file that gochat export wrote; - is standard input"},
	{help: "Your key, and what is stored"},
	{Key, "show | export FILE | import FILE", 1, 2, "show your key, or carry it to another machine in a file sealed with a passphrase"},
	{Lock, "", 0, 0, "seal key, history and search index with a passphrase; if they are, change it"},
	{Unlock, "", 0, 0, "take the passphrase away; what is stored is readable without it then"},
	{help: "The network"},
	{Show, "", 0, 0, "print every setting and where it came from; it takes all options"},
	{Doctor, "", 0, 0, "say what the network does, what that means for reaching others, and what to do"},
	{Operate, "WORD [WHOM|TEXT]", 0, 2, "ask or tell the bootnode that runs on this machine: status, peers, rooms [TAG], bans, kick WHOM, ban WHOM, unban WHOM, notice TEXT, motd [TEXT] (- takes it away), drain, reload; WHOM is a session, a run's key, an IP address or prefix, token:NAME, or another bootnode's key"},
	{Healthcheck, "", 0, 0, "ask the bootnode whether it answers; exit code 0 if it does, 3 if not"},
	{help: "About gochat"},
	{Completion, "bash|zsh|fish", 1, 1, "print what makes a shell complete commands and options: source <(gochat completion bash)"},
	{Man, "[gochat|gochat-bootnode]", 0, 1, "print a page of the manual; gochat man | man -l - shows it"},
	{Version, "", 0, maxArgs, "print the version and how it was built; with --json one object"},
	{Help, "[COMMAND|options]", 0, maxArgs, "print how gochat is used, how one command is, or all options"},
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
	case len(args) > most && c == Send:
		return &Error{Option: "arguments", Source: Source{Kind: Flag}, Value: args[most],
			Problem: "the text is one argument: put the text in quotes", Allowed: `gochat send [options] "TEXT", or - to read it from standard input`}
	case len(args) > most:
		return &Error{Option: "arguments", Source: Source{Kind: Flag}, Value: args[most], Problem: "not expected here", Allowed: usage}
	case len(args) < least:
		return &Error{Option: "arguments", Source: Source{Kind: Flag}, Problem: "something is missing", Allowed: usage}
	}
	return nil
}

func commandNames() (names []string) {
	for _, c := range commands {
		if c.name != Run {
			names = append(names, string(c.name))
		}
	}
	return names
}

// brief is the first clause of what a command does, or an option. An option that
// some words of a command have says first of which.
func brief(help string) string {
	whose := ""
	if of, does, found := strings.Cut(help, ": "); found && strings.HasPrefix(of, "of ") {
		whose, help = of+", ", does
	}
	end := len(help)
	for _, stop := range []string{";", ": ", " ("} {
		if i := strings.Index(help, stop); i >= 0 {
			end = min(end, i)
		}
	}
	return whose + help[:end]
}

// mode is the one mode that the command is for, whatever is set; "": any.
func (c Command) mode() Mode {
	switch c {
	case Operate:
		return Bootnode
	case Invite, Join:
		return Client
	}
	return ""
}

// words are those that may stand behind a command.
func (c Command) words() (list []string) {
	switch c {
	case Operate:
		return strings.Fields(operateWords)
	case Help:
		return append(commandNames(), "options")
	}
	for _, x := range commands {
		if x.name != c {
			continue
		}
		for alternative := range strings.SplitSeq(strings.Trim(x.args, "[]"), "|") {
			word, _, _ := strings.Cut(strings.TrimSpace(alternative), " ")
			if word != "" && word != "-" && word == strings.ToLower(word) {
				list = append(list, word)
			}
		}
	}
	return list
}

// MeantOf is what was probably meant by a word behind a command, or how to find out.
func MeantOf(c Command, word string) string {
	if near := nearest(word, c.words()); near != "" {
		return didYouMean("gochat " + string(c) + " " + near)
	}
	return "gochat help " + string(c) + " lists all"
}

// operateWords are what a bootnode can be asked or told.
const operateWords = "status peers rooms bans kick ban unban notice motd drain reload"

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
			e.Allowed = didYouMean("gochat " + near)
		}
		return Run, nil, e
	}
}
