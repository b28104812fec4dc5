package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/store"
)

// openFollowed is openReading for who goes on reading: the profile is made if there
// is none, and a room is waited for until something is stored of it. Without an error
// it is nil if ctx ended before.
func openFollowed(ctx context.Context, cfg config.Config, env Env) (*reading, error) {
	name, err := oneRoom(cfg)
	if err != nil {
		return nil, err
	}
	if err := makeProfile(cfg, env); err != nil {
		return nil, err
	}
	r, err := openStored(cfg, env)
	if err != nil {
		return nil, err
	}
	told := false
	for {
		switch err := r.find(name); {
		case err == nil:
			return r, nil
		case !errors.Is(err, store.ErrNoRoom):
			r.close()
			return nil, err
		case !told:
			told = true
			fmt.Fprintf(env.Err, "gochat: nothing is stored of the room %s here yet; waiting for it\n", name.Name)
		}
		select {
		case <-ctx.Done():
			r.close()
			return nil, nil
		case <-time.After(followEvery):
		}
	}
}

// makeProfile makes the profile and its history if there is none, as the first start
// does.
func makeProfile(cfg config.Config, env Env) error {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	if _, err := profile.Read(dir, nil); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	p, _, err := profile.Open(dir, true, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	cfg.Ephemeral = false // there is to be something to read
	h, err := openHistory(p, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return h.close()
}
