package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gochat/internal/config"
	"gochat/internal/jsonio"
	"gochat/internal/plain"
	"gochat/internal/store"
	"gochat/internal/wire"
	"gochat/peer"
	roomlog "gochat/room"
)

const (
	defaultTail = 50
	tailPage    = 500
	followEvery = 200 * time.Millisecond
)

// printMessages is how a command prints what it found.
func printMessages(cfg config.Config, env Env, view func(string) (peer.Message, bool)) func(peer.Message) error {
	if cfg.UI == config.JSON {
		return jsonio.Messages(env.Out)
	}
	return plain.Messages(env.Out, view)
}

// runTail prints what was said in a room, the oldest first.
func runTail(ctx context.Context, cfg config.Config, env Env) error {
	open := openReading
	if cfg.Follow {
		open = func(cfg config.Config, env Env) (*reading, error) { return openFollowed(ctx, cfg, env) }
	}
	r, err := open(cfg, env)
	if err != nil || r == nil {
		return err
	}
	defer r.close()
	tell := printMessages(cfg, env, r.view)
	print := func(list []roomlog.Message) error {
		for _, m := range list {
			if out, ok := r.message(m); ok && !out.Ignored {
				if err := tell(out); err != nil {
					return err
				}
			}
		}
		return nil
	}
	arrived, err := r.db.LastArrival()
	if err != nil {
		return err
	}
	at, err := r.begin(cfg, isTerminal(env.Out))
	for err == nil && ctx.Err() == nil {
		var list []roomlog.Message
		if list, err = r.room.After(store.Stored, at, tailPage); err != nil || len(list) == 0 {
			break
		}
		at = list[len(list)-1].Order
		err = print(list)
	}
	for err == nil && cfg.Follow {
		var list []roomlog.Message
		if list, arrived, err = r.room.Arrivals(arrived, tailPage); err == nil {
			err = print(slices.DeleteFunc(list, func(m roomlog.Message) bool { return m.Order <= at && m.Content == roomlog.Deleted }))
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(followEvery):
		}
	}
	return err
}

// begin is the place in the order behind which a command begins to print; short:
// with what fits a screen, if nothing else was asked for.
func (r *reading) begin(cfg config.Config, short bool) (at string, err error) {
	since := ""
	if !cfg.Since.IsZero() {
		since = placeOf(cfg.Since)
		if cfg.Limit == 0 {
			return since, nil
		}
	}
	left := cfg.Limit
	if left == 0 && !short {
		return "", nil
	}
	if left == 0 {
		left = defaultTail
	}
	for left > 0 {
		list, err := r.room.Page(store.Stored, at, min(left, tailPage))
		if err != nil || len(list) == 0 {
			return since, err
		}
		at = list[0].Order
		for _, m := range list {
			if !r.profile.Ignored(m.Record.Author) {
				left--
			}
		}
		if at <= since {
			return since, nil
		}
	}
	list, err := r.room.Page(store.Stored, at, 1)
	if err != nil || len(list) == 0 {
		return since, err
	}
	return max(since, list[0].Order), nil
}

// placeOf is the place in the order right before a time.
func placeOf(t time.Time) string {
	ms := max(t.UnixMilli(), 0)
	return fmt.Sprintf("%012x%s", min(uint64(ms), uint64(wire.MaxClk)-1), strings.Repeat("0", 2*len(wire.RecordID{})))
}

// runSearch prints the messages that have all words, the newest last.
func runSearch(_ context.Context, cfg config.Config, env Env) error {
	r, err := openReading(cfg, env)
	if err != nil {
		return err
	}
	defer r.close()
	limit := cfg.Limit
	if limit == 0 {
		limit = defaultTail
	}
	behind := ""
	if !cfg.Since.IsZero() {
		behind = placeOf(cfg.Since)
	}
	found, err := peer.Find(r.room, strings.Join(cfg.Args, " "), behind, limit, r.viewOf)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		fmt.Fprintf(env.Err, "gochat: nothing found in %s\n", r.name)
	}
	tell := printMessages(cfg, env, r.view)
	for _, m := range found {
		if err := tell(m); err != nil {
			return err
		}
	}
	return nil
}
