package udp

import (
	"encoding/binary"
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// What the kernel takes in one message (udp(7), UDP_SEGMENT).
const (
	maxSegments = 64
	// maxRunBytes leaves room for the headers of IPv6 and UDP in a length of 16 bits.
	maxRunBytes = 1<<16 - 1 - 40 - 8
)

const (
	// lookBack is how many runs a packet may be added to. More find little, and
	// cost where each packet goes elsewhere.
	lookBack = 8
	// maxRefusals in a row, and no run is tried again. One destination with a
	// narrow path alone has its runs refused, others not.
	maxRefusals = 16
)

// run is packets that the kernel takes as one message and cuts into segments:
// of one path and one size, except that the last may be shorter.
type run struct {
	first, last int // packets of the batch; those between are linked by next
	count       int
	bytes       int
	size        int
	ended       bool // by a shorter packet
}

// takes reports whether the run stays one when p follows.
func (r *run) takes(p, first *Packet) bool {
	return !r.ended && p.N > 0 && p.N <= r.size && r.count < maxSegments && r.bytes+p.N <= maxRunBytes && p.Local == first.Local
}

// gather makes runs of at most MaxBatch packets, in the order of their first
// ones, and in next[i] which packet follows i in its run. Packets to one
// destination stay in order.
func gather(ps []Packet, runs []run, next *[MaxBatch]int) []run {
	for i := range ps {
		p := &ps[i]
		if r := lastTo(p, ps, runs); r != nil && r.takes(p, &ps[r.first]) {
			next[r.last] = i
			r.last = i
			r.count++
			r.bytes += p.N
			r.ended = p.N < r.size
			continue
		}
		runs = append(runs, run{first: i, last: i, count: 1, bytes: p.N, size: p.N})
	}
	return runs
}

// lastTo is the newest run to the destination of p among the last ones. No
// packet may be added to one before it, or it would overtake.
func lastTo(p *Packet, ps []Packet, runs []run) *run {
	for k := len(runs) - 1; k >= max(0, len(runs)-lookBack); k-- {
		if ps[runs[k].first].Addr == p.Addr {
			return &runs[k]
		}
	}
	return nil
}

// separate is gather for sockets that do not take runs.
func separate(ps []Packet, runs []run) []run {
	for i := range ps {
		runs = append(runs, run{first: i, last: i, count: 1, bytes: ps[i].N, size: ps[i].N})
	}
	return runs
}

// sender is what WriteBatch needs, and its lock guards.
type sender struct {
	segments bool // the kernel takes runs
	refusals int  // runs in a row that it took only as single packets
	messages [MaxBatch]message
	buffers  [MaxBatch][]byte
	next     [MaxBatch]int
	runs     [MaxBatch]run
}

// canSegment reports whether the kernel knows UDP_SEGMENT (since Linux 4.18).
func canSegment(c *net.UDPConn) bool {
	return setUDP(c, unix.UDP_SEGMENT, 0) == nil // 0 is what it is without: none, unless a message asks
}

func setUDP(c *net.UDPConn, option, value int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) { set = unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, option, value) }); err != nil {
		return err
	}
	return set
}

// writeSome sends at most MaxBatch packets. It reports how many were sent and
// the first error.
func (u *conn) writeSome(ps []Packet) (sent int, first error) {
	tx := &u.tx
	runs := tx.runs[:0]
	if tx.segments {
		runs = gather(ps, runs, &tx.next)
	} else {
		runs = separate(ps, runs)
	}
	ms, used := tx.messages[:len(runs)], 0
	for i := range ms {
		ms[i].Buffers = u.link(ps, &runs[i], used)
		used += runs[i].count
		p := &ps[runs[i].first]
		ms[i].Addr = net.UDPAddrFromAddrPort(p.Addr)
		ms[i].OOB = u.oob(ms[i].OOB[:0], p.Local)
		if runs[i].count > 1 {
			var data []byte
			ms[i].OOB, data = appendCmsg(ms[i].OOB, unix.IPPROTO_UDP, unix.UDP_SEGMENT, 2)
			binary.NativeEndian.PutUint16(data, uint16(runs[i].size))
		}
	}
	for len(runs) > 0 {
		n, err := u.batch.WriteBatch(ms, 0)
		n = max(n, 0)
		for i := range runs[:n] {
			sent += runs[i].count
			if runs[i].count > 1 {
				tx.refusals = 0
			}
		}
		ms, runs = ms[n:], runs[n:]
		if err == nil || len(runs) == 0 {
			continue
		}
		// sendmmsg fails only for the first message it did not send.
		if r := &runs[0]; r.count > 1 {
			n, err = u.writeSingly(ps, r, err)
			sent += n
		}
		if first == nil {
			first = err
		}
		ms, runs = ms[1:], runs[1:]
	}
	clear(tx.buffers[:used]) // the caller's, not ours to keep
	return sent, first
}

// link gathers the bytes of a run in the buffers from number at.
func (u *conn) link(ps []Packet, r *run, at int) [][]byte {
	list := u.tx.buffers[at : at+r.count]
	i := r.first
	for k := range list {
		list[k] = ps[i].Bytes()
		i = u.tx.next[i]
	}
	return list
}

// writeSingly sends the packets of a run that was refused one by one, and
// decides whether runs are worth another try.
func (u *conn) writeSingly(ps []Packet, r *run, refused error) (sent int, first error) {
	tx := &u.tx
	i := r.first
	for range r.count {
		if _, err := u.WriteTo(ps[i].Bytes(), ps[i].Addr, ps[i].Local); err == nil {
			sent++
		} else if first == nil {
			first = err
		}
		i = tx.next[i]
	}
	if first != nil { // nothing is wrong with runs: the path takes no packets
		return sent, first
	}
	tx.refusals++
	// EIO: the device makes no checksums, or the path is IPsec's. That will
	// hardly change.
	if errors.Is(refused, unix.EIO) || tx.refusals >= maxRefusals {
		tx.segments = false
	}
	return sent, nil
}
