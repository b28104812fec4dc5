package udp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// spy sees what goes to the kernel, and may refuse it.
type spy struct {
	batcher
	refuse   func(message) error
	messages int
	runs     int
}

func (s *spy) WriteBatch(ms []message, flags int) (int, error) {
	for i := range ms {
		if s.refuse != nil {
			if err := s.refuse(ms[i]); err != nil {
				if i > 0 {
					return s.batcher.WriteBatch(ms[:i], flags)
				}
				return -1, os.NewSyscallError("sendmmsg", err)
			}
		}
		s.messages++
		if len(ms[i].Buffers) > 1 {
			s.runs++
		}
	}
	return s.batcher.WriteBatch(ms, flags)
}

func spyOn(c Conn) *spy {
	u := c.(*conn)
	s := &spy{batcher: u.batch}
	u.batch = s
	return s
}

func isRun(m message) bool { return len(m.Buffers) > 1 }

// needSegments skips, loudly, where the kernel is too old.
func needSegments(t *testing.T, c Conn) {
	t.Helper()
	if !c.(*conn).tx.segments {
		t.Skip("NOT TESTED: this kernel does not know UDP_SEGMENT")
	}
}

// datagram is one whose bytes tell which it is.
func datagram(number, size int) []byte {
	b := bytes.Repeat([]byte{byte(number)}, size)
	if size >= 4 {
		binary.BigEndian.PutUint32(b, uint32(number))
	}
	return b
}

func packetTo(to netip.AddrPort, b []byte) Packet { return Packet{Buf: b, N: len(b), Addr: to} }

// collect reads as many datagrams as are wanted, offering some at a time.
func collect(t *testing.T, c Conn, count, offered int) []Packet {
	t.Helper()
	var all []Packet
	for len(all) < count {
		in := make([]Packet, offered)
		for i := range in {
			in[i].Buf = make([]byte, 2000)
		}
		n, err := c.ReadBatch(in)
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(all), count, err)
		}
		all = append(all, in[:n]...)
	}
	return all
}

// sizes are runs of all kinds: of equal ones, with a shorter last, with a longer
// one after, of empty ones, too many, and too long together.
func sizes() []int {
	var all []int
	add := func(count, size int) { all = append(all, slices.Repeat([]int{size}, count)...) }
	add(5, 1200)
	add(1, 300)
	add(3, 300)
	add(1, 1201)
	add(2, 0)
	add(70, 10)
	add(3, 1)
	add(1, 0)
	add(60, 1400)
	return all
}

// Packets arrive as they were sent, whoever of both sides knows of runs.
func TestSegmentsArrive(t *testing.T) {
	paths := []struct{ listen, to string }{{":0", "127.0.0.1"}, {"0.0.0.0:0", "127.0.0.1"}, {"127.0.0.1:0", "127.0.0.1"}}
	for _, a := range loopback(listInterfaces()) {
		if a.Is6() {
			paths = append(paths, struct{ listen, to string }{":0", "::1"}, struct{ listen, to string }{"[::1]:0", "::1"})
		}
	}
	for _, p := range paths {
		for _, offered := range []int{1, MaxBatch - 1, MaxBatch, 2 * MaxBatch} {
			for _, local := range []netip.Addr{{}, netip.MustParseAddr(p.to)} {
				t.Run(fmt.Sprintf("%s to %s, %d offered, from %v", p.listen, p.to, offered, local), func(t *testing.T) {
					a, b := open(t, p.listen), open(t, p.listen)
					needSegments(t, a)
					s := spyOn(a)
					var out []Packet
					for i, size := range sizes() {
						q := packetTo(at(b, p.to), datagram(i, size))
						q.Local = local
						out = append(out, q)
					}
					// The reader is ready to take runs from the first packet on.
					if _, err := a.WriteTo([]byte("first"), at(b, p.to), local); err != nil {
						t.Fatal(err)
					}
					collect(t, b, 1, offered)
					if n, err := a.WriteBatch(out); n != len(out) || err != nil {
						t.Fatalf("%d of %d sent, %v", n, len(out), err)
					}
					if s.messages > 14 || s.runs < 5 {
						t.Errorf("%d messages, of these %d runs, for %d packets", s.messages, s.runs, len(out))
					}
					for i, got := range collect(t, b, len(out), offered) {
						if !bytes.Equal(got.Bytes(), out[i].Bytes()) {
							t.Fatalf("packet %d has %d bytes %.8x, want %d bytes %.8x", i, got.N, got.Bytes(), out[i].N, out[i].Bytes())
						}
						if got.Addr != at(a, p.to) || got.Local != netip.MustParseAddr(p.to) {
							t.Fatalf("packet %d from %v to %v", i, got.Addr, got.Local)
						}
					}
				})
			}
		}
	}
}

// Each destination has its packets in order, though others come between.
func TestSegmentsOfMany(t *testing.T) {
	for _, readers := range []int{2, 3, lookBack + 2} {
		a := open(t, ":0")
		needSegments(t, a)
		s := spyOn(a)
		var to []Conn
		for range readers {
			to = append(to, open(t, ":0"))
		}
		var out []Packet
		want := make([][]int, readers)
		for i := range 3 * MaxBatch {
			k := i * i % readers
			size := 500
			if i%7 == 3 {
				size = 90 + i%3*500
			}
			out = append(out, packetTo(at(to[k], "127.0.0.1"), datagram(i, size)))
			want[k] = append(want[k], i)
		}
		if n, err := a.WriteBatch(out); n != len(out) || err != nil {
			t.Fatalf("%d of %d sent, %v", n, len(out), err)
		}
		if s.runs == 0 {
			t.Errorf("%d readers: no runs", readers)
		}
		for k, c := range to {
			for i, got := range collect(t, c, len(want[k]), MaxBatch) {
				if w := out[want[k][i]]; !bytes.Equal(got.Bytes(), w.Bytes()) {
					t.Fatalf("%d readers: packet %d of reader %d is not number %d", readers, i, k, want[k][i])
				}
			}
		}
	}
}

// What is refused as a run goes out as single packets, all of them and in order.
func TestSegmentsRefused(t *testing.T) {
	for _, tc := range []struct {
		err    error
		after  int // whole batches until runs are no longer tried
		ending bool
	}{
		{unix.EIO, 1, true},
		{unix.EINVAL, maxRefusals, true},
		{unix.EMSGSIZE, maxRefusals, true},
		{unix.EINVAL, maxRefusals - 1, false},
	} {
		a, b := open(t, ":0"), open(t, ":0")
		needSegments(t, a)
		s := spyOn(a)
		s.refuse = func(m message) error {
			if isRun(m) {
				return tc.err
			}
			return nil
		}
		for range tc.after {
			var out []Packet
			for i := range 10 {
				size := 800
				if i < 3 {
					size = 100 + i // each longer than the one before: no run
				}
				out = append(out, packetTo(at(b, "127.0.0.1"), datagram(i, size)))
			}
			if n, err := a.WriteBatch(out); n != len(out) || err != nil {
				t.Fatalf("%v: %d of %d sent, %v", tc.err, n, len(out), err)
			}
			for i, got := range collect(t, b, len(out), MaxBatch) {
				if !bytes.Equal(got.Bytes(), out[i].Bytes()) {
					t.Fatalf("%v: packet %d differs", tc.err, i)
				}
			}
		}
		if ended := !a.(*conn).tx.segments; ended != tc.ending {
			t.Errorf("%v, %d times: no more runs: %v", tc.err, tc.after, ended)
		}
	}
}

// One destination that takes no runs does not end them for others, and one that
// takes nothing says nothing of runs.
func TestSegmentsRefusedForOne(t *testing.T) {
	a, b, c := open(t, ":0"), open(t, ":0"), open(t, ":0")
	needSegments(t, a)
	s := spyOn(a)
	narrow := at(c, "127.0.0.1")
	s.refuse = func(m message) error {
		if isRun(m) && m.Addr.String() == narrow.String() {
			return unix.EMSGSIZE
		}
		return nil
	}
	for range 2 * maxRefusals {
		var out []Packet
		for i := range 8 {
			to := narrow
			if i%2 == 1 {
				to = at(b, "127.0.0.1")
			}
			out = append(out, packetTo(to, datagram(i, 300)))
		}
		out = append(out, packetTo(netip.AddrPort{}, datagram(8, 100)), packetTo(netip.AddrPort{}, datagram(9, 100)))
		if n, err := a.WriteBatch(out); n != len(out)-2 || err == nil {
			t.Fatalf("%d of %d sent, %v", n, len(out), err)
		}
		collect(t, b, 4, MaxBatch)
		collect(t, c, 4, MaxBatch)
	}
	if !a.(*conn).tx.segments {
		t.Error("no more runs for anybody")
	}
}

// A batch is gathered so that each packet is in one run, runs are what the kernel
// takes, and each destination keeps its order.
func FuzzGather(f *testing.F) {
	f.Add([]byte{1, 100, 1, 100, 2, 100, 1, 50, 1, 100})
	f.Add([]byte{0, 0, 0, 0, 3, 255, 3, 255})
	f.Add(bytes.Repeat([]byte{9, 255}, MaxBatch))
	room := make([]byte, 255*257)
	f.Fuzz(func(t *testing.T, b []byte) {
		var ps []Packet
		for ; len(b) >= 2 && len(ps) < MaxBatch; b = b[2:] {
			p := Packet{Buf: room, N: int(b[1]) * (1 + int(b[0]>>4)*16), Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(b[0]&15))}
			if b[0]&16 != 0 {
				p.Local = netip.AddrFrom4([4]byte{127, 0, 0, 2})
			}
			ps = append(ps, p)
		}
		var next [MaxBatch]int
		seen := map[int]bool{}
		latest := map[netip.AddrPort]int{}
		for _, r := range gather(ps, nil, &next) {
			i, sum := r.first, 0
			for k := range r.count {
				p := &ps[i]
				if seen[i] {
					t.Fatalf("packet %d twice", i)
				}
				seen[i] = true
				if was, ok := latest[p.Addr]; ok && was > i {
					t.Fatalf("packet %d overtakes %d", was, i)
				}
				latest[p.Addr] = i
				if last := k == r.count-1; p.Local != ps[r.first].Local || p.Addr != ps[r.first].Addr || !last && p.N != r.size || p.N > r.size || last && i != r.last {
					t.Fatalf("packet %d does not belong to its run", i)
				}
				if r.count > 1 && p.N == 0 {
					t.Fatal("an empty packet in a run is lost")
				}
				sum += p.N
				i = next[i]
			}
			if sum != r.bytes || r.count > maxSegments || r.count > 1 && sum > maxRunBytes {
				t.Fatalf("a run of %d packets, %d bytes", r.count, sum)
			}
		}
		if len(seen) != len(ps) {
			t.Fatalf("%d of %d packets", len(seen), len(ps))
		}
	})
}
