package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/portmap"
	"gochat/internal/profile"
	"gochat/internal/udp"
	"gochat/internal/wsconn"
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
	letTyped func() // ends keepTyped; nil: no full screen is to come
	profile  *profile.Profile
	notices  []profile.Notice
	number   uint64 // of this run
	history  *history
	sending  *sending        // nil: a front runs
	detached *detached       // nil: it is not in the background
	hooked   *hooked         // nil: it is not for gochat on
	deaf     error           // why other processes cannot take part
	ports    *portmap.Client // nil: not wanted
	node     *peer.Node
	session  *session
}

func openClient(cfg config.Config, env Env) (*client, error) {
	if err := cfg.NeedRoom(); err != nil {
		return nil, err
	}
	c := &client{cfg: cfg, env: env, ui: chooseUI(cfg.UI, env), closeLog: func() {}}
	if cfg.Detach {
		c.detached = inBackground(env)
	}
	if c.shownAtOnce() {
		c.letTyped = keepTyped(env.In)
	}
	if err := c.open(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// open opens everything; what is open when it fails is for close.
func (c *client) open() error {
	dir, explicit, err := dataDir(c.cfg, c.env)
	if err != nil {
		return err
	}
	if c.profile, c.notices, err = profile.Open(dir, explicit, c.passphrase()); err != nil {
		return err
	}
	if err := c.openLog(); err != nil {
		return err
	}
	if c.cfg.Nick == "" {
		c.cfg.Nick = c.profile.OwnNick()
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
	sock, err := udp.Lasting(uint16(c.cfg.Port), func(port uint16) (udp.Conn, error) { return udp.Listen(fmt.Sprintf(":%d", port)) })
	if err != nil {
		return fmt.Errorf("cannot open UDP port %d: %w (another program may use it; 0 takes any free port)", c.cfg.Port, err)
	}
	cfg := peer.Config{
		Identity: c.profile.Identity(), RunNumber: c.number, Unattended: c.sending != nil, Nick: c.cfg.Nick, Socket: sock,
		OpenSocket: openSocket, NoBirthday: c.cfg.NoBirthday,
		Typing: typingUse(c.cfg.Typing), Meta: c.history.meta(), OpenStore: c.history.conversation, Retention: c.history.retention(""),
		Names: pins{c.profile, c.log}, Disclose: disclosure(c.cfg), STUN: c.cfg.STUN, OnBootnodeKey: c.pinBootnode, OnUnregistered: c.unregistered, Logger: c.log,
	}
	if !c.cfg.NoPortMap && !c.cfg.RelayOnly && c.sending == nil { // who only sends is gone too soon
		c.ports = portmap.NewClient(portmap.Config{Port: sock.LocalAddr().Port(), Gateway: udp.DefaultGateway, Logger: c.log})
		cfg.PortMap = c.ports
	}
	cfg.DialWS, cfg.TCPOnly = dialer(c.env.Getenv), tcpOnly(c.cfg, wsconn.ProxiesFrom(c.env.Getenv))
	c.node, err = peer.New(cfg)
	if err != nil {
		sock.Close()
		return err
	}
	c.session = newSession(c)
	if err := c.joinFirst(); err != nil {
		c.session.stop()
		sock.Close()
		return err
	}
	switch {
	case c.sending == nil:
		c.session.restore()
	case c.seeks() && len(c.cfg.Rooms) == 0:
		c.enterRemembered()
	}
	return nil
}

// disclosure is to whom addresses are shown.
func disclosure(cfg config.Config) peer.Disclosure {
	switch {
	case cfg.RelayOnly:
		return peer.ToNobody
	case cfg.Direct == config.DirectVerified:
		return peer.ToVerified
	}
	return peer.ToEverybody
}

// typingUse is what is told of writing.
func typingUse(t config.Typing) peer.TypingUse {
	use, _ := front.ParseTyping(string(t))
	return use
}

// proxyVariable is the variable that names a proxy for TCP; "": none does.
func proxyVariable(getenv func(string) string) string {
	switch p := wsconn.ProxiesFrom(getenv); {
	case p.HTTPS != "":
		return "HTTPS_PROXY"
	case p.All != "":
		return "ALL_PROXY"
	}
	return ""
}

// passphrase is as of the commands, but a program that drives gochat by JSON is
// not asked at a terminal that happens to be there.
func (c *client) passphrase() profile.Passphrase {
	if c.detached != nil && c.cfg.PassphraseFile == "" {
		return c.detached.passphrase()
	}
	if c.ui == config.JSON && c.cfg.PassphraseFile == "" {
		return nil
	}
	return passphrase(c.cfg, c.env)
}

// unregistered is told by the node.
func (c *client) unregistered(room, bootnode string) { c.session.unregistered(room, bootnode) }

func (c *client) close() {
	if c.letTyped != nil {
		c.letTyped()
	}
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
	if c.detached != nil && c.cfg.LogFile == "" {
		l, err := c.detached.openLog(c.profile.Dir())
		if err != nil {
			return c.cfg.Unusable("log-file", err)
		}
		c.cfg.LogFile, c.log, c.closeLog = l.path, newLog(c.cfg, l, c.cfg.LogLevel), func() { l.Close() }
		return nil
	}
	if c.ui == config.TUI && c.detached == nil && c.cfg.LogFile == "" {
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

// run runs node and front until one of them ends, and returns the exit code.
func (c *client) run(ctx context.Context) (code int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nodeCtx, stopNode := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNode()
	var tasks sync.WaitGroup
	lanCtx, stopLAN := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLAN()
	c.session.end = cancel
	c.runHooks(ctx, &tasks) // which are told all from the first event on
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
	if c.sending == nil {
		tasks.Go(func() { c.tellOutlook(nodeCtx, sess) })
	}
	shownCtx, leave := context.WithCancel(ctx)
	defer leave()
	if c.deaf = c.openDoors(nodeCtx, shownCtx, &tasks); c.deaf != nil {
		c.log.Warn("gochat send, attach and others cannot reach this process", "error", c.deaf)
	}
	if len(c.cfg.Bootnodes) == 0 {
		sess.lookAround(lanCtx)
	} else {
		_ = c.node.SetBootnodes(c.bootnodes()) // an error: the node has ended, and says why
	}
	tasks.Go(func() { sess.joinRest(shownCtx) })
	delivery, err := c.runFront(ctx, sess)
	leave() // terminals that have attached
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
	case s.keyRefused.Load() && c.sending != nil: // which has shown nothing so far
		fmt.Fprintln(w, "gochat: not sent:", s.keyNotice.Load())
		return ExitKey
	case s.keyRefused.Load():
		where := "the one given with --bootnode-key; see above, or ask its operator"
		if c.cfg.Invited != nil && c.cfg.BootnodeKey == [32]byte{} {
			where = "the invite names: somebody may be in between, or the bootnode was set up anew; see above, and ask who invited you for a new invite"
		}
		fmt.Fprintln(w, "gochat: the bootnode has another key than "+where)
		return ExitKey
	case !s.answered() && !s.unasked:
		fmt.Fprintln(w, "gochat: "+s.refusal())
		return ExitUnreachable
	case !d.OK() && c.sending != nil:
		fmt.Fprintln(w, "gochat: "+c.sending.undelivered(d))
		return ExitNotDelivered
	case !d.OK():
		fmt.Fprintln(w, "gochat: "+undelivered(d))
		return ExitNotDelivered
	}
	return ExitOK
}

// undelivered says how many messages did not get where they should, each in one
// number only.
func undelivered(d front.Delivery) string {
	text := fmt.Sprintf("not delivered: of %d messages", d.Sent)
	if d.Unreached > 0 {
		text += fmt.Sprintf(" %d reached no one", d.Unreached)
	}
	switch {
	case d.Undelivered > 0 && d.Unreached > 0:
		text += fmt.Sprintf(", %d reached some, but not everyone who stayed", d.Undelivered)
	case d.Undelivered > 0:
		text += fmt.Sprintf(" %d did not reach everyone who stayed", d.Undelivered)
	}
	if d.Kept > 0 {
		text += fmt.Sprintf("; %d of them %s", d.Kept, keptWhere(d))
	}
	return text
}

// bootnodes are the named ones with the keys they are expected to have.
func (c *client) bootnodes() (out []peer.Bootnode) {
	for _, a := range c.cfg.Bootnodes {
		b := peer.Bootnode{Address: a, Key: c.cfg.BootnodeKey, Token: c.cfg.BootnodeToken}
		if v := c.cfg.Invited; v != nil && b.Key == (crypto.RunPublic{}) {
			b.Key = v.Keys[a]
		}
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

func (p pins) Verified(key crypto.PublicKey) bool               { return p.profile.Verified(key) }
func (p pins) Verify(folded string, key crypto.PublicKey) error { return p.profile.Verify(folded, key) }
func (p pins) Unverify(key crypto.PublicKey) error              { return p.profile.Unverify(key) }
func (p pins) Ignored(key crypto.PublicKey) bool                { return p.profile.Ignored(key) }
func (p pins) AllIgnored() []crypto.PublicKey                   { return p.profile.AllIgnored() }
func (p pins) Ignore(key crypto.PublicKey, on bool) error       { return p.profile.Ignore(key, on) }
func (p pins) First(folded string) (crypto.PublicKey, bool)     { return p.profile.Nick(folded) }

// openSocket opens a further socket for a hard NAT. There are none of IPv6.
func openSocket(port uint16) (udp.Conn, error) { return udp.Listen(fmt.Sprintf("0.0.0.0:%d", port)) }
