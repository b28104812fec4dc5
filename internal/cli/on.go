package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hook"
	"gochat/internal/hub"
	"gochat/internal/jsonio"
	"gochat/internal/profile"
	"gochat/internal/text"
)

// runOn runs a command for messages: those of the gochat that has the data
// directory, or as a member of its own if none has. It returns the exit code.
func runOn(ctx context.Context, cfg config.Config, env Env) int {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return fail(env.Err, err)
	}
	limit := hook.DefaultLimit
	if cfg.Given("timeout") {
		limit = cfg.Timeout
	}
	h := &hooked{env: env, on: hook.New(hook.Config{
		Filter: filter(cfg, cfg.From), Argv: cfg.Args, Environ: hookEnviron(env, dir), Max: cfg.Max, Limit: limit,
		Out: env.Out, Err: env.Err, Failed: func(err error) { fmt.Fprintln(env.Err, "gochat:", err) },
	})}
	c := &client{cfg: cfg, env: env, ui: config.JSON, closeLog: func() {}, hooked: h}
	c.cfg.DataDir = dir // this very one: its keys are the ones that were verified
	if profile.InUse(dir) {
		return fail(env.Err, h.beside(ctx, cfg, dir))
	}
	if err := cfg.NeedRoom(); err != nil {
		return fail(env.Err, err)
	}
	if err := c.open(); err != nil {
		c.close()
		if errors.Is(err, profile.ErrInUse) { // by now
			return fail(env.Err, h.beside(ctx, cfg, dir))
		}
		return fail(env.Err, err)
	}
	defer c.close()
	if err := checkVerified(cfg, c.profile.VerifiedAs); err != nil {
		return fail(env.Err, err)
	}
	return c.run(ctx)
}

// checkVerified refuses a nick under which nobody was verified, as send does: the
// command would wait for ever.
func checkVerified(cfg config.Config, verifiedAs func(folded string) (crypto.PublicKey, bool)) error {
	for _, nick := range cfg.From.Verified {
		if _, ok := verifiedAs(text.Fold(nick)); !ok {
			return cfg.Unusable("verified", front.NotVerified(nick))
		}
	}
	return nil
}

// checkVerifiedBeside does so for the profile of another process. One that is
// sealed is not opened for it: that would take the passphrase.
func checkVerifiedBeside(cfg config.Config, dir string) error {
	if len(cfg.From.Verified) == 0 {
		return nil
	}
	p, err := profile.Read(dir, nil)
	if errors.Is(err, profile.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	return checkVerified(cfg, p.VerifiedAs)
}

// filter chooses the messages of those named.
func filter(cfg config.Config, from config.From) hook.Filter {
	f := hook.Filter{Anyone: from.Anyone, AllVerified: from.AllVerified, Verified: from.Verified, Keys: from.Keys, Match: cfg.Match}
	for _, r := range cfg.Rooms {
		if cfg.Given("room") {
			f.Rooms = append(f.Rooms, r.Name)
		}
	}
	return f
}

// hookEnviron is what commands find in their environment besides the message:
// what this process has, but for its secrets, and where to find it again.
func hookEnviron(env Env, dir string) (out []string) {
	for _, v := range config.Harmless(env.Environ) {
		if !strings.HasPrefix(v, hook.Prefix) {
			out = append(out, v)
		}
	}
	return append(out, hook.Prefix+"DATA_DIR="+absolute(dir))
}

// hooked is the front of a member that runs a command for messages.
type hooked struct {
	env Env
	on  *hook.Hook
}

// run is its whole life.
func (h *hooked) run(ctx context.Context, s front.Session) (front.Delivery, error) {
	running, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() { h.on.Run(running) })
	in, nothing := io.Pipe() // nobody types
	defer nothing.Close()
	names := []string{}
	for _, r := range s.Rooms() {
		names = append(names, r.Name())
	}
	h.waiting(names)
	return jsonio.Run(ctx, s, jsonio.Options{In: in, Out: &lineWriter{tell: h.tell}})
}

// tell passes on what is told, and says what nobody else would.
func (h *hooked) tell(line []byte) {
	if remark := jsonio.Remark(line); remark != "" {
		fmt.Fprintln(h.env.Err, "gochat:", remark)
	}
	h.on.Tell(line)
}

func (h *hooked) waiting(rooms []string) {
	fmt.Fprintf(h.env.Err, "waiting for messages in %s\n", strings.Join(rooms, ", "))
}

// beside has the running gochat tell of messages.
func (h *hooked) beside(ctx context.Context, cfg config.Config, dir string) error {
	if err := checkVerifiedBeside(cfg, dir); err != nil {
		return err
	}
	conn, err := hub.DialProgram(dir)
	if err != nil {
		return fmt.Errorf("another gochat uses the profile in %s, and cannot be asked for its messages: %w", dir, err)
	}
	running, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	tasks.Go(func() { h.on.Run(running) })
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		ready, bad := jsonio.ParseReady(lines.Bytes())
		switch {
		case bad != nil:
			return bad
		case ready == nil:
			h.on.Tell(lines.Bytes())
			continue
		}
		if missing := ready.Lacks(filter(cfg, cfg.From).Rooms); missing != "" {
			return fmt.Errorf("the gochat that runs with %s is not in the room %s; join it there (/join %s), or choose another --data-dir", dir, missing, missing)
		}
		h.waiting(ready.Names())
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := lines.Err(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("the running gochat: %w", err)
	}
	return errors.New("the running gochat has ended")
}

// maxEvent bounds a line of events: history is not asked for here.
const maxEvent = 4 << 20

// lineWriter passes on whole lines, without their ends.
type lineWriter struct {
	tell func([]byte)
	rest []byte
}

// Write takes in any part of lines.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		w.tell(line)
		w.rest = append(w.rest[:0], rest...)
	}
}

// runHooks runs the commands of the settings for messages, until ctx ends.
func (c *client) runHooks(ctx context.Context, tasks *sync.WaitGroup) {
	if c.sending != nil || c.hooked != nil {
		return // no front runs
	}
	f := filter(c.cfg, c.cfg.OnMessageFrom)
	f.Rooms, f.Match = nil, nil
	for _, argv := range c.cfg.OnMessage {
		h := hook.New(hook.Config{
			Filter: f, Argv: argv, Environ: hookEnviron(c.env, c.profile.Dir()), Max: hook.DefaultMax, Limit: hook.DefaultLimit,
			Failed: func(err error) { c.log.Warn("a command of --on-message was not done", "error", err) },
		})
		here, there := net.Pipe()
		visit := c.session.guests.Admit(there)
		tasks.Go(func() { visit(ctx) })
		tasks.Go(func() { h.Run(ctx) })
		tasks.Go(func() { _, _ = io.Copy(&lineWriter{tell: h.Tell}, here) })
	}
}
