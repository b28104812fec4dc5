package punch

import (
	"net/netip"
	"slices"
	"time"
)

// gateFor is how long an address stays admitted after the last authentic
// probe from there: several keep-alives, of a spare path too.
const gateFor = 2 * time.Minute

// gate knows from which addresses QUIC packets may come, and whose they are.
type gate map[netip.AddrPort]gateEntry

type gateEntry struct {
	r  *Remote
	at time.Time // of the latest authentic probe
}

// owner is whose packets from an address are; nil: a stranger's.
func (g gate) owner(now time.Time, from netip.AddrPort) *Remote {
	e, ok := g[from]
	if !ok || now.Sub(e.at) > gateFor {
		return nil
	}
	return e.r
}

// admit opens the gate for an address that an authentic probe came from at a
// time.
// A member can write any source on his probes, so an address at which
// another's answers to our own probes come from stays the other's.
func (g gate) admit(at time.Time, from netip.AddrPort, r *Remote) {
	e, taken := g[from]
	switch {
	case taken && e.r != r && e.r.agent.Proven(from):
		return
	case taken && e.r != r:
		e.r.admitted = slices.DeleteFunc(e.r.admitted, func(a netip.AddrPort) bool { return a == from })
		fallthrough
	case !taken:
		if len(r.admitted) >= maxPaths {
			g.expel(r)
		}
		r.admitted = append(r.admitted, from)
	}
	g[from] = gateEntry{r, at}
}

// expel closes the gate for the address of r that was silent longest.
func (g gate) expel(r *Remote) {
	oldest := slices.MinFunc(r.admitted, func(x, y netip.AddrPort) int { return g[x].at.Compare(g[y].at) })
	delete(g, oldest)
	r.admitted = slices.DeleteFunc(r.admitted, func(a netip.AddrPort) bool { return a == oldest })
}

// forget closes the gate for all addresses of r.
func (g gate) forget(r *Remote) {
	for _, a := range r.admitted {
		delete(g, a)
	}
	r.admitted = nil
}
