package bootnode

import (
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// A request may be answered from the other port of the same address, and never
// from another address.
func TestSTUNFromTheOtherPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(1, simnet.Link{Latency: 10 * time.Millisecond})
		defer n.Close()
		host := n.Internet.Host("boot", "203.0.113.1")
		listen := func(h *simnet.Host, port uint16) net.PacketConn {
			c, err := h.ListenPacket(port)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		_, stop := start(t, Config{Conns: []udp.Conn{udp.Wrap(listen(host, 9595))}, STUN: []udp.Conn{udp.Wrap(listen(host, 9596))}})
		defer stop()
		c := listen(n.Internet.Host("a", "198.51.100.1"), 1111)
		defer c.Close()
		otherIP := wire.STUNRequestOtherPort(wire.TxID{7})
		otherIP[len(otherIP)-1] |= 4
		for _, tc := range []struct {
			name     string
			request  []byte
			to, from uint16 // from 0: no answer
		}{
			{"plain", wire.STUNRequest(wire.TxID{7}), 9595, 9595},
			{"other port", wire.STUNRequestOtherPort(wire.TxID{7}), 9595, 9596},
			{"back", wire.STUNRequestOtherPort(wire.TxID{7}), 9596, 9595},
			{"other address", otherIP, 9595, 0},
		} {
			c.WriteTo(tc.request, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("203.0.113.1"), tc.to)))
			c.SetReadDeadline(time.Now().Add(time.Second))
			buf := make([]byte, 100)
			m, from, err := c.ReadFrom(buf)
			if tc.from == 0 {
				if !os.IsTimeout(err) {
					t.Errorf("%s: answered from %v, %v", tc.name, from, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
				continue
			}
			if _, _, err := wire.ParseSTUNResponse(buf[:m]); err != nil || from.(*net.UDPAddr).Port != int(tc.from) || m > len(tc.request) {
				t.Errorf("%s: %d bytes from %v, %v", tc.name, m, from, err)
			}
		}
	})
}
