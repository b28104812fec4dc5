package tui

import (
	"errors"

	"github.com/rivo/tview"
)

// outside is what the model asks of the terminal and of the system around it.
type outside struct {
	redraw  func()                  // from nothing
	suspend func() (hint string)    // until the shell brings gochat back
	copy    func(s string)          // to the clipboard
	open    func(link string) error // in a browser
}

// newOutside goes by the options. In a terminal that is not this process's own,
// nothing is stopped or opened where this process runs: the user may be elsewhere.
func newOutside(app *tview.Application, tap *screenTap, opts Options) outside {
	o := outside{
		redraw: tap.Sync,
		copy:   func(s string) { tap.SetClipboard([]byte(s)) },
		open:   openLink,
	}
	if opts.Screen != nil {
		o.open = func(string) error {
			return errors.New("gochat may run on another machine; copy the message instead")
		}
	}
	if opts.Open != nil {
		o.open = opts.Open
	}
	stop := opts.Suspend
	switch {
	case stop == nil && opts.Screen != nil:
		o.suspend = func() string {
			return "no Ctrl-Z here: /detach or Ctrl-C leaves it; gochat attach comes back"
		}
		return o
	case stop == nil:
		stop = suspend
	}
	o.suspend = func() (hint string) {
		app.Suspend(func() { hint = stop() })
		return hint
	}
	return o
}

func (m *Model) suspend() { m.hint = m.outside.suspend() }
