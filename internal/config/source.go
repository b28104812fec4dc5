package config

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"

	"gochat/internal/invite"
)

// Kind is a kind of source; a higher one wins over a lower one.
type Kind int

// The kinds of source.
const (
	Default Kind = iota
	Dotenv
	Environment
	Invitation
	Flag
)

// Source tells where a value came from.
type Source struct {
	Kind Kind
	Name string // of the flag, without dashes, or of the variable; "" for Default
}

// String is, for example, "flag --room", "the invite", "environment ROOM",
// ".env ROOM" or "default".
func (s Source) String() string {
	switch s.Kind {
	case Flag:
		return "flag --" + s.Name
	case Environment:
		return "environment " + s.Name
	case Dotenv:
		return ".env " + s.Name
	case Invitation:
		return "the invite"
	}
	return "default"
}

// inputs is what was given, unread.
type inputs struct {
	flags    map[string]given // by option
	environ  map[string]string
	dotenv   map[string]string
	warnings []string
	args     []string // that are no flags

	invited   *invite.Invite      // nil: there is none
	invitedBy map[string][]string // what it says instead of variables, by option
}

// given is a flag's values, and the name it was given by (--json sets ui).
type given struct {
	values []string
	by     string
}

// lookup returns the option's values, none of them empty, from the first
// source that has one. A flag counts even if it is empty; a variable does not.
func (in inputs) lookup(o Option) ([]string, Source) {
	if g, ok := in.flags[o.Name]; ok {
		return o.clean(g.values), Source{Flag, g.by}
	}
	if values, ok := in.invitedBy[o.Name]; ok {
		return o.clean(values), Source{Invitation, o.Name}
	}
	if values := o.split(in.environ[o.Env]); len(values) > 0 {
		return values, Source{Environment, o.Env}
	}
	if values := o.split(in.dotenv[o.Env]); len(values) > 0 {
		return values, Source{Dotenv, o.Env}
	}
	return nil, Source{}
}

// split takes a variable apart. A name with a comma in it can only be given by
// a flag.
func (o Option) split(text string) []string {
	if o.Commas {
		return o.clean(strings.Split(text, ","))
	}
	return o.clean([]string{text})
}

func (o Option) clean(values []string) (out []string) {
	for _, v := range values {
		if v = o.trim(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// trim drops the space around a value; in a secret every byte counts.
func (o Option) trim(text string) string {
	if o.Secret {
		return text
	}
	return strings.TrimSpace(text)
}

func gather(cmd Command, args, environ []string, dotenv string, read reader) (in inputs, err error) {
	in.environ = make(map[string]string, len(environ))
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			in.environ[k] = v
		}
	}
	if in.flags, in.args, err = parseFlags(cmd, args); err != nil {
		return in, err
	}
	if err := cmd.checkArgs(in.args); err != nil {
		return in, err
	}
	in.dotenv, in.warnings, err = readDotenv(dotenv, read)
	return in, err
}

// parseFlags reads flags, and arguments between and behind them; what comes
// behind -- is an argument whatever it looks like.
func parseFlags(cmd Command, args []string) (map[string]given, []string, error) {
	got := make(map[string]given)
	fs := flag.NewFlagSet("gochat", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for _, o := range options {
		if !o.takenBy(cmd) {
			continue
		}
		if o.isBool() {
			fs.BoolFunc(o.Name, o.Help, func(s string) error {
				got[o.Name] = given{[]string{s}, o.Name}
				return nil
			})
			continue
		}
		fs.Func(o.Name, o.Help, func(s string) error {
			// --room --nick x: the value was forgotten.
			if n, dashes := strings.CutPrefix(s, "--"); dashes && fs.Lookup(n) != nil {
				return errNoValue
			}
			values := []string{s}
			if o.List {
				values = append(got[o.Name].values, s)
			}
			got[o.Name] = given{values, o.Name}
			return nil
		})
	}
	fs.BoolFunc("json", "short for --ui json", func(s string) error {
		on, err := parseBool(s)
		if on {
			got["ui"] = given{[]string{string(JSON)}, "json"}
		}
		return err
	})
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, nil, flagError(cmd, fs, err)
		}
		read := args[:len(args)-fs.NArg()]
		args = fs.Args()
		if len(args) == 0 || len(read) > 0 && read[len(read)-1] == "--" {
			return got, append(rest, args...), nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

var errNoValue = errors.New("no value")

// flagError makes an *Error of what package flag says; flag.ErrHelp stays.
func flagError(cmd Command, fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return flag.ErrHelp
	}
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		var names []string
		fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
		e := &Error{Option: "--" + clip(name), Source: Source{Flag, clip(name)}, Problem: "there is no such option",
			Allowed: "gochat help options lists all"}
		if near := nearest(name, names); near != "" {
			e.Allowed = didYouMean("--" + near)
		}
		for _, o := range options {
			if o.Name == name && !o.takenBy(cmd) {
				e.Problem, e.Allowed = strings.TrimSpace("gochat "+string(cmd))+" does not take it", strings.TrimSpace("it belongs to gochat "+strings.Join(words(o.Of), ", gochat "))
			}
		}
		return e
	}
	if name, ok := strings.CutPrefix(msg, "flag needs an argument: -"); ok {
		return noValue(name)
	}
	// A value that a flag refused itself: errNoValue, or --json=maybe. The
	// message quotes the value, so it is not passed on: it may be a secret.
	_, name, _ := strings.Cut(msg, "for flag -")
	if _, after, ok := strings.Cut(msg, "boolean value "); ok {
		_, name, _ = strings.Cut(after, "for -")
	}
	if name, _, ok := strings.Cut(name, ":"); ok && fs.Lookup(name) != nil {
		if strings.HasSuffix(msg, errNoValue.Error()) {
			return noValue(name)
		}
		return &Error{Option: "--" + name, Source: Source{Flag, name}, Problem: "bad value", Allowed: "true, false"}
	}
	return &Error{Option: "flags", Source: Source{Kind: Flag}, Problem: "an argument is no flag that can be read",
		Allowed: "--name value or --name=value; gochat help options lists all"}
}

func words(list []Command) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = string(c)
	}
	return out
}

func noValue(name string) error {
	e := &Error{Option: "--" + name, Source: Source{Flag, name}, Problem: "a value is missing"}
	for _, o := range options {
		if o.Name == name {
			e.Allowed = "--" + name + " " + o.Arg
		}
	}
	return e
}

func strayArgument(arg string) error {
	e := &Error{Option: "arguments", Source: Source{Kind: Flag}, Value: arg,
		Problem: "not expected here", Allowed: "options begin with --; gochat help options lists all"}
	if slices.Contains(commandNames(), arg) {
		e.Allowed = "a command stands first: gochat " + arg + " --room NAME …"
	}
	return e
}
