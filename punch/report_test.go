package punch

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// inHome runs f with a Conn behind a NAT and STUN servers at two addresses,
// the first with two ports.
func inHome(t *testing.T, nat simnet.NAT, f func(n *simnet.Network, home *simnet.Router, c *Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(1, simnet.Link{Latency: 12500 * time.Microsecond})
		srv := n.Internet.Host("srv", "203.0.113.1", "203.0.113.2")
		socks := map[uint16]*simnet.Socket{}
		for _, port := range []uint16{3478, 3479} {
			socks[port], _ = srv.Bind(port, func(_ time.Time, d simnet.Datagram) {
				id, err := wire.ParseSTUNRequest(d.Data)
				if err != nil {
					return
				}
				by := port
				if other, _ := wire.STUNChange(d.Data); other {
					by = 3478 + 3479 - port
				}
				socks[by].Send(wire.STUNResponse(id, d.From), d.From, d.Local)
			})
		}
		home := n.Internet.Router("home", nat, "203.0.113.10")
		host := home.LAN.Host("a", "192.168.1.2")
		open := func(port uint16) (udp.Conn, error) {
			p, err := host.ListenPacket(port)
			if err != nil {
				return nil, err
			}
			return udp.Wrap(p), nil
		}
		sock, _ := open(0)
		c := NewConn(Config{Socket: sock, OpenSocket: open, LocalAddrs: host.Addrs, Rand: rand.New(rand.NewPCG(1, 1))})
		ctx, stop := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- c.Run(ctx) }()
		for _, s := range []string{"203.0.113.1:3478", "203.0.113.1:3479", "203.0.113.2:3478"} {
			c.AddSTUN(netip.MustParseAddrPort(s))
		}
		f(n, home, c)
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		n.Close()
	})
}

func TestReport(t *testing.T) {
	hairpin := simnet.PortRestricted()
	hairpin.Hairpin = true
	down := simnet.SymmetricSequential()
	down.Step = 3
	for _, tc := range []struct {
		name      string
		nat       simnet.NAT
		mapping   Mapping
		filtering Filtering
		step      int
		block     bool
		hairpin   Verdict
	}{
		{"full cone", simnet.FullCone(), MappingEndpointIndependent, FilteringAddressDependent, 0, false, No},
		{"address-restricted", simnet.AddressRestricted(), MappingEndpointIndependent, FilteringAddressDependent, 0, false, No},
		{"port-restricted", simnet.PortRestricted(), MappingEndpointIndependent, FilteringAddressAndPortDependent, 0, false, No},
		{"hairpin", hairpin, MappingEndpointIndependent, FilteringAddressAndPortDependent, 0, false, Yes},
		{"symmetric", simnet.Symmetric(), MappingAddressAndPortDependent, FilteringAddressAndPortDependent, 0, false, No},
		{"port block", simnet.SymmetricBlock(), MappingAddressAndPortDependent, FilteringAddressAndPortDependent, 0, true, No},
		{"sequential", simnet.SymmetricSequential(), MappingAddressAndPortDependent, FilteringAddressAndPortDependent, 1, true, No},
		{"sequential by 3", down, MappingAddressAndPortDependent, FilteringAddressAndPortDependent, 3, true, No},
		{"symmetric by address", simnet.SymmetricAddress(), MappingAddressDependent, FilteringAddressAndPortDependent, 0, false, No},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inHome(t, tc.nat, func(n *simnet.Network, home *simnet.Router, c *Conn) {
				pass(5 * time.Second)
				r := c.Report()
				if r.UDP != Yes || r.Mapping != tc.mapping || r.Filtering != tc.filtering || r.Step != tc.step ||
					(r.Block != PortRange{}) != tc.block || r.Hairpin != tc.hairpin || r.IPv6 != No || r.OneServer {
					t.Errorf("report %+v", r)
				}
				for _, s := range r.Servers {
					if !s.Answered || s.RTT < 50*ms || s.RTT > 60*ms {
						t.Errorf("server %+v", s)
					}
				}
				c.mu.Lock()
				if len(c.extras) != 0 {
					t.Errorf("%d sockets are left open", len(c.extras))
				}
				c.mu.Unlock()
			})
		})
	}
}

func TestReportOfBlockedUDP(t *testing.T) {
	inHome(t, simnet.UDPBlocked(), func(n *simnet.Network, home *simnet.Router, c *Conn) {
		pass(time.Second)
		if r := c.Report(); r.UDP != Unknown || r.Mapping != MappingUnknown {
			t.Errorf("after a second: %+v", r)
		}
		pass(4 * time.Second)
		if r := c.Report(); r.UDP != No {
			t.Errorf("after five: %+v", r)
		}
	})
}

func TestPortStep(t *testing.T) {
	for _, tc := range []struct {
		ports []uint16
		want  int
	}{
		{nil, 0},
		{[]uint16{5, 6}, 0},
		{[]uint16{20000, 20001, 20002}, 1},
		{[]uint16{20000, 20002, 20003, 20007}, 1}, // others take ports, too
		{[]uint16{40, 30, 20, 10}, -10},
		{[]uint16{20254, 20255, 20000, 20001, 20002}, 1},
		{[]uint16{20254, 20000, 20001}, 0},
		{[]uint16{9000, 30000, 12000, 12001, 50000}, 0},
		{[]uint16{7, 7, 7}, 0},
	} {
		if got := portStep(tc.ports); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.ports, got, tc.want)
		}
	}
}
