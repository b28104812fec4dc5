package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"gochat/internal/front"
	"gochat/peer"
)

// ErrUnsuitable says that the terminal cannot show a full-screen program
// (TERM=dumb, no terminal, an unknown character set); plain mode works there.
var ErrUnsuitable = errors.New("this terminal cannot show the full screen; use --ui plain")

// Options are what Run works on.
type Options struct {
	Screen tcell.Screen        // not initialised; nil: this process's terminal
	Now    func() time.Time    // the time of the program's own lines; nil: time.Now
	Theme  string              // auto, dark, light or mono; "": auto
	Notify string              // how to call the user: auto, bell, osc9, osc777 or off; "": auto
	Getenv func(string) string // the terminal's environment; nil: it is empty

	// Joining names the rooms that the session is still to join, the next one first;
	// nil: there are none. It is asked at each drawing.
	Joining func() []string

	// Missed are messages of the past that nobody has seen: they count as shown
	// once the screen is.
	Missed []peer.MessageEvent

	// Open has the system open a link, and Suspend stops the process until it is
	// continued, or says why not; nil: as this system does it, and not at all where
	// Screen is given.
	Open    func(link string) error
	Suspend func() (hint string)
}

// Run is the front's whole life: until the user leaves, ctx ends, the session
// does, or the terminal is gone (an error). The terminal is restored in any
// case. The error is ErrUnsuitable before anything was shown.
func Run(ctx context.Context, sess front.Session, opts Options) (front.Delivery, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	screen, err := opts.screen()
	if err != nil {
		return front.Delivery{}, err
	}
	tap := &screenTap{Screen: screen, caller: newCaller(opts.Notify, opts.Getenv)}
	app := tview.NewApplication().SetScreen(tap) // this calls tap.Init
	if tap.initErr != nil {
		return front.Delivery{}, fmt.Errorf("%w (%v)", ErrUnsuitable, tap.initErr)
	}
	app.EnablePaste(true) // only now: before SetScreen it is lost
	tap.EnableFocus()

	news := feed{outcomes: make(chan outcome)}
	done := make(chan struct{})
	var helpers sync.WaitGroup
	helpers.Go(func() { news.run(sess.Events(), done, tap.wake) })

	// A signal must end the loop even while it is busy with a paste, so Stop
	// is called from outside; not before Run has the screen, though, or Run
	// would open another one.
	running := make(chan struct{})
	app.SetAfterDrawFunc(func(tcell.Screen) {
		app.SetAfterDrawFunc(nil)
		close(running)
	})
	helpers.Go(func() {
		select {
		case <-ctx.Done():
		case <-done:
			return
		}
		select {
		case <-running:
			app.Stop()
		case <-done:
		}
	})
	helpers.Go(func() {
		select {
		case <-running:
		case <-done:
			return
		}
		for _, m := range opts.Missed {
			m.Show()
		}
	})

	v := newView(NewModel(sess, opts.Now), func(name string) *theme { return newTheme(chooseTheme(name, opts.Getenv)) })
	v.model.theme = cmp.Or(opts.Theme, v.model.theme)
	if opts.Joining != nil {
		v.model.joining = opts.Joining
	}
	v.model.outside = newOutside(app, tap, opts)
	keeper := newKeeper()
	helpers.Go(func() { keeper.run(done) })
	v.model.keep = keeper.put
	v.model.beside = func(work func() outcome) {
		helpers.Go(func() {
			select {
			case news.outcomes <- work():
			case <-done:
			}
		})
	}
	app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		handle(v, &news, tap, ev)
		if v.model.quit {
			app.Stop()
		}
		return nil // handled; tview draws
	})
	err = app.SetRoot(v, true).Run()
	close(done)
	helpers.Wait()
	if err != nil {
		err = fmt.Errorf("terminal: %w", err)
	}
	return front.DeliveryNow(sess), err
}

// screen is the one to draw on, of this process's terminal if none is given.
func (o Options) screen() (tcell.Screen, error) {
	writeUTF8()
	ascii, err := asciiOnly(o.Getenv)
	if err != nil {
		return nil, err
	}
	screen := o.Screen
	if screen == nil {
		if screen, err = ownScreen(o.Getenv("TERM")); err != nil {
			return nil, fmt.Errorf("%w (%v)", ErrUnsuitable, err)
		}
	}
	if ascii {
		screen = asciiScreen{screen}
	}
	return screen, nil
}

// handle takes in one key, or what the session has sent.
func handle(v *view, news *feed, tap *screenTap, ev *tcell.EventKey) {
	if ev.Key() != wakeKey {
		if key := keyName(ev); key != "" {
			v.model.press(key)
		}
		return
	}
	switch ev.Rune() {
	case focusGained:
		v.model.focus(true)
		return
	case focusLost:
		v.model.focus(false)
		return
	}
	batch, outcomes, ended := news.take()
	for _, e := range batch {
		v.model.Apply(e)
	}
	for _, o := range outcomes {
		v.model.finish(o)
	}
	v.model.quit = v.model.quit || ended
	if line := v.model.calling(time.Now()); line != "" {
		tap.caller.call(tap, line)
	}
}
