// Package udp is the thin shell around real UDP sockets: batched reads and
// writes, the local address of each datagram, multicast, and the addresses of
// this host. It turns every address into a netip value without the IPv4-mapped
// form, in one place, and hides what differs between operating systems.
//
// It knows nothing of what the datagrams mean. [Wrap] gives any
// net.PacketConn, such as those of a simulated network, the same interface.
//
// On js/wasm everything that needs a socket fails with errors.ErrUnsupported.
package udp
