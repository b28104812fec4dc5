// Package natlab builds small Internets out of Linux network namespaces: real
// kernel NATs, real sockets, real processes, and a userspace bridge that adds
// delay, jitter, loss and router hops where the kernel has no netem. Its
// tests run the gochat binary in them. It needs root, iproute2 and nftables;
// without them tests skip, or fail if NATLAB_REQUIRED=1 is set.
//
//	Flat                                 CGN
//
//	a, a2 ─ natA ─┐                      a, a2 ─ natA ─┐
//	     b ─ natB ─┼─ inet ─ srv              b ─ natB ─┴─ cgn ─ inet ─ srv
//	      p, q ────┘                                   p, q ──────┘
//
// srv has two public addresses, p and q one each. Nothing leaves the
// namespaces, whose names carry the process id; what an aborted run left
// behind is removed by the next one.
package natlab
