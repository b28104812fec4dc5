package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/internal/portmap"
	"gochat/internal/text"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/internal/wsconn"
	"gochat/peer"
)

const (
	// doctorFor bounds an examination, doctorLeast is what it takes for answers
	// that nobody counts on.
	doctorFor   = 4500 * time.Millisecond
	doctorLeast = time.Second
	doctorLook  = 50 * time.Millisecond
	// surveyFor is what a closer look at a NAT takes, and a router to forward a
	// port; where there is none, it is not waited for.
	surveyFor = 3500 * time.Millisecond
	// maxStreamWords bounds what is told of a failure, some of which others say.
	maxStreamWords = 300
)

// runDoctor examines the network as a member of a room of its own, of which
// nobody knows, with a key of its own: nothing is written, and a gochat that runs
// is not disturbed.
func runDoctor(ctx context.Context, cfg config.Config, env Env) int {
	warn(cfg, env)
	d, refused, err := examine(ctx, cfg, env)
	if err != nil {
		return fail(env.Err, err)
	}
	if cfg.UI == config.JSON {
		line, err := jsonio.Doctor(d, time.Now())
		if err != nil {
			return fail(env.Err, err)
		}
		_, err = env.Out.Write(line)
		if err != nil {
			return fail(env.Err, err)
		}
	} else if code := say(env.Out, front.DoctorText(d)); code != ExitOK {
		return code
	}
	switch {
	case refused:
		return ExitKey
	case !front.Reaches(d):
		return ExitUnreachable
	}
	return ExitOK
}

// examine looks at the network. refused: a bootnode has another key than the
// one given.
func examine(ctx context.Context, cfg config.Config, env Env) (d peer.Diagnosis, refused bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, doctorFor)
	defer cancel()
	id, err := crypto.NewIdentity()
	if err != nil {
		return d, false, err
	}
	sock, err := udp.Listen(":0")
	if err != nil {
		return d, false, fmt.Errorf("cannot open a UDP port: %w", err)
	}
	c := &client{cfg: cfg, env: env, log: slog.New(slog.DiscardHandler)}
	// Bootnodes are asked as STUN servers before they have answered otherwise, so
	// that silence shows.
	servers := slices.Concat(cfg.STUN, slices.DeleteFunc(slices.Clone(cfg.Bootnodes), config.IsURL))
	settings := peer.Config{
		Identity: id, RunNumber: 1, Socket: sock, OpenSocket: openSocket, STUN: servers, DialWS: dialer(env.Getenv), Unattended: true,
	}
	if cfg.RelayOnly {
		settings.Disclose, settings.STUN, settings.TCPOnly = peer.ToNobody, nil, tcpOnly(cfg, wsconn.ProxiesFrom(env.Getenv))
	}
	if !cfg.NoPortMap && !cfg.RelayOnly {
		c.ports = portmap.NewClient(portmap.Config{Port: sock.LocalAddr().Port(), Gateway: udp.DefaultGateway, Logger: c.log})
		settings.PortMap = c.ports
	}
	n, err := peer.New(settings)
	if err != nil {
		sock.Close()
		return d, false, err
	}
	var e0 crypto.EpochKey
	rand.Read(e0[:])
	if _, err := n.Join(peer.RoomConfig{Name: "doctor", Keys: crypto.NewRoomKeys(e0), Silent: true}); err != nil {
		sock.Close()
		return d, false, err
	}
	var tasks sync.WaitGroup
	nodeCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	tasks.Go(func() { err = n.Run(nodeCtx) })
	tasks.Go(func() {
		for e := range n.Events() {
			if x, is := e.(peer.Notice); is && x.Code == peer.CodeBootnodeKey {
				refused = true
			}
		}
	})
	streams := lookAtStreams(ctx, cfg.Bootnodes, env.Getenv)
	_ = n.SetBootnodes(c.doctorBootnodes()) // an error: the node has ended, and says why
	d = watchDiagnosis(ctx, func() peer.Diagnosis { return c.diagnose(n) }, streams.ready, c.portSettled)
	streams.fill(d.Bootnodes)
	for i := range d.Bootnodes {
		if b := &d.Bootnodes[i]; b.State == peer.BootnodeConnecting {
			b.State, b.Reason = peer.BootnodeUnreachable, "no answer"
			if b.StreamOnly() && b.TCPWhat != "" {
				b.Reason = b.TCPWhat
			}
		}
	}
	stop()
	tasks.Wait()
	return d, refused, err
}

// doctorBootnodes are the named ones; without a profile nothing is known of
// their keys.
func (c *client) doctorBootnodes() (out []peer.Bootnode) {
	for _, a := range c.cfg.Bootnodes {
		out = append(out, peer.Bootnode{Address: a, Key: c.cfg.BootnodeKey, Token: c.cfg.BootnodeToken, Strict: c.cfg.BootnodeKey != [32]byte{}})
	}
	return out
}

// watchDiagnosis looks until everything is settled, or ctx ends. mapped is not
// waited for as long as ready.
func watchDiagnosis(ctx context.Context, look func() peer.Diagnosis, ready, mapped func() bool) (d peer.Diagnosis) {
	began := time.Now()
	again := time.NewTicker(doctorLook)
	defer again.Stop()
	for {
		d = look()
		if took := time.Since(began); ready() && settled(d) && (surveyed(d) && mapped() || took >= surveyFor) && took >= doctorLeast {
			return d
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return look()
		}
	}
}

// settled reports whether nothing is being waited for.
func settled(d peer.Diagnosis) bool {
	for _, b := range d.Bootnodes {
		if b.State == peer.BootnodeConnecting || b.State == peer.BootnodeRegistered && b.RTT == 0 {
			return false
		}
	}
	for _, s := range d.Servers {
		if s.Observed == "" {
			return false
		}
	}
	return len(d.Servers) > 0 || len(d.Bootnodes) == 0 || d.Disclose == peer.ToNobody
}

// portSettled reports whether it is known what the router does for us.
func (c *client) portSettled() bool {
	if c.ports == nil {
		return true
	}
	s := c.ports.Status()
	return s.Protocol == portmap.None && !s.Seeking || s.Verified != portmap.Unknown || s.DoubleNAT
}

// surveyed reports whether all is known of the NAT, or there is none to be
// looked at.
func surveyed(d peer.Diagnosis) bool {
	return d.Mapping == peer.MappingNone || d.UDP != peer.Yes || d.Filtering != peer.FilteringUnknown && d.Hairpin != peer.Unknown
}

// diagnose is what a node knows, and what is known beside it.
func (c *client) diagnose(n *peer.Node) peer.Diagnosis {
	d := n.Diagnose()
	if c.ports != nil {
		s := c.ports.Status()
		d.PortMap, d.PortOpen = s.String(), s.Protocol != portmap.None
		d.PortAsked = !d.PortOpen && s.Seeking
	}
	d.Proxy, d.Isolated = proxyVariable(c.env.Getenv), udp.Isolated()
	return d
}

// streams are looks at what answers by TCP at bootnodes' addresses.
type streams struct {
	done  chan struct{}
	mu    sync.Mutex
	found map[string]streamLook
}

// streamLook is what was found at one.
type streamLook struct {
	what peer.TCPAnswer
	why  *wsconn.Failure // nil: it works
}

func lookAtStreams(ctx context.Context, bootnodes []string, getenv func(string) string) *streams {
	s := &streams{done: make(chan struct{}), found: map[string]streamLook{}}
	d := &wsconn.Dialer{Limits: wsconn.Limits{Packet: wire.MaxPacket}, Proxies: wsconn.ProxiesFrom(getenv)}
	var looks sync.WaitGroup
	for _, address := range bootnodes {
		looks.Go(func() {
			conn, err := d.Dial(ctx, peer.StreamURLs(address)[0]) // there is one: addresses have a port here
			look := streamLook{what: peer.TCPSilent}
			switch {
			case err == nil:
				look.what = peer.TCPWorks
				conn.Close()
			case errors.Is(err, wsconn.ErrForeign):
				look.what = peer.TCPForeign
			}
			errors.As(err, &look.why)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.found[address] = look
		})
	}
	go func() { looks.Wait(); close(s.done) }()
	return s
}

func (s *streams) ready() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// fill notes what was found; of those still looked at nothing.
func (s *streams) fill(list []peer.BootnodeView) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range list {
		b := &list[i]
		look, is := s.found[b.Address]
		if !is || b.TCP == peer.TCPWorks {
			continue // a registration over TCP tells more
		}
		b.TCP = look.what
		if look.why != nil {
			b.TCPWhat, b.TCPDo = text.Clean(look.why.What, maxStreamWords), look.why.Do
		}
	}
}
