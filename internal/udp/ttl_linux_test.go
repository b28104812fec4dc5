package udp

import (
	"net"
	"testing"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// The limit holds for the one packet alone, whichever family the socket and
// the destination have.
func TestWriteTTL(t *testing.T) {
	for _, tc := range []struct{ listen, to string }{
		{"0.0.0.0:0", "127.0.0.1:0"}, {":0", "127.0.0.1:0"}, {":0", "[::1]:0"},
	} {
		c, err := Listen(tc.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		to, err := net.ListenPacket("udp", tc.to)
		if err != nil {
			t.Logf("%s: %v", tc.to, err) // no IPv6 here
			continue
		}
		defer to.Close()
		addr := unmap(to.LocalAddr().(*net.UDPAddr).AddrPort())
		read := ttlReader(t, to, addr.Addr().Is4())
		if err := WriteTTL(c, []byte("x"), addr, 5); err != nil {
			t.Fatal(err)
		}
		if ttl := read(); ttl != 5 {
			t.Errorf("%s to %s: TTL %d, want 5", tc.listen, tc.to, ttl)
		}
		if _, err := c.WriteTo([]byte("x"), addr, addr.Addr()); err != nil {
			t.Fatal(err)
		}
		if ttl := read(); ttl <= 5 {
			t.Errorf("%s to %s: afterwards TTL %d", tc.listen, tc.to, ttl)
		}
	}
}

// ttlReader reads a packet and tells its TTL or hop limit.
func ttlReader(t *testing.T, c net.PacketConn, v4 bool) func() int {
	t.Helper()
	b := make([]byte, 10)
	if v4 {
		p := ipv4.NewPacketConn(c)
		if err := p.SetControlMessage(ipv4.FlagTTL, true); err != nil {
			t.Fatal(err)
		}
		return func() int {
			_, cm, _, err := p.ReadFrom(b)
			if err != nil {
				t.Fatal(err)
			}
			return cm.TTL
		}
	}
	p := ipv6.NewPacketConn(c)
	if err := p.SetControlMessage(ipv6.FlagHopLimit, true); err != nil {
		t.Fatal(err)
	}
	return func() int {
		_, cm, _, err := p.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		return cm.HopLimit
	}
}
