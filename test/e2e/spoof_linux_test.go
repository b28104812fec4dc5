package e2e

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/netspace"
	"gochat/internal/wire"
	"gochat/test/proc"
)

// spoofed writes an IPv4 packet with a UDP datagram from any source.
func spoofed(from, to netip.AddrPort, payload []byte) []byte {
	b := make([]byte, 28, 28+len(payload))
	b[0], b[8], b[9] = 0x45, 64, syscall.IPPROTO_UDP
	binary.BigEndian.PutUint16(b[2:], uint16(28+len(payload)))
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[20:], from.Port())
	binary.BigEndian.PutUint16(b[22:], to.Port())
	binary.BigEndian.PutUint16(b[24:], uint16(8+len(payload)))
	return append(b, payload...) // a UDP checksum of zero is none (RFC 768)
}

func rawSocket(t *testing.T, protocol int) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, protocol)
	if err != nil {
		netspace.Skip(t, "raw sockets: "+err.Error())
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return fd
}

// HELLOs and REGISTERs from a hundred thousand forged addresses, for seconds on
// end. The members go on talking through the relay and miss nobody; what the
// bootnode sends to those addresses is less than what came in their names; its
// memory stays what it was.
func TestSpoofedFlood(t *testing.T) {
	netspace.Need(t)
	w := newWorld(t)
	boot := w.bootnode(append(quick, "--limit-loopback")...)
	alice, bob := w.json("alice", "--relay-only"), w.json("bob", "--relay-only")
	meet(alice, bob)
	marks := map[*proc.Process]int{alice: alice.Mark(), bob: bob.Mark()}
	before, err := boot.RSS()
	if err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort(w.boot)
	out := rawSocket(t, syscall.IPPROTO_RAW)
	ear := rawSocket(t, syscall.IPPROTO_UDP)
	_ = syscall.SetsockoptInt(ear, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<20)
	if err := syscall.SetsockoptTimeval(ear, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000}); err != nil {
		t.Fatal(err)
	}

	// In the names of 127.66.0.0 to 127.67.255.255 nobody else speaks.
	named := func(a []byte) bool { return a[0] == 127 && a[1]&^1 == 66 }
	var in, answered atomic.Int64
	stop, heard := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		b := make([]byte, 2048)
		for {
			n, _, err := syscall.Recvfrom(ear, b, 0)
			if err == nil && n >= 28 && named(b[16:20]) && binary.BigEndian.Uint16(b[20:]) == to.Port() {
				answered.Add(int64(n - 28))
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	key, err := crypto.NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	register, err := wire.Register{Run: key.Public(), Announcement: make([]byte, 200)}.Seal(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		dst := &syscall.SockaddrInet4{Addr: to.Addr().As4()}
		for i := 0; ; i++ {
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 66 + byte(i>>16)&1, byte(i >> 8), byte(i)}), uint16(1024+i%50_000))
			payload := register
			if i%2 == 0 {
				payload = wire.Hello{Nonce: wire.NewNonce()}.Append(nil)
			}
			if syscall.Sendto(out, spoofed(from, to, payload), 0, dst) == nil {
				in.Add(int64(len(payload)))
			}
			if i%64 == 0 {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		}
	}()
	for i := range 40 {
		id := alice.Say(fmt.Sprint("meanwhile ", i))
		deliveredTo(alice, id, 1)
		time.Sleep(100 * time.Millisecond)
	}
	close(stop)
	<-flooded
	<-heard
	for p, mark := range marks {
		none(t, p, mark, "missed somebody", gone)
	}
	after, err := boot.RSS()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes in, %d answered; memory %d, then %d", in.Load(), answered.Load(), before, after)
	if in.Load() < 1<<20 {
		t.Errorf("a flood of %d bytes is none", in.Load())
	}
	if answered.Load() > in.Load() || answered.Load() == 0 {
		t.Errorf("%d bytes were answered, of %d", answered.Load(), in.Load())
	}
	if after > before+64<<20 {
		t.Errorf("memory grew from %d to %d", before, after)
	}
	if out, code := w.operate(w.dir("bootnode"), "status"); code != 0 {
		t.Errorf("%d: %s", code, out)
	}
}
