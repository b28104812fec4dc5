package load

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"gochat/internal/udp"
)

// Port is a socket on loopback that counts what comes, or answers.
type Port struct {
	conn  udp.Conn
	came  atomic.Int64
	talks atomic.Bool
	heard chan []byte
}

// Open opens a port that sends and takes packets in batches. It must be closed.
func Open() (*Port, error) {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return port(c), nil
}

// OpenPlain opens a port that sends and takes one packet at a time, so that none
// of them pass the kernel together. It must be closed.
func OpenPlain() (*Port, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	return port(udp.Wrap(c)), nil
}

func port(c udp.Conn) *Port {
	p := &Port{conn: c, heard: make(chan []byte, 64)}
	go p.read()
	return p
}

// Close closes the socket.
func (p *Port) Close() { p.conn.Close() }

// Addr is where the port can be sent to.
func (p *Port) Addr() netip.AddrPort { return p.conn.LocalAddr() }

func (p *Port) read() {
	ps := packets()
	for {
		n, err := p.conn.ReadBatch(ps)
		if err != nil {
			return
		}
		p.came.Add(int64(n))
		if !p.talks.Load() {
			continue
		}
		for i := range ps[:n] {
			select {
			case p.heard <- slices.Clone(ps[i].Bytes()):
			default: // it is asked again
			}
		}
	}
}

// ask sends a packet, again and again, until something comes that is taken.
func (p *Port) ask(to netip.AddrPort, packet []byte, take func([]byte) bool) error {
	p.talks.Store(true)
	defer p.talks.Store(false)
	for range 10 {
		if _, err := p.conn.WriteTo(packet, to, netip.Addr{}); err != nil {
			return err
		}
		for late := time.After(again); ; {
			select {
			case b := <-p.heard:
				if take(b) {
					return nil
				}
				continue
			case <-late:
			}
			break
		}
	}
	return errors.New("no answer")
}

// Carried is what a Pump showed.
type Carried struct {
	Sent, Arrived int
	Took          time.Duration
}

// Pump sends packets that fill makes, as fast as they arrive at the other port,
// for a time.
func (p *Port) Pump(to netip.AddrPort, arrives *Port, fill func(buf []byte) []byte, during time.Duration) Carried {
	ps := packets()
	before, sent, lost := arrives.came.Load(), int64(0), int64(0)
	arrived := func() int64 { return arrives.came.Load() - before }
	began := time.Now()
	for time.Since(began) < during {
		for i := range ps {
			b := fill(ps[i].Buf[:0])
			ps[i].Buf, ps[i].N, ps[i].Addr = b, len(b), to
		}
		n, _ := p.conn.WriteBatch(ps) // what the system does not take is lost
		sent += int64(n)
		for stuck := time.Now(); sent-lost-arrived() > window; {
			if runtime.Gosched(); time.Since(stuck) > 100*time.Millisecond { // loopback loses, too
				lost = sent - arrived()
			}
		}
	}
	took := time.Since(began)
	time.Sleep(lastAnswers)
	return Carried{int(sent), int(arrived()), took}
}
