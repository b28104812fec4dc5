package udp

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// coalescedSize has room for the longest message that the kernel makes of
// datagrams that came together. The addend keeps the beginnings of the buffers
// off the same lines of the processor's cache.
const coalescedSize = 1<<16 + 5*64

// pieces is one message from the kernel: datagrams of one sender and one size,
// the last perhaps shorter (udp(7), UDP_GRO).
type pieces struct {
	data  []byte // of what has not been taken
	size  int    // of each; not positive: there is one
	left  bool   // something has not been taken; an empty datagram is something
	addr  netip.AddrPort
	local netip.Addr
}

// next takes a datagram; left must hold.
func (p *pieces) next() []byte {
	n := len(p.data)
	if p.size > 0 {
		n = min(n, p.size)
	}
	b := p.data[:n]
	p.data = p.data[n:]
	p.left = len(p.data) > 0
	return b
}

// receiver is what ReadBatch needs, and its lock guards.
type receiver struct {
	messages [MaxBatch]message
	tried    bool     // to have the kernel coalesce
	room     []byte   // for a whole batch; nil: the kernel does not coalesce
	held     []pieces // received, not all taken
	taken    int      // of held
}

// coalesce has the kernel hand over what came together as one message (since
// Linux 5.0). This costs 4 MiB of addresses, and of memory what is ever used of
// them.
func (u *conn) coalesce() {
	rx := &u.rx
	rx.tried = true
	if setUDP(u.UDPConn, unix.UDP_GRO, 1) != nil {
		return
	}
	rx.room = make([]byte, MaxBatch*coalescedSize)
	rx.held = make([]pieces, 0, MaxBatch)
}

// readCoalesced is ReadBatch for a socket that coalesces.
func (u *conn) readCoalesced(ps []Packet) (int, error) {
	for {
		if n := u.rx.take(ps); n > 0 {
			return n, nil
		}
		if err := u.receive(); err != nil {
			return 0, err
		}
	}
}

// take fills ps with what is held and reports how many there were.
func (rx *receiver) take(ps []Packet) (n int) {
	for n < len(ps) && rx.taken < len(rx.held) {
		h := &rx.held[rx.taken]
		if !h.left {
			rx.taken++
			continue
		}
		p := &ps[n]
		p.N, p.Addr, p.Local = copy(p.Buf, h.next()), h.addr, h.local
		n++
	}
	return n
}

// receive waits for messages and holds them; all before must have been taken.
func (u *conn) receive() error {
	rx := &u.rx
	rx.held, rx.taken = rx.held[:0], 0
	ms := rx.messages[:]
	for i := range ms {
		ms[i].Buffers[0] = rx.room[i*coalescedSize : (i+1)*coalescedSize]
		ms[i].OOB = ms[i].OOB[:oobSize]
	}
	n, err := u.readMessages(ms)
	if err != nil {
		return err
	}
	for i := range ms[:n] {
		m := &ms[i]
		h := pieces{data: m.Buffers[0][:m.N], left: true}
		h.local, h.size = controls(m.OOB[:m.NN])
		if from, ok := m.Addr.(*net.UDPAddr); ok {
			h.addr = unmap(from.AddrPort())
		}
		rx.held = append(rx.held, h)
	}
	return nil
}

// readMessages waits for at least one message.
func (u *conn) readMessages(ms []message) (int, error) {
	for {
		n, err := u.batch.ReadBatch(ms, 0)
		if err == nil || !isTransient(err) {
			return n, err
		}
	}
}
