package cli

import (
	"context"

	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/plain"
)

// front runs the chosen front to its end.
func (c *client) front(ctx context.Context, s front.Session) (front.Delivery, error) {
	switch c.ui {
	case config.JSON, config.TUI, config.Plain, config.Auto:
	}
	return plain.Run(ctx, s, plain.Options{
		In: c.env.In, Out: c.env.Out, Err: c.env.Err,
		InputEchoed: isTerminal(c.env.In), Drain: c.cfg.Drain,
	})
}

func (c *client) findBootnodes(ctx context.Context) {}
