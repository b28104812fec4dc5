package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gochat/crypto"
	"gochat/internal/text"
)

// From says whose messages a command is run for.
type From struct {
	Anyone      bool
	AllVerified bool
	Verified    []string // nicks of verified members
	Keys        []string // as text, lower case
}

// Nobody reports whether nobody is named.
func (f From) Nobody() bool {
	return !f.Anyone && !f.AllVerified && len(f.Verified) == 0 && len(f.Keys) == 0
}

const (
	maxNames   = 64   // of --verified and --key
	maxPattern = 1024 // bytes
	mostAtOnce = 64   // commands
)

// backgroundOptions are those of a gochat in the background, and of commands that
// are run for messages.
var backgroundOptions = []Option{
	{
		Name: "on-message", Env: "ON_MESSAGE", Arg: "COMMAND", List: true, Runs: true, Use: ForClient,
		Help:    "command to run for each message of others, with the event as JSON on its input and in its environment; repeat it for several; no shell reads it, quotes keep spaces",
		Allowed: "a program and its arguments, at most 4 times",
		set:     addCommand(func(c *Config) *[][]string { return &c.OnMessage }),
	}, {
		Name: "on-message-from", Env: "ON_MESSAGE_FROM", Default: "verified", Arg: "verified|anyone|KEY,…", Use: ForClient,
		Help:    "whose messages --on-message is run for: those of members you have verified, of anyone, or of these keys",
		Allowed: "verified, anyone, or keys of 52 letters and digits, separated by commas",
		set:     setOnMessageFrom,
	}, {
		Name: "detach", Default: "false", Use: ForCommands, Of: []Command{Run},
		Help:    "goes on in the background: gochat attach shows it, in any terminal, and gochat stop ends it",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Detach }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Detach) },
	}, {
		Name: "verified", Arg: "NICK", List: true, Use: ForCommands, Of: []Command{On},
		Help:    "runs it for messages of the member of this nick whom you have verified; repeat it for several",
		Allowed: "the nick of a member",
		set: func(c *Config, nick string) error {
			c.From.Verified = append(c.From.Verified, nick)
			if len(c.From.Verified) > maxNames {
				return fmt.Errorf("more than %d nicks", maxNames)
			}
			return text.ValidNick(nick)
		},
	}, {
		Name: "key", Arg: "KEY", List: true, Use: ForCommands, Of: []Command{On},
		Help:    "runs it for messages of whoever has this key; repeat it for several",
		Allowed: "the 52 letters and digits of a key, as /whois shows it",
		set:     func(c *Config, text string) error { return c.From.addKey(text) },
	}, {
		Name: "anyone", Default: "false", Use: ForCommands, Of: []Command{On},
		Help:    "runs it for everybody's messages, also those of strangers",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.From.Anyone }),
		text:    func(c *Config) string { return strconv.FormatBool(c.From.Anyone) },
	}, {
		Name: "match", Arg: "PATTERN", Use: ForCommands, Of: []Command{On},
		Help:    "only for messages whose text this regular expression finds something in",
		Allowed: "a regular expression as of Go (RE2), at most 1024 bytes",
		set: func(c *Config, text string) (err error) {
			if len(text) > maxPattern {
				return errors.New("too long")
			}
			if c.Match, err = regexp.Compile(text); err != nil {
				return errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			}
			return nil
		},
	}, {
		Name: "max", Default: "4", Arg: "N", Use: ForCommands, Of: []Command{On},
		Help:    "so many commands run at a time; with 1 they keep the order of the messages",
		Allowed: "1 to 64",
		set:     integer(func(c *Config) *int { return &c.Max }, 1, mostAtOnce),
	},
}

func (f *From) addKey(text string) error {
	k, err := crypto.ParsePublicKey(strings.ToLower(strings.Join(strings.Fields(text), "")))
	if err != nil || k.IsZero() {
		return errors.New("not a key")
	}
	if !slices.Contains(f.Keys, k.String()) {
		f.Keys = append(f.Keys, k.String())
	}
	if len(f.Keys) > maxNames {
		return fmt.Errorf("more than %d keys", maxNames)
	}
	return nil
}

func setOnMessageFrom(c *Config, text string) error {
	c.OnMessageFrom = From{}
	switch strings.ToLower(text) {
	case "verified":
		c.OnMessageFrom.AllVerified = true
		return nil
	case "anyone":
		c.OnMessageFrom.Anyone = true
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		if err := c.OnMessageFrom.addKey(strings.TrimSpace(part)); err != nil {
			return err
		}
	}
	return nil
}

// checkBackground refuses what cannot go on in the background, and a command that
// would be run for nobody.
func (c *Config) checkBackground() error {
	if c.Detach && c.Mode == Bootnode {
		return c.conflict("detach", "is for members; a bootnode is kept running by the system", "a service of systemd or of docker compose: see docs/OPERATING.md")
	}
	if c.command == On && c.From.Nobody() {
		return c.conflict("key", "nobody was named whose messages count", "--verified NICK, --key KEY, or --anyone for strangers, too")
	}
	return nil
}

// Harmless is an environment without what it says of secrets, for the commands
// that are run for messages.
func Harmless(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.ContainsFunc(options, func(o Option) bool { return o.Secret && o.Env == name })
	})
}
