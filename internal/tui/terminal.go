package tui

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/gdamore/tcell/v2"
	"github.com/gdamore/tcell/v2/terminfo"
)

// Terminal is a terminal that is not this process's: bytes go to and fro. Once
// Wake was called, Read ends with io.EOF.
type Terminal interface {
	io.ReadWriter
	Wake()
	Size() (columns, rows int)
	// OnResize has a function called when Size changes; nil: none.
	OnResize(func())
}

// variables are what in the environment tells of the terminal.
var variables = []string{"TERM", "TERM_PROGRAM", "TMUX", "STY", "NO_COLOR", "COLORFGBG", "LC_ALL", "LC_CTYPE", "LANG"}

// maxValue is how much of a variable is told: more than any needs to be understood.
const maxValue = 64

// Environ is what a process tells of its terminal to another that draws for it: of
// its environment nothing else leaves it.
func Environ(getenv func(string) string) map[string]string {
	told := map[string]string{}
	for _, name := range variables {
		if v := clean(getenv(name)); v != "" {
			told[name] = v
		}
	}
	return told
}

// clean is the beginning of a value, as printable ASCII.
func clean(value string) string {
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, value)
	return value[:min(len(value), maxValue)]
}

// termName is what a terminal may be called. The name may be looked up by a
// program, so it must not look like an option.
var termName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`)

// NewScreen makes the screen of a terminal of a kind, as TERM names it. The error
// wraps ErrUnsuitable.
func NewScreen(t Terminal, term string) (tcell.Screen, error) {
	if !termName.MatchString(term) || term == "dumb" {
		return nil, fmt.Errorf("%w (the terminal's kind, TERM, is %q)", ErrUnsuitable, clean(term))
	}
	info, err := lookUp(term)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrUnsuitable, err)
	}
	screen, err := screenOn(tty{t}, info)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrUnsuitable, err)
	}
	return screen, nil
}

// looking is held while a kind of terminal is looked up, and copied: tcell writes to
// what it has of each, and several terminals may come at once.
var looking sync.Mutex

func lookUp(term string) (info terminfo.Terminfo, err error) {
	looking.Lock()
	defer looking.Unlock()
	found, err := tcell.LookupTerminfo(term)
	if err == nil {
		info = *found
	}
	return info, err
}

// ownScreen makes the screen of this process's terminal, of a kind as TERM names it.
func ownScreen(term string) (tcell.Screen, error) {
	if info, err := lookUp(term); err == nil {
		return screenOn(nil, info)
	}
	return tcell.NewScreen() // a console of Windows, or an error
}

// screenOn makes the screen of a terminal; nil: this process's. The terminal must
// not go on in the next row where one ends, or a character that it thinks wider
// than we do moves what is there, and in the last row the whole screen. tcell has
// no command for that where the terminal's description has none, such as those of
// tmux, screen, foot and alacritty, which all know it.
func screenOn(tty tcell.Tty, info terminfo.Terminfo) (tcell.Screen, error) {
	if info.AutoMargin && info.DisableAutoMargin == "" {
		info.DisableAutoMargin, info.EnableAutoMargin = "\x1b[?7l", "\x1b[?7h"
	}
	return tcell.NewTerminfoScreenFromTtyTerminfo(tty, &info)
}

// tty is a Terminal as tcell wants it. Whoever has the terminal makes it raw.
type tty struct{ Terminal }

func (t tty) Start() error           { return nil }
func (t tty) Stop() error            { return nil }
func (t tty) Close() error           { return nil }
func (t tty) Drain() error           { t.Wake(); return nil }
func (t tty) NotifyResize(cb func()) { t.OnResize(cb) }

// WindowSize is as in tcell.Tty.
func (t tty) WindowSize() (tcell.WindowSize, error) {
	w, h := t.Size()
	return tcell.WindowSize{Width: w, Height: h}, nil
}
