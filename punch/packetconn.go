package punch

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

var _ net.PacketConn = (*Conn)(nil)

// ReadFrom returns the next QUIC packet and the virtual address of its sender.
func (c *Conn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.queue.get(p)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo sends a QUIC packet to a member's virtual address, by the route of
// the moment. Packets to unknown members vanish as on any network.
func (c *Conn) WriteTo(p []byte, to net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, &net.AddrError{Err: "not a virtual address", Addr: to.String()}
	}
	var fx effects
	c.mu.Lock()
	if r := c.remotes[u.AddrPort().Addr()]; r != nil {
		r.write(time.Now(), p, &fx)
	}
	c.mu.Unlock()
	c.run(&fx)
	if len(fx.direct)+len(fx.relayed) > 1 { // a probe went along: its timeout counts
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return len(p), nil
}

// LocalAddr is a virtual address of this end.
func (c *Conn) LocalAddr() net.Addr {
	var ip [16]byte
	copy(ip[:], virtualPrefix[:])
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom16(ip), 1))
}

// SetReadDeadline bounds ReadFrom.
func (c *Conn) SetReadDeadline(t time.Time) error { c.queue.setDeadline(t); return nil }

// SetWriteDeadline does nothing: writes do not block.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline bounds ReadFrom.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadBuffer and SetWriteBuffer satisfy QUIC, which would warn of a socket
// whose buffers it cannot set; the real socket's are set where it is opened.
func (c *Conn) SetReadBuffer(int) error { return nil }

// SetWriteBuffer does nothing: see SetReadBuffer.
func (c *Conn) SetWriteBuffer(int) error { return nil }

// queueLength bounds the packets waiting for QUIC.
const queueLength = 1024

// packetQueue is a bounded queue of packets between the socket's reader and
// QUIC. A full queue drops the newest: QUIC repeats.
type packetQueue struct {
	mu       sync.Mutex
	cond     *sync.Cond
	items    []queued
	free     [][]byte
	deadline time.Time
	timer    *time.Timer
	closed   bool
}

type queued struct {
	p    []byte
	from netip.AddrPort
}

func newPacketQueue() *packetQueue {
	q := &packetQueue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

func (q *packetQueue) put(p []byte, from netip.AddrPort) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.items) >= queueLength {
		return false
	}
	var b []byte
	if n := len(q.free); n > 0 {
		b, q.free = q.free[n-1], q.free[:n-1]
	}
	q.items = append(q.items, queued{append(b[:0], p...), from})
	q.cond.Signal()
	return true
}

func (q *packetQueue) get(p []byte) (int, netip.AddrPort, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.closed {
			return 0, netip.AddrPort{}, net.ErrClosed
		}
		if !q.deadline.IsZero() && !time.Now().Before(q.deadline) {
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		}
		if len(q.items) > 0 {
			it := q.items[0]
			q.items = q.items[1:]
			n := copy(p, it.p)
			q.free = append(q.free, it.p)
			return n, it.from, nil
		}
		q.cond.Wait()
	}
}

func (q *packetQueue) setDeadline(t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadline = t
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if !t.IsZero() {
		q.timer = time.AfterFunc(time.Until(t), q.cond.Broadcast)
	}
	q.cond.Broadcast()
}

func (q *packetQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.items = nil
	q.cond.Broadcast()
}
