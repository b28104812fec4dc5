package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hub"
	"gochat/internal/profile"
	"gochat/internal/udp"
	"gochat/peer"
)

// runClient joins a room until the front ends, and returns the exit code.
func runClient(ctx context.Context, cfg config.Config, env Env) int {
	c, err := openClient(cfg, env)
	if err != nil {
		return fail(env.Err, err)
	}
	defer c.close()
	return c.run(ctx)
}

// client is one member's process: everything that was opened for it.
type client struct {
	cfg      config.Config
	env      Env
	ui       config.UI
	log      *slog.Logger
	closeLog func()
	profile  *profile.Profile
	notices  []profile.Notice
	number   uint64 // of this run
	history  *history
	sending  *sending // nil: a front runs
	node     *peer.Node
	session  *session
}

func openClient(cfg config.Config, env Env) (*client, error) {
	if err := cfg.NeedRoom(); err != nil {
		return nil, err
	}
	c := &client{cfg: cfg, env: env, ui: chooseUI(cfg.UI, env), closeLog: func() {}}
	if err := c.open(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// open opens everything; what is open when it fails is for close.
func (c *client) open() error {
	if err := c.openLog(); err != nil {
		return err
	}
	dir, explicit, err := dataDir(c.cfg, c.env)
	if err != nil {
		return err
	}
	if c.profile, c.notices, err = profile.Open(dir, explicit, c.passphrase()); err != nil {
		return err
	}
	if c.cfg.Ephemeral {
		c.profile.KeepNothing()
	}
	if c.number, err = c.profile.NextRun(time.Now()); err != nil {
		return err
	}
	if c.history, err = openHistory(c.profile, c.cfg, c.log); err != nil {
		return err
	}
	sock, err := udp.Listen(fmt.Sprintf(":%d", c.cfg.Port))
	if err != nil {
		return fmt.Errorf("cannot open UDP port %d: %w (another program may use it; 0 takes any free port)", c.cfg.Port, err)
	}
	c.node, err = peer.New(peer.Config{
		Identity: c.profile.Identity(), RunNumber: c.number, Unattended: c.sending != nil, Nick: c.cfg.Nick, Socket: sock,
		Meta: c.history.meta(), OpenStore: c.history.conversation, Retention: c.history.retention(""),
		Names: pins{c.profile, c.log}, OnBootnodeKey: c.pinBootnode, OnUnregistered: c.unregistered, Logger: c.log,
	})
	if err != nil {
		sock.Close()
		return err
	}
	c.session = newSession(c)
	for _, r := range c.cfg.Rooms {
		if _, err := c.session.enter(r.Name, r.Secret); err != nil {
			return fmt.Errorf("cannot join the room %s: %w", r.Name, err)
		}
	}
	switch {
	case c.sending == nil:
		c.session.restore()
	case c.seeks() && len(c.cfg.Rooms) == 0:
		c.enterRemembered()
	}
	return nil
}

// passphrase is as of the commands, but a program that drives gochat by JSON is
// not asked at a terminal that happens to be there.
func (c *client) passphrase() profile.Passphrase {
	if c.ui == config.JSON && c.cfg.PassphraseFile == "" {
		return nil
	}
	return passphrase(c.cfg, c.env)
}

// unregistered is told by the node.
func (c *client) unregistered(room, bootnode string) { c.session.unregistered(room, bootnode) }

func (c *client) close() {
	if err := c.history.close(); err != nil {
		c.log.Warn("closing the history", "error", err)
	}
	if c.profile != nil {
		c.profile.Close()
	}
	c.closeLog()
}

// openLog opens the log; a TUI without a log file keeps none, since it owns
// the screen.
func (c *client) openLog() error {
	if c.ui == config.TUI && c.cfg.LogFile == "" {
		c.log = slog.New(slog.DiscardHandler)
		return nil
	}
	log, closeLog, err := openLog(c.cfg, c.env.Err)
	if err != nil {
		return err
	}
	c.log, c.closeLog = log, closeLog
	return nil
}

// deriveKeys are a room's keys: from the profile's cache, or derived, which
// takes a moment on purpose.
func deriveKeys(p *profile.Profile, name, secret string, log *slog.Logger) *crypto.RoomKeys {
	e0, ok := p.RoomKey(name, secret)
	if !ok {
		e0 = crypto.DeriveEpoch0(name, secret)
		debug.FreeOSMemory() // argon2id's 64 MiB are not needed again
		if err := p.PutRoomKey(name, secret, e0); err != nil {
			log.Warn("the room key is not kept; the next start takes a moment longer", "error", err)
		}
	}
	return crypto.NewRoomKeys(e0)
}

// run runs node and front until one of them ends, and returns the exit code.
func (c *client) run(ctx context.Context) (code int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nodeCtx, stopNode := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNode()
	var tasks sync.WaitGroup
	lanCtx, stopLAN := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLAN()
	var nodeErr error
	tasks.Go(func() {
		defer stopLAN() // after the node's goodbye, which the embedded bootnode may have to carry
		defer cancel()  // a dead node ends the front
		nodeErr = c.node.Run(nodeCtx)
	})
	for _, w := range c.cfg.Warnings {
		c.node.Notify(peer.Notice{Level: peer.Warning, Code: "configuration", Text: w})
	}
	for _, n := range c.notices {
		c.node.Notify(peer.Notice{Level: peer.Info, Code: n.Code, Text: n.Text})
	}
	sess := c.session
	tasks.Go(func() { sess.forward(cancel) })
	tasks.Go(func() { sess.events.Run(sess.quit) })
	tasks.Go(func() { c.history.watch(nodeCtx, c.node.Notify) })
	if l, err := hub.Listen(c.profile.Dir()); err != nil {
		c.log.Warn("gochat send and import cannot reach this process", "error", err)
	} else {
		tasks.Go(func() { sess.guests.Serve(nodeCtx, l) })
	}
	if len(c.cfg.Bootnodes) == 0 {
		sess.lookAround(lanCtx)
	} else if err := c.node.SetBootnodes(c.bootnodes()); err != nil {
		return fail(c.env.Err, err)
	}
	delivery, err := c.runFront(ctx, sess)
	sess.stop()
	if err == nil {
		sess.settle(ctx)
	}
	stopNode()
	tasks.Wait()
	sess.lan.wait()
	if err := errors.Join(nodeErr, err, sess.unreadable()); err != nil {
		return fail(lastWords{c.env.Err}, err)
	}
	return c.exitCode(sess, delivery)
}

// exitCode says how it went: a key that does not match first, then a bootnode
// that was never reached, then messages that were not delivered.
func (c *client) exitCode(s *session, d front.Delivery) int {
	w := lastWords{c.env.Err}
	switch {
	case s.keyRefused.Load():
		fmt.Fprintln(w, "gochat: the bootnode has another key than the one given with --bootnode-key; see above, or ask its operator")
		return ExitKey
	case !s.answered() && !s.unasked:
		fmt.Fprintln(w, "gochat: "+s.refusal())
		return ExitUnreachable
	case !d.OK() && c.sending != nil:
		fmt.Fprintln(w, "gochat: "+c.sending.undelivered(d))
		return ExitNotDelivered
	case !d.OK():
		fmt.Fprintf(w, "gochat: not delivered: of %d messages %d reached no one, %d did not reach everyone who stayed\n",
			d.Sent, d.Unreached, d.Undelivered)
		return ExitNotDelivered
	}
	return ExitOK
}

// bootnodes are the named ones with the keys they are expected to have.
func (c *client) bootnodes() (out []peer.Bootnode) {
	for _, a := range c.cfg.Bootnodes {
		b := peer.Bootnode{Address: a, Key: c.cfg.BootnodeKey}
		if b.Strict = b.Key != (crypto.RunPublic{}); !b.Strict {
			b.Key = c.profile.Bootnode(a)
		}
		out = append(out, b)
	}
	return out
}

// pinBootnode remembers the key of a bootnode that was met.
func (c *client) pinBootnode(address string, key crypto.RunPublic) {
	if err := c.profile.RepinBootnode(address, key); err != nil {
		c.log.Warn("the bootnode's key is not kept", "error", err)
	}
}

// chooseUI settles auto: the TUI needs a terminal on both sides.
func chooseUI(ui config.UI, env Env) config.UI {
	if ui != config.Auto {
		return ui
	}
	if !isTerminal(env.In) || !isTerminal(env.Out) || env.Getenv("TERM") == "dumb" {
		return config.Plain
	}
	return config.TUI
}

// pins is the profile as peer.Names.
type pins struct {
	profile *profile.Profile
	log     *slog.Logger
}

func (p pins) Pin(folded string, key crypto.PublicKey) crypto.PublicKey {
	known, _, err := p.profile.PinNick(folded, key)
	if err != nil {
		p.log.Warn("the key of a nick is not kept", "error", err)
	}
	return known
}

// Verified is false for everyone until keys can be compared.
func (p pins) Verified(crypto.PublicKey) bool { return false }
