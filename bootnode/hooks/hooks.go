package hooks

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Most is how many commands and URLs there may be of each.
const Most = 4

const (
	queued    = 16               // events that may wait for each hook
	polling   = time.Second      // between two looks at the counts
	allowed   = 10 * time.Second // for a command, or for one attempt to post
	farewell  = 5 * time.Second  // for the last events once the bootnode stops
	complains = time.Minute      // between two lines of the log about one hook
)

// Config says who is told.
type Config struct {
	Commands [][]string // program and arguments, at most Most
	URLs     []string   // http or https, at most Most
	Path     string     // PATH of the commands, which get no other variable of this process
	Counts   func() Counts
	Logger   *slog.Logger
}

// Hooks runs commands and posts. It must be Run.
type Hooks struct {
	cfg     Config
	watch   Watch
	hooks   []*hook
	dropped atomic.Uint64
}

// hook is one command or URL.
type hook struct {
	name  string // in the log: URLs may hold secrets
	tell  func(ctx context.Context, e Event, body []byte) error
	queue chan Event
	last  time.Time // a line about it; the worker's own
}

// New prepares hooks. The error says which option is at fault.
func New(cfg Config) (*Hooks, error) {
	if len(cfg.Commands) > Most || len(cfg.URLs) > Most {
		return nil, fmt.Errorf("at most %d commands and %d URLs can be told of events", Most, Most)
	}
	h := &Hooks{cfg: cfg}
	for i, argv := range cfg.Commands {
		if len(argv) == 0 {
			return nil, fmt.Errorf("hook %d has no command", i+1)
		}
		h.add(fmt.Sprintf("hook %d", i+1), program(argv, cfg.Path))
	}
	for i, url := range cfg.URLs {
		h.add(fmt.Sprintf("webhook %d", i+1), webhook(url))
	}
	return h, nil
}

func (h *Hooks) add(name string, tell func(context.Context, Event, []byte) error) {
	h.hooks = append(h.hooks, &hook{name: name, tell: tell, queue: make(chan Event, queued)})
}

// Dropped is how many events were lost: a queue was full, or the hook failed.
func (h *Hooks) Dropped() uint64 { return h.dropped.Load() }

// Run tells of what happens until ctx ends, and then of the stop. It returns
// when the hooks have heard of that, or after a moment.
func (h *Hooks) Run(ctx context.Context) {
	workCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var workers sync.WaitGroup
	for _, k := range h.hooks {
		workers.Go(func() { h.work(workCtx, k) })
	}
	h.tell(event(Start, time.Now(), h.cfg.Counts()))
	tick := time.NewTicker(polling)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, e := range h.watch.Step(time.Now(), h.cfg.Counts()) {
				h.tell(e)
			}
			continue
		case <-ctx.Done():
		}
		break
	}
	h.tell(event(Stop, time.Now(), h.cfg.Counts()))
	for _, k := range h.hooks {
		close(k.queue)
	}
	end := time.AfterFunc(farewell, cancel)
	defer end.Stop()
	workers.Wait()
}

// tell puts an event into the queues. It never waits.
func (h *Hooks) tell(e Event) {
	for _, k := range h.hooks {
		select {
		case k.queue <- e:
		default:
			h.dropped.Add(1)
		}
	}
}

// work tells one hook of one event after the other.
func (h *Hooks) work(ctx context.Context, k *hook) {
	for e := range k.queue {
		body, err := json.Marshal(e)
		if err == nil {
			err = k.tell(ctx, e, body)
		}
		if err == nil {
			continue
		}
		h.dropped.Add(1)
		if now := time.Now(); k.last.IsZero() || now.Sub(k.last) >= complains {
			k.last = now
			h.cfg.Logger.Warn("an event could not be told; see that the command or URL of the hook works", "hook", k.name, "event", string(e.Kind), "error", err)
		}
	}
}
