package config

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
)

const helpWidth = 80

// OptionsText is what gochat help options prints.
func OptionsText() string {
	var b strings.Builder
	b.WriteString("Commands:\n")
	for _, c := range commands {
		if c.name == Run {
			continue
		}
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(string(c.name)+" "+c.args))
		wrap(&b, "      ", c.help)
		for _, o := range c.name.options() {
			o = o.of(c.name)
			wrap(&b, "      ", o.usage()+": "+o.Help+o.defaultNote())
		}
	}
	for _, g := range []struct {
		title string
		use   Use
	}{
		{"Options of a member", ForClient},
		{"Options of a bootnode", ForBootnode},
		{"Options of both", Always},
	} {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		for _, o := range options {
			if o.Use == g.use {
				fmt.Fprintf(&b, "  %s [$%s]\n", strings.TrimSpace("--"+o.Name+" "+o.Arg), o.Env)
				wrap(&b, "      ", o.Help+o.defaultNote())
			}
			if o.Name == "ui" && g.use == ForClient {
				b.WriteString("  --json\n      short for --ui json\n")
			}
			if g.use == ForClient && slices.Contains(o.Of, Run) {
				b.WriteString("  " + o.usage() + "\n")
				wrap(&b, "      ", o.Help)
			}
		}
	}
	b.WriteString("\n")
	wrap(&b, "", sourcesNote)
	b.WriteString("\n")
	wrap(&b, "", exitNote)
	return b.String()
}

// CommandHelp is what --help prints behind a command.
func CommandHelp(cmd Command) string {
	var b strings.Builder
	for _, c := range commands {
		if c.name != cmd {
			continue
		}
		fmt.Fprintf(&b, "Usage:\n  %s\n\n", strings.TrimSpace("gochat "+string(c.name)+" [options] "+c.args))
		wrap(&b, "", c.help)
		if own := cmd.options(); len(own) > 0 {
			b.WriteString("\nOptions:\n")
			for _, o := range own {
				o = o.of(cmd)
				fmt.Fprintf(&b, "  %s\n", o.usage())
				wrap(&b, "      ", o.Help+o.defaultNote())
			}
		}
		matter, counts := cmd.matter(), " count most"
		if matter == "" {
			continue
		}
		if !strings.Contains(matter, " ") {
			counts = " counts most"
		}
		b.WriteString("\n")
		wrap(&b, "", "Of the options for all, "+matter+counts+"; gochat help options lists them.")
	}
	return b.String()
}

// matter are the options for all that mean most to the command; "": none does.
func (c Command) matter() string {
	switch c {
	case Doctor:
		return "--bootnode, --bootnode-key, --stun, --relay-only, --no-portmap and --json"
	case Operate:
		return "--admin-sock, --data-dir and --json, and --room for notice,"
	case Invite:
		return "--room, --bootnode, --bootnode-key, --secret-file, --data-dir and --json"
	case Join:
		return "--nick, --ui, --bootnode, --data-dir and --passphrase-file"
	case Healthcheck:
		return "--bootnode, --bootnode-key and --listen"
	case Attach:
		return "--data-dir, --ui, --theme, --notify and --json"
	case Detach, Stop:
		return "--data-dir"
	case Key:
		return "--data-dir, --passphrase-file and --json"
	case Lock, Unlock:
		return "--data-dir and --passphrase-file"
	case Version:
		return "--json"
	case Completion, Man, Help:
		return ""
	case Show:
		return "--mode"
	case On:
		return "--room, --bootnode, --secret-file and --data-dir"
	case Send:
		return "--room, --bootnode, --secret-file, --data-dir, --passphrase-file and --json"
	}
	return "--room, --secret-file, --data-dir, --passphrase-file and --json"
}

// options are those that belong to the command.
func (c Command) options() (list []Option) {
	for _, o := range options {
		if o.Use == ForCommands && o.takenBy(c) {
			list = append(list, o)
		}
	}
	return list
}

// of is the option as the command has it: of one it can be another thing.
func (o Option) of(c Command) Option {
	if c == Operate && o.OperateArg != "" {
		o.Arg = o.OperateArg
	}
	if help := o.HelpOf[c]; help != "" {
		o.Help = help
	}
	if strings.Contains(o.Help, "(default ") {
		o.Default = ""
	}
	return o
}

func (o Option) usage() string { return strings.TrimSpace("--" + o.Name + " " + o.Arg) }

func (o Option) defaultNote() string {
	switch {
	case o.Default != "" && o.BootnodeDefault != "":
		return " (default " + o.Default + "; of a bootnode " + o.BootnodeDefault + ")"
	case o.Default != "" && !o.isBool():
		return " (default " + o.Default + ")"
	case o.BootnodeDefault != "":
		return " (default " + o.BootnodeDefault + ")"
	}
	return ""
}

// wrap writes text in lines of at most helpWidth, each after the indent.
func wrap(b *strings.Builder, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > helpWidth {
			b.WriteString(line + "\n")
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}

// ConfigTable is the README's table of settings, in Markdown.
func ConfigTable() string {
	var b strings.Builder
	b.WriteString("| flag | environment, `.env` | default | for | what |\n|---|---|---|---|---|\n")
	for _, o := range options {
		if o.Use == ForCommands {
			continue
		}
		def := strings.TrimSuffix(strings.TrimPrefix(o.defaultNote(), " (default "), ")")
		if o.isBool() {
			def = o.Default
		}
		use := [...]string{Always: "both", ForClient: "member", ForBootnode: "bootnode"}[o.Use]
		arg := strings.ReplaceAll(o.Arg, "|", `\|`)
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n",
			strings.TrimSpace("--"+o.Name+" "+arg), o.Env, def, use, o.Help)
	}
	return b.String()
}

// EnvExample is the text of .env.example. There are no quotes and no comments
// behind values, because docker run --env-file passes both on as part of the
// value; what has no default is commented out, because an empty line would
// hide a value the container image sets.
func EnvExample() string {
	var b strings.Builder
	b.WriteString(`# Settings of gochat. Copy this file to .env and change what you need.
# A flag or an environment variable wins over this file. Every value goes to
# the end of its line: no quotes, no comments behind it. The file also works as
# docker run --env-file .env
`)
	for _, o := range options {
		if o.Use == ForCommands {
			continue
		}
		b.WriteString("\n")
		wrap(&b, "# ", o.Help)
		if o.Runs {
			wrap(&b, "# ", "gochat itself does not take it from a file .env, since it runs a program; docker run --env-file does")
		}
		def := o.Default
		if def == "" {
			def = o.BootnodeDefault
		}
		if def == "" || o.BootnodeDefault != "" {
			// A default that depends on the mode must not be fixed here.
			b.WriteString("#")
		}
		b.WriteString(o.Env + "=" + def + "\n")
	}
	return b.String()
}

// Print writes every setting, its value and where it came from. Secrets are
// masked.
func (c Config) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SETTING\tVALUE\tFROM")
	for _, s := range c.settings {
		value := s.Value
		switch {
		case value == "":
			value = "-"
		case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
			value = quote(value)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", s.Option.Name, value, s.Source)
	}
	return tw.Flush()
}
