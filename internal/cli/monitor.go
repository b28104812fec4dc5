package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/bootnode/hooks"
	"gochat/bootnode/monitor"
	"gochat/internal/config"
)

// watched runs a bootnode beside what tells the operator how it does. linked is
// nil if it works alone.
func watched(ctx context.Context, cfg config.Config, env Env, srv *bootnode.Server, linked *engine.Engine, mail *post, log *slog.Logger) error {
	mesh := meshCounts(cfg, linked)
	h, err := hooks.New(hooks.Config{
		Commands: cfg.Monitor.Hooks, URLs: cfg.Monitor.Webhooks, Path: env.Getenv("PATH"), Logger: log,
		Counts: func() hooks.Counts {
			c := hooks.Counts{Stats: srv.Stats()}
			if mesh != nil {
				m := mesh()
				c.Links, c.LinksLost, c.Loops = m.Links, m.LinksLost, m.Loops
			}
			return c
		},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	if at := cfg.Monitor.Listen; at != "" {
		l, err := net.Listen(tcpOf(at), at)
		if err != nil {
			return fmt.Errorf("cannot show metrics on TCP %s: %w (is another program there? choose another with --metrics-listen)", at, err)
		}
		ready := readiness(srv, mesh, time.Now())
		log.Info("metrics and health are shown", "address", l.Addr(), "pprof", cfg.Monitor.Profile)
		beside.Go(func() {
			// Members are served all the same.
			if err := monitor.Serve(ctx, l, monitor.Config{
				Version: Version(), Stats: srv.Stats, Mesh: mesh, Mail: mail.counts(), Ready: ready, Dropped: h.Dropped, Profile: cfg.Monitor.Profile,
			}); err != nil {
				log.Error("metrics and health are not shown any more; restart the bootnode to have them again", "error", err)
			}
		})
	}
	if len(cfg.Monitor.Hooks)+len(cfg.Monitor.Webhooks) > 0 {
		beside.Go(func() { h.Run(ctx) })
	}
	tell := notifier(env.Getenv, log)
	tell("READY=1")
	stop := context.AfterFunc(ctx, func() { tell("STOPPING=1") })
	defer stop()
	return srv.Run(ctx)
}

// meshCounts tells of the links to other bootnodes; nil: there are none to be.
func meshCounts(cfg config.Config, linked *engine.Engine) func() monitor.Mesh {
	if !cfg.Federation.On() {
		return nil
	}
	return func() monitor.Mesh {
		st := linked.Stats()
		return monitor.Mesh{
			Links: st.Links, LinksLost: st.LinksLost, Loops: st.Loops, Refused: st.Refused, Missing: st.Missing,
			Strangers: st.Strangers, Overasked: st.Overasked,
			SlowConsumers: st.SlowConsumers + st.Overruns, Disconnects: st.Disconnects, PresenceDropped: st.PresenceDropped,
			FramesDropped: st.FramesDropped, Unheard: st.Unheard, FramesLost: st.FramesLost,
		}
	}
}

// linking is how long a bootnode waits for another before it is ready alone:
// the last one of a cluster must be.
const linking = 15 * time.Second

// readiness is when newcomers should come: the bootnode takes them and its
// links, if it is to have any, stand or had the time to.
func readiness(srv *bootnode.Server, mesh func() monitor.Mesh, started time.Time) func() error {
	return func() error {
		if err := srv.Ready(); err != nil {
			return err
		}
		if mesh != nil && time.Since(started) < linking && mesh().Links == 0 {
			return errors.New("no other bootnode is reached yet")
		}
		return nil
	}
}
