package peer

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"gochat/internal/rendezvous"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Stream carries packets over TCP. Send never blocks; Run reads until the end,
// which comes soon after Close.
type Stream interface {
	Run(ctx context.Context, handle func(p []byte)) error
	Send(p []byte) bool
	Close() error
}

// Via is a way to a bootnode, and through its relay to members.
type Via int

// The ways.
const (
	ViaNone Via = iota
	ViaUDP
	ViaTCP // a WebSocket, where UDP gets no answer
)

// String is the word used in the JSON front; "" for none.
func (v Via) String() string { return [...]string{"", "udp", "tcp"}[v] }

func viaOf(v rendezvous.Via) Via {
	if v == rendezvous.TCP {
		return ViaTCP
	}
	return ViaUDP
}

const (
	streamPath = "/gochat"        // of a URL without one
	dialFor    = 30 * time.Second // for an address, through a proxy perhaps
)

// isURL reports whether a bootnode's address is that of a WebSocket: then it is
// not tried by UDP.
func isURL(address string) bool {
	return strings.HasPrefix(address, "ws://") || strings.HasPrefix(address, "wss://")
}

// StreamURLs are the URLs at which a bootnode may take WebSockets: the one that
// was named; else its own port, and 443, which even strict networks let through.
func StreamURLs(address string) []string {
	if isURL(address) {
		if u, err := url.Parse(address); err == nil && (u.Path == "" || u.Path == "/") {
			u.Path = streamPath
			return []string{u.String()}
		}
		return []string{address}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	plain := "ws://" + net.JoinHostPort(host, port) + streamPath
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return []string{plain} // no certificate is for these
	}
	return []string{plain, "wss://" + host + streamPath}
}

// carry does what the carrier wants.
func (b *boot) carry(now time.Time) {
	for _, o := range b.carrier.take() {
		switch o {
		case orderDial:
			b.dial()
		case orderHangUp:
			b.hangUp()
		case orderPreferTCP:
			b.stepAll(now, rendezvous.Prefer{Via: rendezvous.TCP})
		case orderPreferUDP:
			b.stepAll(now, rendezvous.Prefer{Via: rendezvous.UDP})
		}
	}
}

func (b *boot) stepAll(now time.Time, ev rendezvous.Event) {
	for _, g := range slices.Clone(b.regs) {
		g.step(now, ev)
	}
}

// dial opens a connection, beside the loop, and reads it.
func (b *boot) dial() {
	n := b.node
	ctx, cancel := context.WithTimeout(n.ctx, dialFor)
	b.stopDial = cancel
	urls := StreamURLs(b.cfg.Address)
	dial := func(ctx context.Context, url string) (Stream, error) { return n.cfg.DialWS(ctx, url, nil) }
	if x := b.standsFor; x != nil {
		bounds := x.bounds()
		dial = func(ctx context.Context, url string) (Stream, error) { return n.cfg.DialWS(ctx, url, bounds.allow) }
	}
	n.tasks.Go(func() {
		defer cancel()
		s, err := dialFirst(ctx, dial, urls)
		n.mail.put(func(now time.Time) { b.connected(now, s, err) })
		if err != nil {
			return
		}
		// The last words are still written after the end of ctx.
		stop := context.AfterFunc(n.ctx, func() { s.Close() })
		defer stop()
		err = s.Run(context.WithoutCancel(n.ctx), func(p []byte) { b.onStream(p) })
		n.mail.put(func(now time.Time) { b.disconnected(now, s, err) })
	})
}

// dialFirst dials all URLs at once and keeps the connection that is there first.
func dialFirst(ctx context.Context, dial func(context.Context, string) (Stream, error), urls []string) (Stream, error) {
	type outcome struct {
		url int
		s   Stream
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make(chan outcome)
	for i, u := range urls {
		go func() {
			s, err := dial(ctx, u)
			outcomes <- outcome{i, s, err}
		}()
	}
	var first Stream
	errs := make([]error, len(urls))
	for range urls {
		switch o := <-outcomes; {
		case o.err != nil:
			errs[o.url] = o.err
		case first != nil:
			o.s.Close()
			_ = o.s.Run(ctx, func([]byte) {})
		default:
			first = o.s
			cancel()
		}
	}
	if len(urls) == 0 {
		return nil, errors.New("the address names no port to dial")
	}
	if first == nil {
		return nil, errs[0] // that of the address which was named; the others were guesses
	}
	return first, nil
}

// hangUp gives up the connection, or the dialling.
func (b *boot) hangUp() {
	if b.stopDial != nil {
		b.stopDial()
	}
	if b.stream != nil {
		b.stream.Close()
	}
}

func (b *boot) connected(now time.Time, s Stream, err error) {
	b.stopDial = nil
	n := b.node
	if !slices.Contains(n.boots, b) || n.leaving {
		if err == nil {
			s.Close()
		}
		return
	}
	if err != nil {
		n.log.Debug("no WebSocket to the bootnode", "bootnode", b.cfg.Address, "error", err)
		if b.carrier.wanted && b.streamErr == nil {
			b.streamErr = err // the first: others differ in port numbers only
		}
		b.carrier.disconnected(now)
		b.carry(now)
		b.refresh()
		return
	}
	b.streamErr = nil
	if !b.carrier.wanted { // UDP was faster
		s.Close()
		b.carrier.disconnected(now)
		return
	}
	b.stream = s
	for _, r := range n.rooms {
		b.register(now, r) // if its name could not be looked up yet
	}
	for _, g := range b.regs {
		g.setStream(s)
	}
	b.stepAll(now, rendezvous.Open{Via: rendezvous.TCP})
	b.carrier.connected(now)
	b.carry(now)
}

func (b *boot) disconnected(now time.Time, s Stream, err error) {
	if b.stream != s {
		return
	}
	b.node.log.Debug("the WebSocket to the bootnode ended", "bootnode", b.cfg.Address, "error", err)
	b.stream = nil
	for _, g := range b.regs {
		g.setStream(nil)
	}
	b.stepAll(now, rendezvous.Close{Via: rendezvous.TCP})
	b.carrier.disconnected(now)
	b.carry(now)
}

// onStream takes a packet from the connection, on its goroutine.
func (b *boot) onStream(p []byte) {
	regs := *b.live.Load()
	switch wire.Classify(p) {
	case wire.ClassRelay:
		b.node.relayed(p, regs)
	case wire.ClassRendezvous:
		b.node.answered(p, rendezvous.TCP, func() []*registration { return b.regs })
	}
}

// mute is a socket that sends nothing: where everything has to go over TCP, no
// packet may show the network, or anybody else, who is here.
type mute struct{ udp.Conn }

func (mute) WriteTo(b []byte, _ netip.AddrPort, _ netip.Addr) (int, error) { return len(b), nil }

func (mute) WriteBatch(ps []udp.Packet) (int, error) { return len(ps), nil }
