package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/internal/plain"
	"gochat/internal/tui"
)

// leaveFor is how long a front may take to end. What it writes to may be a pipe
// that nobody reads.
const leaveFor = 2 * time.Second

// runFront runs the front to its end, or until it does not end when ctx does:
// who wants to leave is not held up by a write that never returns.
func (c *client) runFront(ctx context.Context, s front.Session) (front.Delivery, error) {
	type result struct {
		delivery front.Delivery
		err      error
	}
	ended := make(chan result, 1)
	go func() {
		d, err := c.front(ctx, s)
		ended <- result{d, err}
	}()
	select {
	case r := <-ended:
		return r.delivery, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-ended:
		return r.delivery, r.err
	case <-time.After(leaveFor):
		return front.DeliveryNow(s), nil
	}
}

// lastWords is standard error when all else has ended. Perhaps nobody reads
// that either.
type lastWords struct{ io.Writer }

// Write gives up after leaveFor.
func (w lastWords) Write(p []byte) (n int, err error) {
	written := make(chan struct{})
	p = slices.Clone(p)
	go func() {
		_, _ = w.Writer.Write(p)
		close(written)
	}()
	select {
	case <-written:
		return len(p), nil
	case <-time.After(leaveFor):
		return 0, os.ErrDeadlineExceeded
	}
}

// front runs the chosen front to its end. A terminal that cannot hold the TUI
// gets the plain front, unless the TUI was asked for by name.
func (c *client) front(ctx context.Context, s front.Session) (front.Delivery, error) {
	switch {
	case c.sending != nil:
		return c.sending.run(ctx, c.session)
	case c.detached != nil:
		return c.detached.run(ctx, c)
	case c.hooked != nil:
		return c.hooked.run(ctx, s)
	}
	switch c.ui {
	case config.JSON:
		return jsonio.Run(ctx, s, jsonio.Options{In: c.env.In, Out: c.env.Out, Drain: c.cfg.Drain})
	case config.TUI:
		c.letTyped()
		d, err := tui.Run(ctx, s, tui.Options{
			Theme: string(c.cfg.Theme), Notify: string(c.cfg.Notify), Getenv: c.env.Getenv, Joining: c.session.Joining,
		})
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
