// Package natlab builds small Internets out of Linux network namespaces: real
// kernel NATs, real sockets, real processes, and a userspace bridge that adds
// delay, jitter, loss and router hops where the kernel has no netem. Its
// tests run the gochat binary in them. It needs root, iproute2 and nftables,
// for port mapping also miniupnpd; without them tests skip, or fail if
// NATLAB_REQUIRED=1 is set.
//
// Every run takes some two minutes: a choice of pairs and scenarios, in labs
// beside each other. With NATLAB_FULL=1 all are measured, one after the other.
//
//	Flat                                 CGN
//
//	a, a2 ─ natA ─┐                      a, a2 ─ natA ─┐
//	     b ─ natB ─┼─ inet ─ srv              b ─ natB ─┴─ cgn ─ inet ─ srv
//	      p, q ────┤                                   p, q ──────┤
//	      natC ────┘                                   natC ──────┘
//
// srv has two public addresses, p and q one each; natC is an empty home, for
// hosts that move. Public has no homes, but as many hosts (h1, h2, …) as are
// asked for. Nothing leaves the namespaces, whose names carry the process id;
// what an aborted run left behind is removed by the next one.
package natlab
