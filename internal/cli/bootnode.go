package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/udp"
)

// bootnodeGCPercent is how much a bootnode's heap may grow over what is in use
// before it is collected. Nearly all of it are members, who stay, and marking
// them is cheap beside their packets: memory is what it runs out of first.
const bootnodeGCPercent = 25

// runBootnode serves until ctx ends.
func runBootnode(ctx context.Context, cfg config.Config, env Env) error {
	if env.Getenv("GOGC") == "" {
		debug.SetGCPercent(bootnodeGCPercent)
	}
	level := &slog.LevelVar{}
	level.Set(cfg.LogLevel)
	log, closeLog, err := openLogAt(cfg, env.Err, level)
	if err != nil {
		return err
	}
	defer closeLog()
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	dir, explicit, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	home, notices, err := profile.OpenBootnode(dir, explicit)
	if err != nil {
		return err
	}
	defer home.Close()
	for _, n := range notices {
		log.Warn(n.Text)
	}
	key, err := crypto.RunKeyFromSeed(home.Seed)
	if err != nil {
		return err
	}
	op, err := newOperator(cfg, env, home, key.Public(), level, log)
	if err != nil {
		return err
	}
	releaseStore, err := claimStore(cfg)
	if err != nil {
		return err
	}
	defer releaseStore()
	linked, err := openEngine(cfg, home.Dir(), log)
	if err != nil {
		return err
	}
	op.linked = linked
	conns, err := listenAll(cfg.Listen)
	if err != nil {
		return err
	}
	streams, secure, err := listenStreams(cfg, conns, log, op.tls)
	if err != nil {
		closeAll(conns)
		return err
	}
	reach, err := udp.Listen(":0")
	if err != nil {
		log.Warn("members are not told whether their routers' port mappings work", "error", err)
		reach = nil
	}
	mail := newMailbox(cfg, linked, log)
	op.mail = mail
	srv, err := bootnode.New(bootnode.Config{
		Mail: mail.asMail(),
		Mesh: meshOf(cfg, linked), Advertise: cfg.Federation.Advertise, Release: release(),
		Conns: conns, STUN: openSTUN(cfg, conns, log), Reach: reach, Key: key, Streams: streams, StreamTLS: secure,
		Heartbeat: cfg.HeartbeatInterval, Timeout: cfg.PeerTimeout, Logger: log,
		Limits: limits(cfg), Invited: op.invited, Bans: op.bans.list(time.Now()), MOTD: op.motd,
	})
	if err != nil {
		closeAll(conns)
		return err
	}
	log.Info("bootnode key", "key", key.Public().String())
	stopOperating, err := op.serve(srv)
	if err != nil {
		closeAll(conns)
		return err
	}
	defer stopOperating()
	return runLinked(ctx, linked, func(ctx context.Context) error {
		return mail.beside(ctx, func(ctx context.Context) error { return watched(ctx, cfg, env, srv, linked, mail, log) })
	})
}

// limits are those of the settings.
func limits(cfg config.Config) bootnode.Limits {
	return bootnode.Limits{
		MembersPerRoom: cfg.MaxMembers, LimitLoopback: cfg.LimitLoopback,
		MembersPerAddress: cfg.Operating.MaxPerIP, MembersPerNetwork: cfg.Operating.MaxPerPrefix, Rooms: cfg.Operating.MaxRooms,
		RelayRate: cfg.Relay.Rate, RelayBurst: cfg.Relay.Burst, RelayTotal: cfg.Relay.Total,
		RelayQuota: cfg.Relay.Quota, QuotaPeriod: cfg.Relay.Period, MailPerNetwork: mailPerNetwork(cfg),
	}
}

func listenAll(addrs []string) ([]udp.Conn, error) {
	var conns []udp.Conn
	for _, a := range addrs {
		c, err := udp.Listen(a)
		if err != nil {
			closeAll(conns)
			return nil, fmt.Errorf("cannot listen on %s: %w (is another bootnode running there? choose another with --listen)", a, err)
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func closeAll(conns []udp.Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// openSTUN opens the second STUN port on each listening host. Without it
// members know a little less of their NAT, so failing is no reason to stop.
func openSTUN(cfg config.Config, conns []udp.Conn, log *slog.Logger) (out []udp.Conn) {
	port := cfg.STUNPort
	if port == 0 {
		port = int(conns[0].LocalAddr().Port()) + 1
	}
	for _, a := range cfg.Listen {
		host, _, err := net.SplitHostPort(a)
		if err != nil || port > 65535 {
			continue
		}
		c, err := udp.Listen(net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			log.Warn("no second STUN port", "address", net.JoinHostPort(host, strconv.Itoa(port)), "error", err)
			continue
		}
		out = append(out, c)
	}
	return out
}

// healthTimeout bounds a health check; the Dockerfile allows a little more.
const healthTimeout = 2500 * time.Millisecond

// healthcheck asks the configured bootnode whether it answers.
func healthcheck(ctx context.Context, cfg config.Config, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	target := cfg.HealthTarget()
	if config.IsURL(target) {
		return &exitError{ExitUsage, fmt.Errorf("%s is for WebSockets, but a health check asks by UDP: name HOST:PORT", target)}
	}
	to, err := net.ResolveUDPAddr("udp", target)
	if err != nil {
		return &exitError{ExitUnreachable, fmt.Errorf("cannot find %s: %w", target, err)}
	}
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	rtt, key, err := bootnode.Check(ctx, conn, to)
	if err != nil {
		return &exitError{ExitUnreachable, fmt.Errorf("%s: %w (is it running, and is UDP port %d open?)", target, err, to.Port)}
	}
	if want := crypto.RunPublic(cfg.BootnodeKey); want != (crypto.RunPublic{}) && key != want {
		return &exitError{ExitKey, fmt.Errorf("%s has the key %s, not %s", target, key, want)}
	}
	_, err = fmt.Fprintf(out, "%s answers after %s, key %s\n", target, rtt.Round(10*time.Microsecond), key)
	return err
}

// dataDir is where profiles live and whether the user named it.
func dataDir(cfg config.Config, env Env) (dir string, explicit bool, err error) {
	if cfg.DataDir != "" {
		return cfg.DataDir, true, nil
	}
	dir, err = profile.Base(env.Getenv)
	return dir, false, err
}

// openLog opens the log named in the settings, or stderr.
func openLog(cfg config.Config, stderr *os.File) (*slog.Logger, func(), error) {
	return openLogAt(cfg, stderr, cfg.LogLevel)
}

// openLogAt is openLog with a level that may change.
func openLogAt(cfg config.Config, stderr *os.File, level slog.Leveler) (*slog.Logger, func(), error) {
	var w io.Writer = stderr
	closeLog := func() {}
	if cfg.LogFile != "" {
		f, err := openAppend(cfg.LogFile)
		if err != nil {
			return nil, nil, cfg.Unusable("log-file", err)
		}
		w, closeLog = f, func() { f.Close() }
	}
	return newLog(cfg, w, level), closeLog, nil
}

// newLog writes a log as it is configured.
func newLog(cfg config.Config, w io.Writer, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
