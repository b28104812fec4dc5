package config

import (
	"fmt"
	"strings"
)

// Pages are the manual's pages: what gochat man takes, and the names of their
// files.
var Pages = map[string]string{"gochat": "gochat.1", "gochat-bootnode": "gochat-bootnode.8"}

// ManPage is a page of the manual, in the macros of man(7). The error is an
// *Error.
func ManPage(page string) (string, error) {
	switch page {
	case "", "gochat":
		return clientPage(), nil
	case "gochat-bootnode":
		return bootnodePage(), nil
	}
	return "", &Error{Option: "man", Source: Source{Kind: Flag}, Value: page, Problem: "there is no such page", Allowed: "gochat, gochat-bootnode"}
}

// roff is a page that is being written.
type roff struct{ strings.Builder }

// text writes a paragraph's text, on one line.
func (r *roff) text(format string, args ...any) {
	r.WriteString(escapeRoff(fmt.Sprintf(format, args...)) + "\n")
}

// macro writes a request with its arguments.
func (r *roff) macro(name string, args ...string) {
	r.WriteString("." + name)
	for _, a := range args {
		r.WriteString(` "` + strings.ReplaceAll(escapeRoff(a), `"`, `\(dq`) + `"`)
	}
	r.WriteString("\n")
}

// item writes what something is called, and below it what it is.
func (r *roff) item(name, what string) {
	r.macro("TP")
	r.macro("B", name)
	r.text("%s", what)
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\&...`, "’", `\(cq`)

// escapeRoff makes a line of text mean itself.
func escapeRoff(text string) string {
	text = roffEscapes.Replace(strings.Join(strings.Fields(text), " "))
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

func clientPage() string {
	var r roff
	r.macro("TH", "GOCHAT", "1", "", "gochat", "User Commands")
	r.macro("SH", "NAME")
	r.text("gochat - %s", about)
	r.macro("SH", "SYNOPSIS")
	for i, u := range usages {
		if i > 0 {
			r.macro("br")
		}
		r.text("%s", u[0])
	}
	r.macro("SH", "DESCRIPTION")
	r.text("Members of a room find each other on the local network or through a bootnode, and talk directly where their networks allow it and through a relay where they do not. Nobody but they can read what is said. How a bootnode is run says gochat-bootnode(8).")
	r.macro("SH", "COMMANDS")
	for _, c := range commands {
		if c.name == Run {
			r.macro("SS", c.help)
			continue
		}
		r.item(strings.TrimSpace(string(c.name)+" "+c.args), c.help+".")
		for _, o := range c.name.options() {
			o = o.of(c.name)
			r.macro("RS")
			r.item(o.usage(), o.Help+o.defaultNote()+".")
			r.macro("RE")
		}
	}
	r.macro("SH", "OPTIONS")
	r.options(ForClient)
	r.item("--json", "short for --ui json.")
	r.macro("SS", "Also of a bootnode")
	r.options(Always)
	r.ending("gochat-bootnode(8)")
	return r.String()
}

func bootnodePage() string {
	var r roff
	r.macro("TH", "GOCHAT-BOOTNODE", "8", "", "gochat", "System Administration")
	r.macro("SH", "NAME")
	r.text("gochat-bootnode - introduces members of gochat's rooms to each other")
	r.macro("SH", "SYNOPSIS")
	r.text("gochat --mode bootnode [options]")
	r.macro("br")
	r.text("gochat bootnode WORD [WHOM|TEXT]")
	r.macro("SH", "DESCRIPTION")
	r.text("A bootnode tells members of a room each other's addresses and relays for those who cannot reach each other. It learns neither the rooms' names nor what is said. It needs UDP port 9595, the next one for STUN, and, for members whose networks let no UDP through, TCP port 9595. It says when it is ready (sd_notify), reads its settings again at SIGHUP, and takes leave of its members at SIGTERM.")
	for _, c := range commands {
		if c.name != Operate && c.name != Healthcheck {
			continue
		}
		r.macro("SH", strings.ToUpper("gochat "+string(c.name)))
		r.text("%s.", c.help)
		for _, o := range c.name.options() {
			o = o.of(c.name)
			r.item(o.usage(), o.Help+o.defaultNote()+".")
		}
	}
	r.macro("SH", "OPTIONS")
	r.options(ForBootnode)
	r.macro("SS", "Also of a member")
	r.options(Always)
	r.ending("gochat(1), systemd(1)")
	return r.String()
}

// options writes those of one use, with their variables.
func (r *roff) options(use Use) {
	for _, o := range options {
		if o.Use != use && !(use == ForClient && o.Use == ForCommands && o.takenBy(Run)) {
			continue
		}
		name := o.usage()
		if o.Env != "" {
			name += " [$" + o.Env + "]"
		}
		r.item(name, o.Help+o.defaultNote()+".")
	}
}

// ending writes what both pages have at their ends.
func (r *roff) ending(see string) {
	r.macro("SH", "ENVIRONMENT")
	r.text("%s", sourcesNote)
	r.macro("SH", "EXIT STATUS")
	r.text("%s", exitNote)
	r.macro("SH", "SEE ALSO")
	r.text("%s", see)
}
