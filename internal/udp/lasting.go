package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Some systems take sockets away: after sleep, or with the network they were
// in. What opening one again is worth trying for:
const (
	reopenFirst = 50 * time.Millisecond // doubled with each failure
	reopenMax   = 2 * time.Second
	reopenFor   = time.Minute
)

// Lasting is a socket that is opened again when the system took it away, at its
// port if that is still free. open is called with port first, and with port 0
// where the one before is taken.
func Lasting(port uint16, open func(port uint16) (Conn, error)) (Conn, error) {
	c, err := open(port)
	if err != nil {
		return nil, err
	}
	return &lasting{open: open, conn: c, closed: make(chan struct{})}, nil
}

type lasting struct {
	open   func(port uint16) (Conn, error)
	once   sync.Once
	closed chan struct{}
	// reopened is when that was last done; the reader's alone.
	reopened time.Time

	mu   sync.Mutex // guards conn
	conn Conn
}

func (l *lasting) current() Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

func (l *lasting) ReadBatch(ps []Packet) (int, error) {
	for {
		c := l.current()
		n, err := c.ReadBatch(ps)
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) || l.isClosed() {
			return n, err
		}
		if l.reopen(c) != nil {
			return 0, err
		}
	}
}

// reopen puts another socket in the place of one that is dead.
func (l *lasting) reopen(dead Conn) error {
	port := dead.LocalAddr().Port()
	dead.Close()
	wait := reopenFirst
	if d := reopenFirst - time.Since(l.reopened); d > 0 { // the last one did not last
		time.Sleep(d)
	}
	l.reopened = time.Now()
	for tried := time.Duration(0); ; tried += wait {
		c, err := l.open(port)
		if err != nil {
			c, err = l.open(0)
		}
		if err == nil {
			return l.replace(c)
		}
		if tried >= reopenFor {
			return err
		}
		select {
		case <-time.After(wait):
		case <-l.closed:
			return net.ErrClosed
		}
		wait = min(2*wait, reopenMax)
	}
}

func (l *lasting) replace(c Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		c.Close()
		return net.ErrClosed
	}
	l.conn = c
	return nil
}

func (l *lasting) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

func (l *lasting) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.current().Close()
}

func (l *lasting) WriteTo(b []byte, to netip.AddrPort, local netip.Addr) (int, error) {
	return l.current().WriteTo(b, to, local)
}

func (l *lasting) WriteBatch(ps []Packet) (int, error) { return l.current().WriteBatch(ps) }
func (l *lasting) LocalAddr() netip.AddrPort           { return l.current().LocalAddr() }
func (l *lasting) SetReadDeadline(t time.Time) error   { return l.current().SetReadDeadline(t) }

// WriteTTL is as in [WriteTTL].
func (l *lasting) WriteTTL(b []byte, to netip.AddrPort, ttl int) error {
	return WriteTTL(l.current(), b, to, ttl)
}
