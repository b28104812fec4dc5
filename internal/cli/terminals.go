package cli

import (
	"cmp"
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"

	"gochat/internal/attach"
	"gochat/internal/config"
	"gochat/internal/hub"
	"gochat/internal/plain"
	"gochat/internal/tui"
)

// terminalSocket is where terminals attach, in a data directory.
const terminalSocket = "attach.sock"

// recalled is how much of a room's past a plain front begins with that comes to
// a session that has begun before.
const recalled = 10

// openDoors lets other processes of the user take part: programs by the JSON
// front until one context ends, terminals by the others until the other does.
func (c *client) openDoors(programsCtx, terminalsCtx context.Context, tasks *sync.WaitGroup) error {
	s := c.session
	programs, err := hub.Listen(c.profile.Dir())
	if err != nil {
		return err
	}
	terminals, err := hub.ListenAt(filepath.Join(c.profile.Dir(), terminalSocket))
	if err != nil {
		programs.Close()
		return err
	}
	tasks.Go(func() { hub.Serve(programsCtx, programs, s.guests.Attend) })
	server := attach.NewServer(c.show)
	tasks.Go(func() { hub.Serve(terminalsCtx, terminals, server.Attend) })
	return nil
}

// show runs a front on a terminal that has attached.
func (c *client) show(ctx context.Context, t *attach.Terminal) attach.Bye {
	var full tui.Options
	if t.Hello.UI == string(config.TUI) {
		var err error
		if full, err = c.drawnFor(t); err != nil {
			return failure(err)
		}
	}
	g, err := c.session.guests.Enter(true, nil)
	switch {
	case errors.Is(err, hub.ErrBusy):
		return attach.Bye{Reason: attach.Busy}
	case errors.Is(err, net.ErrClosed):
		return attach.Bye{Reason: attach.Ended}
	}
	defer c.session.guests.Leave(g)
	if full.Screen != nil {
		full.Missed = g.Missed()
		_, err = tui.Run(ctx, g, full)
	} else {
		_, err = plain.Run(ctx, g, plain.Options{
			In: t, Out: t, Err: t.Err(), InputEchoed: t.Hello.Echoed, Drain: c.cfg.Drain,
			Recall: recalled, Missed: g.Missed(),
		})
	}
	switch {
	case err != nil && ctx.Err() == nil:
		return failure(err)
	case g.TooSlow():
		return attach.Bye{Reason: attach.Slow}
	}
	return attach.Bye{Reason: attach.Left}
}

// drawnFor is the full screen as a terminal elsewhere is to have it: as was asked for
// there, and else as this session was started, unless that terminal is to have no colours.
func (c *client) drawnFor(t *attach.Terminal) (o tui.Options, err error) {
	o.Joining = c.session.Joining
	o.Getenv = func(name string) string { return t.Hello.Environ[name] }
	theme, notify, err := config.ParseLook(t.Hello.Theme, t.Hello.Notify)
	if err != nil {
		return o, err
	}
	if theme == "" && o.Getenv("NO_COLOR") == "" {
		theme = c.cfg.Theme
	}
	o.Theme, o.Notify = string(theme), string(cmp.Or(notify, c.cfg.Notify))
	o.Screen, err = tui.NewScreen(t, o.Getenv("TERM"))
	return o, err
}

// failure says why a front could not be shown, or not any more.
func failure(err error) attach.Bye {
	reason := attach.Failed
	if errors.Is(err, tui.ErrUnsuitable) {
		reason = attach.Unsuitable
	}
	return attach.Bye{Reason: reason, Text: err.Error()}
}
