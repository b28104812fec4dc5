// Package hook runs a command for each message that a filter chooses: gochat on,
// and the hooks of the configuration.
//
// It is told the lines of the JSON front (docs/EVENTS.md), wherever they come
// from. Filter is the pure core that decides; Hook is the shell around it, with
// so many commands at a time, so many messages that wait, and no more. Here is
// no session, no socket and no setting.
package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"gochat/internal/command"
)

const (
	// DefaultMax is how many commands run at a time, MostMax the most that can
	// be asked for.
	DefaultMax = 4
	MostMax    = 64
	// DefaultLimit is how long a command may run.
	DefaultLimit = 10 * time.Second

	maxQueued = 64          // messages that wait for a command
	complains = time.Minute // between two reports of lost messages, at least
)

// Config says what is run for what.
type Config struct {
	Filter  Filter
	Argv    []string // program and arguments
	Environ []string // to which the message is added
	Max     int      // commands at a time
	Limit   time.Duration
	Out     io.Writer // takes what commands print; nil: thrown away
	Err     io.Writer
	// Failed is told of commands that failed, and of messages that were lost
	// since too many came.
	Failed func(error)
}

// Hook must be Run, once.
type Hook struct {
	cfg   Config
	queue chan job
	loses chan struct{} // of one slot: messages were lost

	mu   sync.Mutex // never held while anybody is told
	lost int        // of which nobody was told
	late int        // taken from the queue when it was too late to run
}

// job is one message and its line.
type job struct {
	message Message
	line    []byte
}

// New prepares a hook.
func New(cfg Config) *Hook {
	return &Hook{cfg: cfg, queue: make(chan job, maxQueued), loses: make(chan struct{}, 1)}
}

// Tell passes on a line of the JSON front. It never waits.
func (h *Hook) Tell(line []byte) {
	m, ok := Parse(line)
	if !ok || !h.cfg.Filter.Takes(m) {
		return
	}
	select {
	case h.queue <- job{m, slices.Clone(line)}:
	default:
		h.drop()
	}
}

// drop counts a message that no command is run for. Telling of it is account's:
// where what is told goes may be blocked.
func (h *Hook) drop() {
	h.mu.Lock()
	h.lost++
	h.mu.Unlock()
	select {
	case h.loses <- struct{}{}:
	default:
	}
}

// complain tells how many messages were lost, if any, and reports whether it did.
func (h *Hook) complain() bool {
	h.mu.Lock()
	lost := h.lost
	h.lost = 0
	h.mu.Unlock()
	if lost > 0 {
		h.cfg.Failed(fmt.Errorf("messages come faster than %s handles them: it was not run for %d", h.cfg.Argv[0], lost))
	}
	return lost > 0
}

// account tells of what was lost, at once and then now and then, until ctx ends.
func (h *Hook) account(ctx context.Context) {
	var again <-chan time.Time // when to tell next; nil: at once
	for {
		loses := h.loses
		if again != nil {
			loses = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-loses:
		case <-again:
		}
		again = nil
		if h.complain() {
			again = time.After(complains)
		}
	}
}

// Run runs commands until ctx ends, which ends those that run. What waits then is
// lost, and told of with the rest.
func (h *Hook) Run(ctx context.Context) {
	var workers sync.WaitGroup
	workers.Go(func() { h.account(ctx) })
	for range h.cfg.Max {
		workers.Go(func() {
			for {
				select {
				case j := <-h.queue:
					if ctx.Err() != nil {
						h.mu.Lock()
						h.late++
						h.mu.Unlock()
						return
					}
					h.run(ctx, j)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	workers.Wait()
	h.complain()
	h.mu.Lock()
	late := h.late
	h.mu.Unlock()
	if n := len(h.queue) + late; n > 0 {
		h.cfg.Failed(fmt.Errorf("it ended before %s was run for %d messages that waited", h.cfg.Argv[0], n))
	}
}

func (h *Hook) run(ctx context.Context, j job) {
	err := command.Command{
		Argv: h.cfg.Argv, Env: environment(h.cfg.Environ, j.message), Input: append(j.line, '\n'),
		Limit: h.cfg.Limit, Out: h.cfg.Out, Err: h.cfg.Err,
	}.Run(ctx)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		h.cfg.Failed(fmt.Errorf("%s, run for the message %s: %w", h.cfg.Argv[0], j.message.ID[:min(len(j.message.ID), 6)], err))
	}
}
