package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gochat/internal/config"
	"gochat/internal/hub"
	"gochat/internal/profile"
)

// lockEvery is how often it is looked whether a process has let go.
const lockEvery = 20 * time.Millisecond

// runStop ends the gochat that has the data directory, and waits until it has
// let go of it.
func runStop(ctx context.Context, cfg config.Config, env Env) error {
	dir, explicit, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	c, err := hub.Dial(dir)
	if errors.Is(err, hub.ErrNobody) && profile.InUse(dir) {
		return fmt.Errorf("the gochat that uses %s cannot be asked to end: %w; a bootnode ends by gochat bootnode drain", dir, err)
	}
	if errors.Is(err, hub.ErrNobody) {
		return nobodyRuns(err, dir, explicit, config.Stop)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	answer, err := c.Do(hub.Command{Cmd: "stop"})
	if err == nil {
		err = answer.Err()
	}
	if err != nil {
		return err
	}
	if !hasLetGo(ctx, dir) {
		return fmt.Errorf("gochat was told to end, but has not in %v", cfg.Timeout)
	}
	fmt.Fprintln(env.Err, "gochat has ended")
	return nil
}

// hasLetGo waits until no process has a data directory any more, or ctx ends.
func hasLetGo(ctx context.Context, dir string) bool {
	for profile.InUse(dir) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(lockEvery):
		}
	}
	return true
}
