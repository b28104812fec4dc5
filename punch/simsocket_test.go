package punch

import (
	"net/netip"
	"time"

	"gochat/internal/simnet"
)

// simSocket is a further socket of a simulated member.
type simSocket struct {
	*simnet.Socket
	seen  []netip.AddrPort // by each server that was asked
	until time.Time        // answers are waited for
}

// simAnswer is a question and, with seen, its answer.
type simAnswer struct {
	sock, server int
	seen         netip.AddrPort
}

// socket opens and closes sockets, and reports whether an action was that.
func (n *simNode) socket(act Action) bool {
	switch m := act.Msg.(type) {
	case Open:
		x := &simSocket{seen: make([]netip.AddrPort, m.Ask)}
		x.Socket, _ = n.host.Bind(0, func(now time.Time, d simnet.Datagram) { n.receive(now, d, act.Sock) })
		n.socks[act.Sock] = x
		if m.Ask > 0 {
			x.until = n.sim.now.Add(askTimes * askEvery)
			n.asking[act.Sock] = x
		}
		for i := range m.Ask {
			x.Send(n.sim.frame(simAsk, simAnswer{sock: act.Sock, server: i}, 60), netip.AddrPortFrom(simServer.Addr(), simServer.Port()+uint16(i)), netip.Addr{})
		}
	case Close:
		n.socks[act.Sock].Close()
		delete(n.socks, act.Sock)
		delete(n.asking, act.Sock)
	default:
		return false
	}
	return true
}

// socketSeen takes a server's answer, and passes all on when they are there.
func (n *simNode) socketSeen(q simAnswer) {
	x := n.asking[q.sock]
	if x == nil {
		return
	}
	x.seen[q.server] = q.seen
	if len(x.answers()) == len(x.seen) {
		x.until = n.sim.now
	}
}

func (x *simSocket) answers() (out []netip.AddrPort) {
	for _, a := range x.seen {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// send sends a probe by the socket that the agent chose.
func (n *simNode) send(p []byte, to netip.AddrPort, act Action) {
	s := n.sock
	if act.Sock != 0 {
		s = n.socks[act.Sock].Socket
	}
	ttl := 64
	if act.TTL > 0 {
		ttl = act.TTL
	}
	s.SendTTL(p, to, netip.Addr{}, ttl)
}
