package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// Retransmission of binding requests: RFC 8489 §6.2.1 begins at 500 ms; a
// chat's first second matters, and the server is one we just talked to.
const (
	stunFirst   = 100 * time.Millisecond
	stunMax     = 3 * time.Second
	stunTries   = 7
	stunRefresh = 25 * time.Second
	stunPause   = 2 * time.Second // least time between refreshes out of turn
	maxSTUN     = 8
)

// stunClient asks STUN servers how they see us, again and again. It is pure:
// step returns the requests to send.
type stunClient struct {
	txID    func() wire.TxID
	servers []*stunServer
}

type stunServer struct {
	addr    netip.AddrPort
	id      wire.TxID
	tries   int // requests with this id; 0: none is waited for
	wait    time.Duration
	next    time.Time
	started time.Time // of the latest first request
}

type stunRequest struct {
	to netip.AddrPort
	id wire.TxID
}

// add begins to ask a server; one that is known is asked again at once. The
// oldest of too many is forgotten.
func (c *stunClient) add(now time.Time, addr netip.AddrPort) {
	if !reachable(addr) {
		return
	}
	i := slices.IndexFunc(c.servers, func(s *stunServer) bool { return s.addr == addr })
	if i >= 0 {
		c.servers[i].restart(now)
		return
	}
	if len(c.servers) >= maxSTUN {
		c.servers = slices.Delete(c.servers, 0, 1)
	}
	s := &stunServer{addr: addr}
	s.restart(now)
	c.servers = append(c.servers, s)
}

// refresh asks all servers now: our mapping may have changed.
func (c *stunClient) refresh(now time.Time) {
	for _, s := range c.servers {
		if s.tries == 0 && now.Sub(s.started) >= stunPause {
			s.restart(now)
		}
	}
}

func (s *stunServer) restart(at time.Time) { s.tries, s.wait, s.next = 0, stunFirst, at }

// step returns the requests due at now.
func (c *stunClient) step(now time.Time) (out []stunRequest) {
	for _, s := range c.servers {
		if now.Before(s.next) {
			continue
		}
		if s.tries >= stunTries { // silent: it may come back
			s.restart(now.Add(stunRefresh))
			continue
		}
		if s.tries == 0 {
			s.id, s.started = c.txID(), now
		}
		s.tries++
		s.next = now.Add(s.wait)
		s.wait = min(2*s.wait, stunMax)
		out = append(out, stunRequest{s.addr, s.id})
	}
	return out
}

// answered takes a response; it counts only from the asked address and with
// the outstanding id.
func (c *stunClient) answered(now time.Time, from netip.AddrPort, id wire.TxID) bool {
	for _, s := range c.servers {
		if s.addr == from && s.id == id && s.tries > 0 {
			s.restart(now.Add(stunRefresh))
			return true
		}
	}
	return false
}

func (c *stunClient) nextDeadline() time.Time {
	var d deadline
	for _, s := range c.servers {
		d.add(s.next)
	}
	return d.at
}
