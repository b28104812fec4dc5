// Package simnet is an Internet in memory, for tests only: hosts, links that
// delay, lose, duplicate and reorder, and NAT routers that behave as RFC 4787
// names it. Nothing here touches a real socket, and nothing outside tests
// may import it.
//
//	n := simnet.New(1, simnet.Link{Latency: 12500 * time.Microsecond})
//	srv := n.Internet.Host("srv", "203.0.113.1")
//	home := n.Internet.Router("home", simnet.PortRestricted(), "203.0.113.10")
//	a := home.LAN.Host("a", "192.168.1.2")
//	conn, err := a.ListenPacket(0) // a net.PacketConn
//
// A network made by [New] runs on package time, blocks only on timers and
// condition variables, and so lives inside a testing/synctest bubble (make it
// inside). One made by [NewStepped] is a pure event queue driven by
// [Network.Step], for state machines tested without goroutines.
//
// Determinism: every interface has its own generator, seeded from the
// network's seed and its name, and arrivals at one instant are ordered by
// sender, not by goroutine. Same seed and same sends per host, same trace.
package simnet
