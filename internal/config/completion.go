package config

import (
	"fmt"
	"slices"
	"strings"
)

// Shells are those that Complete writes for.
var Shells = []string{"bash", "zsh", "fish"}

// Complete is the script that makes a shell complete gochat's commands, options
// and their values. The error is an *Error.
func Complete(shell string) (string, error) {
	switch shell {
	case "bash":
		return bashCompletion(), nil
	case "zsh":
		return zshCompletion(), nil
	case "fish":
		return fishCompletion(), nil
	}
	return "", &Error{Option: "completion", Source: Source{Kind: Flag}, Value: shell, Problem: "there is no such shell here", Allowed: strings.Join(Shells, ", ")}
}

// values are those that an option can have; nil: any. "FILE": paths; "DIR":
// those of directories.
func (o Option) values() []string {
	switch {
	case strings.Contains(o.Arg, "FILE"), strings.HasPrefix(o.Arg, "PATH"):
		return []string{"FILE"}
	case o.Arg == "DIR":
		return []string{"DIR"}
	case strings.Contains(o.Arg, "|") && o.Arg == strings.ToLower(o.Arg):
		return strings.Split(o.Arg, "|")
	}
	return nil
}

// flags are those of a command, as written.
func (c Command) flags() (list []string) {
	for _, o := range options {
		if o.takenBy(c) {
			list = append(list, "--"+o.Name)
		}
	}
	return append(list, "--json", "--help")
}

// valued are the options behind which a value stands, as written: it may be
// called like a command and is none.
func valued() (list []string) {
	for _, o := range options {
		if !o.isBool() {
			list = append(list, "--"+o.Name)
		}
	}
	return list
}

// takesFile is whether a file may stand behind a command.
func (c Command) takesFile() bool {
	return slices.Contains([]Command{Export, Import, Key}, c)
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString(bashHead)
	fmt.Fprintf(&b, "\t\t%s) command=${COMP_WORDS[i]}; break ;;\n", strings.Join(commandNames(), "|"))
	fmt.Fprintf(&b, "\t\t%s)\n\t\t\ti=$((i + 1))\n\t\t\t[[ ${COMP_WORDS[i]} != = ]] || i=$((i + 1)) ;;\n", strings.Join(valued(), "|"))
	b.WriteString("\t\tesac\n\tdone\n\tCOMPREPLY=()\n\tcase $prev in\n")
	for _, o := range options {
		switch v := o.values(); {
		case o.isBool():
		case v == nil:
			fmt.Fprintf(&b, "\t--%s) return ;;\n", o.Name)
		case v[0] == "FILE":
			fmt.Fprintf(&b, "\t--%s) _gochat_paths -f; return ;;\n", o.Name)
		case v[0] == "DIR":
			fmt.Fprintf(&b, "\t--%s) _gochat_paths -d; return ;;\n", o.Name)
		default:
			fmt.Fprintf(&b, "\t--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", o.Name, strings.Join(v, " "))
		}
	}
	fmt.Fprintf(&b, "\tesac\n\tlocal all='%s' words flags=\n\tcase $command in\n", strings.Join(Run.flags(), " "))
	for _, name := range commandNames() {
		own := []string{}
		for _, o := range Command(name).options() {
			own = append(own, "--"+o.Name)
		}
		fmt.Fprintf(&b, "\t%s) words='%s' flags='%s' ;;\n", name, strings.Join(Command(name).words(), " "), strings.Join(own, " "))
	}
	fmt.Fprintf(&b, "\t*) words='%s' flags=--version ;;\n", strings.Join(commandNames(), " "))
	b.WriteString(`	esac
	if [[ $cur == -* ]]; then words="$all $flags"; fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	case $command in
	export|import|key) _gochat_paths -f ;;
	esac
}
complete -F _gochat gochat
`)
	return b.String()
}

// bashHead begins bash's: what it shares, and the loop that finds the command. A
// line with = in an option comes in three words.
const bashHead = `# bash completion for gochat; made by: gochat completion bash
_gochat_paths() {
	local path
	compopt -o filenames 2>/dev/null
	while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}
_gochat() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
	if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
`

// single quotes a text for bash, zsh and fish.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func zshCompletion() string {
	plain := strings.NewReplacer("[", "(", "]", ")", ":", ",", `\`, "")
	var b strings.Builder
	b.WriteString("#compdef gochat\n# zsh completion for gochat; made by: gochat completion zsh\n_gochat() {\n\tlocal -a verbs opts\n\tlocal verb\n\tlocal -i i\n\tverbs=(\n")
	for _, c := range commands {
		if c.name != Run {
			fmt.Fprintf(&b, "\t\t%s\n", single(string(c.name)+":"+plain.Replace(brief(c.help))))
		}
	}
	b.WriteString("\t)\n\tfor ((i = 2; i < CURRENT; i++)); do\n\t\tcase $words[i] in\n")
	fmt.Fprintf(&b, "\t\t(%s) verb=$words[i]; break ;;\n", strings.Join(commandNames(), "|"))
	fmt.Fprintf(&b, "\t\t(%s) i+=1 ;;\n\t\tesac\n\tdone\n\topts=(\n", strings.Join(valued(), "|"))
	for _, o := range options {
		if o.Use != ForCommands || o.takenBy(Run) {
			fmt.Fprintf(&b, "\t\t%s\n", single(o.zsh(plain)))
		}
	}
	b.WriteString("\t\t'--json[short for --ui json]'\n\t\t'--help[say how it is used]'\n\t)\n\tcase $verb in\n")
	for _, name := range commandNames() {
		c := Command(name)
		fmt.Fprintf(&b, "\t(%s)\n", name)
		for _, o := range c.options() {
			fmt.Fprintf(&b, "\t\topts+=(%s)\n", single(o.of(c).zsh(plain)))
		}
		behind := []string{"'1:command:'"}
		if w := c.words(); len(w) > 0 {
			behind = append(behind, "'2:argument:("+strings.Join(w, " ")+")'")
		}
		if c.takesFile() {
			behind = append(behind, "'*:file:_files'")
		}
		fmt.Fprintf(&b, "\t\topts+=(%s) ;;\n", strings.Join(behind, " "))
	}
	b.WriteString("\t(*) opts+=('1:command:{_describe command verbs}') ;;\n\tesac\n\t_arguments -S $opts\n}\n")
	b.WriteString("if [[ $funcstack[1] = _gochat ]]; then _gochat \"$@\"; else compdef _gochat gochat; fi\n")
	return b.String()
}

// zsh is an option as _arguments wants it.
func (o Option) zsh(plain *strings.Replacer) string {
	spec := "--" + o.Name
	if o.List {
		spec = "*" + spec
	}
	if !o.isBool() {
		spec += "="
	}
	spec += "[" + plain.Replace(brief(o.Help)) + "]"
	switch v := o.values(); {
	case o.isBool():
	case v == nil:
		spec += ":" + plain.Replace(o.Arg) + ":"
	case v[0] == "FILE":
		spec += ":file:_files"
	case v[0] == "DIR":
		spec += ":directory:_files -/"
	default:
		spec += ":" + o.Name + ":(" + strings.Join(v, " ") + ")"
	}
	return spec
}

func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# fish completion for gochat; made by: gochat completion fish\n")
	all := strings.Join(commandNames(), " ")
	none := single("not __fish_seen_subcommand_from " + all)
	b.WriteString("complete -c gochat -f\n")
	for _, c := range commands {
		if c.name == Run {
			continue
		}
		fmt.Fprintf(&b, "complete -c gochat -n %s -a %s -d %s\n", none, c.name, single(brief(c.help)))
		in := single("__fish_seen_subcommand_from " + string(c.name))
		if w := c.name.words(); len(w) > 0 {
			fmt.Fprintf(&b, "complete -c gochat -n %s -a %s\n", in, single(strings.Join(w, " ")))
		}
		if c.name.takesFile() {
			fmt.Fprintf(&b, "complete -c gochat -n %s -F\n", in)
		}
		for _, o := range c.name.options() {
			fmt.Fprintf(&b, "complete -c gochat -n %s %s\n", in, o.of(c.name).fish())
		}
	}
	for _, o := range options {
		if o.Use != ForCommands || o.takenBy(Run) {
			fmt.Fprintf(&b, "complete -c gochat %s\n", o.fish())
		}
	}
	b.WriteString("complete -c gochat -l json -d 'short for --ui json'\ncomplete -c gochat -l help -d 'say how it is used'\n")
	return b.String()
}

// fish is an option as complete wants it.
func (o Option) fish() string {
	spec := "-l " + o.Name + " -d " + single(brief(o.Help))
	switch v := o.values(); {
	case o.isBool():
		return spec
	case v == nil:
		return spec + " -x"
	case v[0] == "FILE":
		return spec + " -r -F"
	case v[0] == "DIR":
		return spec + " -x -a '(__fish_complete_directories)'"
	default:
		return spec + " -x -a " + single(strings.Join(v, " "))
	}
}
