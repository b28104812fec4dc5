package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/wire"
)

const (
	adminSocket  = "admin.sock"
	defaultDrain = 15 * time.Second
	defaultKick  = time.Minute
	mostRooms    = 1000 // that are listed
	mostSessions = 10_000
)

// operator is what the operator of a running bootnode can do.
type operator struct {
	env     Env
	home    *profile.Bootnode
	key     crypto.RunPublic
	level   *slog.LevelVar
	log     *slog.Logger
	started time.Time
	tls     *certificate   // nil: none
	linked  *engine.Engine // nil: this bootnode works alone
	mail    *post          // nil: there is no mailbox
	srv     *bootnode.Server

	mu      sync.Mutex    // held while anything is changed
	first   config.Config // as of the start
	cfg     config.Config
	bans    *banFile
	invited bootnode.Invitations
	motd    string
	allowed []crypto.NodeID // who may come, banned or not
}

// newOperator reads what the operator has decided so far.
func newOperator(cfg config.Config, env Env, home *profile.Bootnode, key crypto.RunPublic, level *slog.LevelVar, log *slog.Logger) (*operator, error) {
	o := &operator{env: env, first: cfg, cfg: cfg, home: home, key: key, level: level, log: log, started: time.Now()}
	var err error
	if o.invited, err = o.readInvitations(cfg); err != nil {
		return nil, err
	}
	if o.motd, err = readMOTD(cfg); err != nil {
		return nil, err
	}
	if o.bans, err = openBans(home, log); err != nil {
		return nil, err
	}
	if cfg.TLSCert != "" {
		o.tls = &certificate{certFile: cfg.TLSCert, keyFile: cfg.TLSKey, log: log}
	}
	return o, nil
}

// adminSocketPath is where the commands meet the bootnode; "": nowhere.
func adminSocketPath(cfg config.Config, dir string) string {
	switch {
	case cfg.Operating.AdminSockOff:
		return ""
	case cfg.Operating.AdminSock != "":
		return cfg.Operating.AdminSock
	}
	return filepath.Join(dir, adminSocket)
}

// banTick is how often it is looked whether another bootnode's ban is over.
const banTick = 10 * time.Second

// serve takes commands for a server until stop, which waits for those that are
// being done. A place that was given and cannot be used is an error; the default
// one is only a loss.
func (o *operator) serve(srv *bootnode.Server) (stop func(), err error) {
	o.srv = srv
	if o.allowed, err = o.readAllowed(o.cfg); err != nil {
		return nil, err
	}
	o.allow()
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	stop = func() { cancel(); tasks.Wait() }
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	tasks.Go(func() {
		defer signal.Stop(hangups)
		tick := time.NewTicker(banTick)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				o.mu.Lock()
				o.allow()
				o.mu.Unlock()
			case <-hangups:
				if _, err := o.reload(ctx); err != nil {
					o.log.Error("the settings stay as they were", "error", err)
				}
			}
		}
	})
	path := adminSocketPath(o.cfg, o.home.Dir())
	if path == "" {
		return stop, nil
	}
	l, err := admin.Listen(path)
	switch {
	case err == nil:
		tasks.Go(func() { admin.Serve(ctx, l, o.do) })
	case o.cfg.Operating.AdminSock != "":
		stop()
		return nil, o.cfg.Unusable("admin-sock", err)
	default:
		o.log.Warn("gochat bootnode status and the other commands cannot reach this process", "error", err)
	}
	return stop, nil
}

// do is an admin.Handler.
func (o *operator) do(ctx context.Context, r admin.Request) (any, error) {
	switch r.Cmd {
	case admin.Status:
		return o.status(), nil
	case admin.Peers:
		return o.peers(), nil
	case admin.Rooms:
		return o.rooms(ctx, r.Room)
	case admin.Bans:
		return o.listBans(), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch r.Cmd {
	case admin.Kick, admin.Ban:
		return o.ban(ctx, r)
	case admin.Unban:
		return o.unban(ctx, r)
	case admin.Notice:
		return o.notice(ctx, r)
	case admin.MOTD:
		return o.setMOTD(ctx, r)
	case admin.Drain:
		return o.drain(ctx, r)
	case admin.Reload:
		return o.reloadHeld(ctx)
	}
	return nil, admin.Usage("there is no command %q", r.Cmd)
}

func (o *operator) status() admin.StatusResult {
	s, l := o.srv.Stats(), o.srv.Limits()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	o.mu.Lock()
	bans, invited := o.bans.count(time.Now()), o.invited != nil
	o.mu.Unlock()
	r := admin.StatusResult{
		Version: Version(), Key: o.key.String(), Started: o.started.UTC(), UptimeS: int64(time.Since(o.started).Seconds()),
		Members: s.Members, Rooms: s.Rooms, Streams: s.Streams, Bans: bans, InviteOnly: invited, MOTD: o.srv.MOTD() != "",
		Joined: s.Joined, Left: s.Left, TimedOut: s.TimedOut, Dismissed: s.Dismissed, Refused: s.Refused,
		Received: s.Received, Sent: s.Sent, SendErrors: s.SendErrors, Relayed: s.Relayed, RelayBytes: s.RelayedBytes,
		Drops: map[string]uint64{},
		Limits: admin.Limits{
			Members: l.Members, PerRoom: l.MembersPerRoom, PerIP: l.MembersPerAddress, PerPrefix: l.MembersPerNetwork, Rooms: l.Rooms,
			RelayRate: l.RelayRate, RelayTotal: l.RelayTotal, RelayQuota: l.RelayQuota,
		},
		MemoryByte: mem.Sys - mem.HeapReleased, HeapBytes: mem.HeapAlloc,
	}
	for _, d := range bootnode.DropReasons() {
		r.Drops[d.String()] = s.Dropped(d)
	}
	if at := o.srv.Draining(); !at.IsZero() {
		at = at.UTC()
		r.Draining = &at
	}
	r.Mailbox, r.Links = o.mailbox(), o.links()
	return r
}

func (o *operator) notice(ctx context.Context, r admin.Request) (any, error) {
	if r.Text == nil {
		return nil, admin.Usage("a notice needs a text")
	}
	n, err := o.srv.Notify(ctx, *r.Text, r.Room)
	if err != nil {
		return nil, usage(err)
	}
	return admin.TextResult{Text: *r.Text, Members: n}, nil
}

// usage makes an error about an argument of what only a server can tell.
func usage(err error) error {
	if errors.Is(err, bootnode.ErrStopped) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return admin.Usage("%v", err)
}

func (o *operator) setMOTD(ctx context.Context, r admin.Request) (any, error) {
	if r.Text != nil {
		if err := o.srv.SetMOTD(ctx, *r.Text); err != nil {
			return nil, usage(err)
		}
	}
	x := admin.TextResult{Text: o.srv.MOTD()}
	if x.Text != "" {
		x.Members = o.srv.Stats().Members
	}
	return x, nil
}

func (o *operator) drain(ctx context.Context, r admin.Request) (any, error) {
	if r.Cancel {
		was, err := o.srv.CallOff(ctx)
		if err == nil && !was {
			err = errors.New("the bootnode is not about to stop")
		}
		return admin.DrainResult{Members: o.srv.Stats().Members, Elsewhere: []string{}}, err
	}
	in := time.Duration(r.In) * time.Second
	if in == 0 {
		in = defaultDrain
	}
	if in > time.Hour {
		return nil, admin.Usage("a bootnode stops within an hour at most")
	}
	elsewhere, err := parseAlternatives(r.To)
	if err != nil {
		return nil, err
	}
	elsewhere = o.neighbours(elsewhere)
	if err := o.srv.Drain(ctx, in, elsewhere); err != nil {
		return nil, err
	}
	until := time.Now().Add(in).UTC()
	x := admin.DrainResult{Until: &until, Members: o.srv.Stats().Members, Elsewhere: []string{}}
	for _, a := range elsewhere {
		x.Elsewhere = append(x.Elsewhere, a.Address)
	}
	return x, nil
}

// parseAlternatives reads HOST:PORT or HOST:PORT/KEY, and URLs of WebSockets.
func parseAlternatives(list []string) (out []wire.Alternative, err error) {
	for _, s := range list {
		a := wire.Alternative{Address: s}
		if i := strings.LastIndexByte(s, '/'); i >= 0 {
			if k, err := crypto.ParsePublicKey(s[i+1:]); err == nil && !k.IsZero() {
				a = wire.Alternative{Address: s[:i], Key: crypto.RunPublic(k)}
			}
		}
		if !config.IsBootnode(a.Address) || !wire.ValidAlternative(a.Address) {
			return nil, admin.Usage("%q is not HOST:PORT or HOST:PORT/KEY", s)
		}
		out = append(out, a)
	}
	if len(out) > wire.MaxAlternatives {
		return nil, admin.Usage("%d other bootnodes are more than the %d members are told of", len(out), wire.MaxAlternatives)
	}
	return out, nil
}
