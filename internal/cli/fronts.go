package cli

import (
	"context"
	"errors"

	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/internal/plain"
	"gochat/internal/tui"
)

// front runs the chosen front to its end. A terminal that cannot hold the TUI
// gets the plain front, unless the TUI was asked for by name.
func (c *client) front(ctx context.Context, s front.Session) (front.Delivery, error) {
	if c.sending != nil {
		return c.sending.run(ctx, s)
	}
	switch c.ui {
	case config.JSON:
		return jsonio.Run(ctx, s, jsonio.Options{In: c.env.In, Out: c.env.Out, Drain: c.cfg.Drain})
	case config.TUI:
		d, err := tui.Run(ctx, s, tui.Options{})
		if !errors.Is(err, tui.ErrUnsuitable) || c.cfg.UI == config.TUI {
			return d, err
		}
	case config.Plain, config.Auto:
	}
	return plain.Run(ctx, s, plain.Options{
		In: c.env.In, Out: c.env.Out, Err: c.env.Err,
		InputEchoed: isTerminal(c.env.In) && isTerminal(c.env.Out), Drain: c.cfg.Drain,
	})
}
