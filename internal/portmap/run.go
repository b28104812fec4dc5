package portmap

import (
	"context"
	"crypto/rand"
	"log/slog"
	randv2 "math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// networkPoll is how often the gateway is looked at.
	networkPoll = 5 * time.Second
	// exitWait bounds what the removal of a mapping may cost at the end.
	exitWait = 500 * time.Millisecond
)

// Config is what a Client needs from outside.
type Config struct {
	// Port is the local UDP port that is to be mapped.
	Port uint16
	// Gateway finds the default gateway; invalid: there is none.
	Gateway func() netip.Addr
	Logger  *slog.Logger // nil: silence
}

// Client keeps a port mapped while Run runs.
type Client struct {
	cfg    Config
	log    *slog.Logger
	events chan Event

	mu     sync.Mutex // guards mapper: Run steps it, Status reads
	mapper *Mapper

	// Run's alone:
	links  *links // to the present gateway; nil: none
	mapped func(netip.AddrPort)
}

// NewClient returns a Client; nothing happens before Run.
func NewClient(cfg Config) *Client {
	var nonce [12]byte
	rand.Read(nonce[:])
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	rng := randv2.New(randv2.NewPCG(randv2.Uint64(), randv2.Uint64()))
	return &Client{cfg: cfg, log: cfg.Logger, events: make(chan Event, 16), mapper: NewMapper(cfg.Port, rng, nonce)}
}

// Status tells how it stands. It may be called at any time.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mapper.Status(time.Now())
}

// Checked says whether a packet from outside came through the mapping of an
// address. It may be called at any time, and does not wait.
func (c *Client) Checked(addr netip.AddrPort, works bool) {
	select {
	case c.events <- Checked{addr, works}:
	default: // it will be said again
	}
}

// Run keeps the port mapped until ctx ends, and then takes the mapping away,
// for which it waits half a second at most. mapped is told the outside address
// that leads to the port, or an invalid one: none any more; it must not block.
func (c *Client) Run(ctx context.Context, mapped func(netip.AddrPort)) {
	c.mapped = mapped
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer c.close()
	defer cancel()
	poll := time.NewTicker(networkPoll)
	defer poll.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	c.lookAround(inner)
	done, exit := ctx.Done(), (<-chan time.Time)(nil)
	for {
		c.mu.Lock()
		at, stopped := c.mapper.NextDeadline(), c.mapper.Stopped()
		c.mu.Unlock()
		if stopped {
			return
		}
		wait := time.Hour
		if !at.IsZero() {
			wait = max(time.Until(at), time.Millisecond)
		}
		timer.Reset(wait)
		select {
		case <-done:
			done, exit = nil, time.After(exitWait)
			c.step(inner, Stop{})
		case <-exit:
			c.log.Debug("the router did not confirm the end of the port mapping; it ends with its lease")
			return
		case ev := <-c.events:
			c.step(inner, ev)
		case <-poll.C:
			if done != nil {
				c.lookAround(inner)
			}
		case <-timer.C:
			c.step(inner, Timer{})
		}
	}
}

func (c *Client) close() {
	if c.links != nil {
		c.links.close()
	}
}

// lookAround finds the gateway. Another one, or another address of our own
// towards it, means another network.
func (c *Client) lookAround(ctx context.Context) {
	n := Network{Gateway: c.cfg.Gateway()}
	if n.Gateway.Is4() {
		n.Local = localTowards(n.Gateway)
	}
	if !n.Local.IsValid() {
		n = Network{}
	}
	if c.links != nil && c.links.net == n {
		return
	}
	c.close()
	c.links = nil
	if n.Gateway.IsValid() {
		var err error
		if c.links, err = open(n, c.events); err != nil {
			c.log.Debug("the router cannot be asked for a port mapping", "error", err)
			n = Network{}
		}
	}
	c.step(ctx, n)
}

// localTowards is the address from which packets leave for an address; no
// packet is sent for that.
func localTowards(to netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, controlPort)))
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// step runs the mapper and does what it wants. A packet that cannot be sent is
// a lost packet: the mapper repeats.
func (c *Client) step(ctx context.Context, ev Event) {
	c.mu.Lock()
	if ev, ok := ev.(Checked); ok {
		c.log.Debug("port mapping seen from outside", "address", ev.Addr, "works", ev.Works)
	}
	acts := append([]Action(nil), c.mapper.Step(time.Now(), ev)...)
	c.mu.Unlock()
	for _, a := range acts {
		switch a := a.(type) {
		case Mapped:
			c.log.Debug("port mapping", "outside", a.Addr)
			c.mapped(a.Addr)
		case SendControl:
			if c.links != nil {
				_, _ = c.links.control.Write(a.Packet)
			}
		case Search:
			if c.links != nil {
				c.links.search(a.Packet)
			}
		case Request:
			if c.links != nil {
				c.links.request(ctx, a)
			}
		}
	}
}
