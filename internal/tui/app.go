package tui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"gochat/internal/front"
)

// ErrUnsuitable says that the terminal cannot show a full-screen program
// (TERM=dumb, no terminal, an unknown character set); plain mode works there.
var ErrUnsuitable = errors.New("this terminal cannot show the full screen; use --ui plain")

// Options are what Run works on.
type Options struct {
	Screen tcell.Screen     // not initialised; nil: this process's terminal
	Now    func() time.Time // the time of the program's own lines; nil: time.Now
}

// Run is the front's whole life: until the user leaves, ctx ends, the session
// does, or the terminal is gone (an error). The terminal is restored in any
// case. The error is ErrUnsuitable before anything was shown.
func Run(ctx context.Context, sess front.Session, opts Options) (front.Delivery, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	tap := &screenTap{Screen: opts.Screen}
	if tap.Screen == nil {
		screen, err := tcell.NewScreen()
		if err != nil {
			return front.Delivery{}, fmt.Errorf("%w (%v)", ErrUnsuitable, err)
		}
		tap.Screen = screen
	}
	app := tview.NewApplication().SetScreen(tap) // this calls tap.Init
	if tap.initErr != nil {
		return front.Delivery{}, fmt.Errorf("%w (%v)", ErrUnsuitable, tap.initErr)
	}
	app.EnablePaste(true) // only now: before SetScreen it is lost
	plainGlyphs(tap)

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

	v := newView(NewModel(sess, opts.Now))
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
	err := app.SetRoot(v, true).Run()
	close(done)
	helpers.Wait()
	if err != nil {
		err = fmt.Errorf("terminal: %w", err)
	}
	return front.DeliveryNow(sess), err
}

// handle takes in one key, or what the session has sent.
func handle(v *view, news *feed, tap *screenTap, ev *tcell.EventKey) {
	if ev.Key() != wakeKey {
		if v.key(ev) {
			tap.Sync()
		}
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
}

// plainGlyphs gives our own signs an ASCII form where there is no Unicode.
func plainGlyphs(screen tcell.Screen) {
	for glyph, ascii := range map[rune]string{
		'●': "*", '◐': "/", '○': "o", '×': "x", '✓': "v", '·': ".", '↓': "v", '…': "~", '│': "|", '─': "-",
	} {
		screen.RegisterRuneFallback(glyph, ascii)
	}
}
