package udp

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever the kernel may say of the size, all bytes come out once and in order,
// in as many datagrams as there are; and an empty message is one.
func FuzzPieces(f *testing.F) {
	for _, size := range []int{0, 1, 3, 5, 1200, -1, math.MinInt32, math.MaxInt32} {
		f.Add([]byte("hello"), size, 2)
		f.Add([]byte{}, size, 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, size, offered int) {
		rx := receiver{held: []pieces{{data: data, size: size, left: true}, {left: true, size: size}, {data: []byte("end"), left: true}}}
		offered = min(max(offered, 1), MaxBatch)
		var all []byte
		count := 0
		for {
			ps := make([]Packet, offered)
			for i := range ps {
				ps[i].Buf = make([]byte, len(data)+3)
			}
			n := rx.take(ps)
			if n == 0 {
				break
			}
			for i := range ps[:n] {
				if size > 0 && ps[i].N > size && string(ps[i].Bytes()) != "end" {
					t.Fatalf("%d bytes, each has %d at most", ps[i].N, size)
				}
				all = append(all, ps[i].Bytes()...)
			}
			count += n
		}
		want := 1
		if size > 0 && len(data) > 0 {
			want = 1 + (len(data)-1)/size
		}
		if count != want+2 || !bytes.Equal(all, append(data[:len(data):len(data)], "end"...)) {
			t.Fatalf("%d datagrams, want %d, of %d bytes", count, want+2, len(all))
		}
	})
}

// A datagram longer than the caller's buffer is cut, and the next one is whole.
func TestCoalescedIsCut(t *testing.T) {
	rx := receiver{held: []pieces{{data: []byte("abcdefg"), size: 5, left: true}}}
	ps := []Packet{{Buf: make([]byte, 3)}, {Buf: make([]byte, 3)}, {Buf: make([]byte, 3)}}
	if n := rx.take(ps); n != 2 || string(ps[0].Bytes()) != "abc" || string(ps[1].Bytes()) != "fg" {
		t.Errorf("%d: %q, %q", n, ps[0].Bytes(), ps[1].Bytes())
	}
}

// Control messages are the kernel's; nonsense must not crash all the same.
func FuzzControls(f *testing.F) {
	oob, data := appendCmsg(nil, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
	copy(data[8:], []byte{127, 0, 0, 1})
	oob, data = appendCmsg(oob, unix.IPPROTO_UDP, unix.UDP_GRO, 4)
	binary.NativeEndian.PutUint32(data, 1200)
	if local, size := controls(oob); local.String() != "127.0.0.1" || size != 1200 {
		f.Errorf("%v, %d", local, size)
	}
	for i := range oob {
		f.Add(oob[:i])
	}
	f.Add(oob)
	f.Fuzz(func(_ *testing.T, b []byte) { controls(b) })
}

// Sockets for which few packets are read at once do not take the memory.
func TestCoalesceWhereItPays(t *testing.T) {
	few, many := open(t, ":0"), open(t, ":0")
	for _, c := range []Conn{few, many} {
		if _, err := c.WriteTo([]byte("x"), at(c, "127.0.0.1"), at(c, "127.0.0.1").Addr()); err != nil {
			t.Fatal(err)
		}
	}
	collect(t, few, 1, MaxBatch-1)
	collect(t, many, 1, MaxBatch)
	if few.(*conn).rx.tried || !many.(*conn).rx.tried {
		t.Error("the wrong one coalesces")
	}
	if many.(*conn).rx.room == nil {
		t.Skip("NOT TESTED: this kernel does not know UDP_GRO")
	}
}
