package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gochat/internal/config"
	"gochat/peer"
)

// The rooms a process is started for are joined in the order they were named. The
// full screen waits for the first, and for those after it whose keys are known; the
// others are joined while it is shown, as by /join. What reads lines, or an object of
// all rooms, waits for them all.

// joinFirst joins the rooms that the front waits for.
func (c *client) joinFirst() error {
	s := c.session
	for i, r := range c.cfg.Rooms {
		if c.shownAtOnce() && i > 0 && !c.derived(r) {
			s.joining = slices.Clone(c.cfg.Rooms[i:])
			return nil
		}
		c.sayJoining(r)
		if err := c.joinNamed(r); err != nil {
			return err
		}
	}
	return nil
}

// shownAtOnce reports whether a full screen is shown.
func (c *client) shownAtOnce() bool {
	return c.ui == config.TUI && c.sending == nil && c.detached == nil && c.hooked == nil
}

// sayJoining names a room that the start waits for, one of several, while there is no
// front to show anything.
func (c *client) sayJoining(r config.Room) {
	if c.ui == config.Plain && len(c.cfg.Rooms) > 1 && c.sending == nil && c.detached == nil && !c.derived(r) {
		fmt.Fprintf(c.env.Err, "joining %s …\n", r.Name)
	}
}

func (c *client) joinNamed(r config.Room) error {
	if _, err := c.session.enter(r.Name, r.Secret, c.welcomeTo(r)); err != nil {
		return fmt.Errorf("cannot join the room %s: %w", r.Name, err)
	}
	return nil
}

// joinRest joins the others until ctx ends. One that cannot be joined ends the session,
// as it would have kept it from starting.
func (s *session) joinRest(ctx context.Context) {
	for _, r := range s.stillJoining() {
		if ctx.Err() != nil {
			return
		}
		err := s.client.joinNamed(r)
		if err != nil && !errors.Is(err, peer.ErrJoined) && ctx.Err() == nil { // the user may have been faster
			s.unread.CompareAndSwap(nil, err)
			s.end()
			return
		}
	}
}

// Joining names the rooms that are still to be joined, the next one first.
func (s *session) Joining() (names []string) {
	for _, r := range s.stillJoining() {
		names = append(names, r.Name)
	}
	return names
}

func (s *session) stillJoining() []config.Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.joining)
}

// joined notes that a room need not be joined any more. With mu held.
func (s *session) joined(name string) {
	s.joining = slices.DeleteFunc(s.joining, func(r config.Room) bool { return r.Name == name })
}
