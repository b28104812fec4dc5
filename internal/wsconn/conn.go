package wsconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	pingEvery   = 25 * time.Second // NATs and proxies forget silent connections after 30 s and more
	pingWait    = 10 * time.Second // for the answer
	writeWait   = 10 * time.Second // for a reader that takes nothing
	closeWait   = time.Second      // for what is queued when the connection is closed
	queueBytes  = 192 << 10        // that wait to be written
	packetPrice = 64               // bytes that a queued packet costs besides its own
)

// Reasons why a connection ended. Run wraps others.
var (
	ErrClosed = errors.New("the WebSocket is closed")
	ErrIdle   = errors.New("nothing came for too long")
	ErrLarge  = errors.New("a message that is too large for a packet")
	ErrText   = errors.New("a text message: only binary ones are packets")
)

// Limits bound one connection.
type Limits struct {
	Packet int           // bytes of the largest packet
	First  time.Duration // in which the first packet has to come; 0: as Idle
	Idle   time.Duration // without a packet; 0: for ever, as long as pings are answered, which are sent then
}

// Conn carries packets over one WebSocket. Run does the work; Send and Close
// may be called at any time and by anyone.
type Conn struct {
	ws     *websocket.Conn
	limits Limits
	remote netip.AddrPort // of an accepted connection
	wake   chan struct{}

	mu      sync.Mutex
	queue   [][]byte // oldest first
	queued  int      // bytes, packetPrice included
	dropped uint64
	closing bool
}

func newConn(ws *websocket.Conn, limits Limits, remote netip.AddrPort) *Conn {
	ws.SetReadLimit(int64(limits.Packet))
	return &Conn{ws: ws, limits: limits, remote: remote, wake: make(chan struct{}, 1)}
}

// Remote is the other end's address as this end's socket shows it, which may be
// a proxy's. Only an accepted connection has one.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// Send queues a copy of a packet and never blocks. It reports false for one
// that cannot be sent: the connection is closed, or the packet is too large.
func (c *Conn) Send(p []byte) bool {
	if len(p) == 0 || len(p) > c.limits.Packet {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.queue = append(c.queue, append([]byte(nil), p...))
	c.queued += len(p) + packetPrice
	for c.queued > queueBytes {
		c.queued -= len(c.queue[0]) + packetPrice
		c.queue[0] = nil
		c.queue = c.queue[1:]
		c.dropped++
	}
	c.signal()
	return true
}

// Dropped counts packets that were pushed out of the queue.
func (c *Conn) Dropped() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Close ends Run soon: what is queued is still written if that takes no time.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.closing = true
		c.signal()
		time.AfterFunc(closeWait, func() { _ = c.ws.CloseNow() })
	}
	return nil
}

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run reads, writes and keeps the connection alive until it ends, and says why
// it did. handle gets each packet, which is valid only during the call; while
// it runs nothing more is read. Run may be called once.
func (c *Conn) Run(ctx context.Context, handle func(p []byte)) error {
	ctx, stop := context.WithCancelCause(ctx)
	var sides sync.WaitGroup
	sides.Go(func() { stop(c.write(ctx)) })
	if c.limits.Idle == 0 {
		sides.Go(func() { stop(c.ping(ctx)) })
	}
	stop(c.read(ctx, stop, handle))
	_ = c.ws.CloseNow()
	sides.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing, c.queue, c.queued = true, nil, 0
	return context.Cause(ctx)
}

func (c *Conn) read(ctx context.Context, stop context.CancelCauseFunc, handle func(p []byte)) error {
	first := c.limits.First
	if first == 0 {
		first = c.limits.Idle
	}
	idle := func() {}
	if first > 0 {
		timer := time.AfterFunc(first, func() { stop(ErrIdle) })
		defer timer.Stop()
		idle = func() {
			if timer.Stop() && c.limits.Idle > 0 {
				timer.Reset(c.limits.Idle)
			}
		}
	}
	buf := make([]byte, c.limits.Packet+1) // one byte more shows what is too long
	for {
		kind, r, err := c.ws.Reader(ctx)
		if err != nil {
			return c.ended(err)
		}
		// No farewell to who breaks the rules: the library would wait for the
		// rest of a message, which may never come.
		if kind != websocket.MessageBinary {
			return ErrText
		}
		n, err := io.ReadFull(r, buf)
		switch {
		case err == nil:
			return ErrLarge
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return c.ended(err)
		}
		if n > 0 {
			handle(buf[:n])
		}
		idle()
	}
}

// write takes packets from the queue until there are no more to come.
func (c *Conn) write(ctx context.Context) error {
	for {
		p, closing := c.next()
		switch {
		case p != nil:
			if err := c.writeOne(ctx, p); err != nil {
				return c.ended(err)
			}
		case closing:
			_ = c.ws.Close(websocket.StatusNormalClosure, "") // not beyond closeWait
			return ErrClosed
		default:
			select {
			case <-c.wake:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

func (c *Conn) writeOne(ctx context.Context, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeWait)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageBinary, p)
}

func (c *Conn) next() (p []byte, closing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.queue = nil
		return nil, c.closing
	}
	p, c.queue[0] = c.queue[0], nil
	c.queue = c.queue[1:]
	c.queued -= len(p) + packetPrice
	return p, c.closing
}

// ping keeps the connection open on the way and notices when it is not.
func (c *Conn) ping(ctx context.Context) error {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		wait, cancel := context.WithTimeout(ctx, pingWait)
		err := c.ws.Ping(wait)
		cancel()
		if err != nil {
			return c.ended(err)
		}
	}
}

// ended says why a connection ended.
func (c *Conn) ended(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || websocket.CloseStatus(err) == websocket.StatusNormalClosure {
		return ErrClosed
	}
	return fmt.Errorf("the WebSocket broke: %w", err)
}
