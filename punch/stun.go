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
	stunMax     = 2 * time.Second
	stunTries   = 7
	stunRefresh = 25 * time.Second
	stunPause   = 2 * time.Second // least time between refreshes out of turn
	maxSTUN     = 8
	// A server that has answered before and does not any more is asked every
	// stunSilent for as long as stunPatience: so the end of an outage shows.
	stunSilent   = 2 * time.Second
	stunPatience = 5 * time.Minute
	// outage is how long nobody answers for it to count as one.
	outage = time.Second
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
	added   time.Time
	mapped  netip.AddrPort // as it saw us last; invalid: no answer yet
	rtt     time.Duration  // of the first answer to a request that was not repeated
	known   bool           // it has answered before
	silent  time.Time      // since when it does not answer; zero: it does, or was not asked
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
	s := &stunServer{addr: addr, added: now}
	s.restart(now)
	c.servers = append(c.servers, s)
}

// refresh asks all servers soon: our mapping may have changed.
func (c *stunClient) refresh(now time.Time) {
	for _, s := range c.servers {
		at := s.started.Add(stunPause)
		if at.Before(now) {
			at = now
		}
		if s.tries == 0 && at.Before(s.next) {
			s.restart(at)
		}
	}
}

// again asks all servers at once: we may be in another network.
func (c *stunClient) again(now time.Time) {
	for _, s := range c.servers {
		s.mapped, s.rtt, s.added = netip.AddrPort{}, 0, now
		s.restart(now)
	}
}

func (s *stunServer) restart(at time.Time) { s.tries, s.wait, s.next = 0, stunFirst, at }

// step returns the requests due at now.
func (c *stunClient) step(now time.Time) (out []stunRequest) {
	for _, s := range c.servers {
		if now.Before(s.next) {
			continue
		}
		if s.tries >= stunTries && !s.expected(now) { // it may come back
			s.restart(now.Add(stunRefresh))
			continue
		}
		if s.tries == 0 {
			s.id, s.started = c.txID(), now
			if s.silent.IsZero() {
				s.silent = now
			}
		}
		s.tries++
		s.next = now.Add(s.wait)
		s.wait = min(2*s.wait, stunMax)
		if s.tries > stunTries {
			s.next = now.Add(stunSilent)
		}
		out = append(out, stunRequest{s.addr, s.id})
	}
	return out
}

// expected reports whether a silent server is likely to be back soon.
func (s *stunServer) expected(now time.Time) bool {
	return s.known && now.Sub(s.silent) < stunPatience
}

// answered takes a response; it counts only from the asked address and with
// the outstanding id. silent is since when the server had not answered, if that
// is long for a lost packet or two.
func (c *stunClient) answered(now time.Time, from netip.AddrPort, id wire.TxID, mapped netip.AddrPort) (ok bool, silent time.Time) {
	for _, s := range c.servers {
		if s.addr == from && s.id == id && s.tries > 0 {
			if s.tries == 1 || s.rtt == 0 {
				s.rtt = now.Sub(s.started)
			}
			if s.mapped.IsValid() && s.mapped != plain(mapped) {
				c.forget(now, s)
			}
			s.mapped = plain(mapped)
			if now.Sub(s.silent) >= outage {
				silent = s.silent
			}
			s.known, s.silent = true, time.Time{}
			s.restart(now.Add(stunRefresh))
			return true, silent
		}
	}
	return false, time.Time{}
}

// forget asks the other servers anew: what they saw before one saw us change
// cannot be compared with that.
func (c *stunClient) forget(now time.Time, but *stunServer) {
	for _, s := range c.servers {
		if s != but {
			s.mapped = netip.AddrPort{}
			s.restart(now)
		}
	}
}

func (c *stunClient) nextDeadline() time.Time {
	var d deadline
	for _, s := range c.servers {
		d.add(s.next)
	}
	return d.at
}
