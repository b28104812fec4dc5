package peer

import (
	"time"

	"gochat/punch"
)

// view is the member as the fronts see it.
func (m *member) view() Member {
	i, n := m.contact.remote.Info(), m.room.node
	s := n.standing(m.nick, m.contact.key)
	v := Member{
		Key: m.contact.key, Nick: s.nick, State: m.presence.state, RTT: i.RTT,
		Reason: m.presence.reason, Since: m.presence.since, Impostor: s.impostor, Namesake: s.namesake, Claims: s.claims,
		Verified: n.cfg.Names.Verified(m.contact.key), Ignored: n.Ignored(m.contact.key),
		Inviter: m.contact.key == m.room.inviter,
	}
	if v.State == Joined && !v.Ignored {
		v.Away, v.Status = m.status.shown.Away, m.status.shown.Text
	}
	switch {
	case v.State == Present:
		v.RTT, v.Reason = 0, "reached through others"
	case v.State == Left:
		v.RTT = 0
	case v.State == Unreachable:
		v.RTT, v.Reason = 0, firstNonEmpty(v.Reason, m.noWay(v.Nick))
	case i.Kind == punch.Direct:
		v.Path, v.Address, v.Via = PathDirect, i.Addr.String(), ViaUDP
	case i.Kind == punch.Relay:
		v.Path = PathRelay
		v.Via = m.contact.relayVia()
		d := detour{
			why: i.Why, nick: v.Nick, via: m.contact.via, tcp: v.Via == ViaTCP,
			udp:      v.Via == ViaTCP && n.conn.UDP() == punch.Yes,
			disclose: n.cfg.Disclose, blocked: i.NAT.Blocked,
		}
		// What the reason says, so that nothing changes that is not shown.
		v.Punching = d.searching()
		v.Reason = firstNonEmpty(v.Reason, d.words()) + m.contact.relayLimit()
	case v.State == Joined:
		v.RTT, v.Reason = 0, firstNonEmpty(v.Reason, m.noWay(v.Nick))
	default:
		v.RTT, v.Reason = 0, firstNonEmpty(v.Reason, "looking for a way to "+v.Nick)
	}
	return v
}

// noWay says why nothing reaches the member at the moment, who is called nick.
func (m *member) noWay(nick string) string {
	b := m.room.node.anyBoot(m.room)
	why := "no way to " + nick + " at the moment: "
	switch {
	case b == nil:
		return why + "no answer, and there is no bootnode that could relay; trying on"
	case b.state != BootnodeRegistered:
		return why + "the bootnode does not answer; trying on"
	case len(m.routes) == 0:
		return why + "no answer, and the bootnode does not list " + nick + " any more; trying on"
	}
	return why + "no answer, neither directly nor through the bootnode; trying on"
}

// anyBoot is the best bootnode there is for a room: one that has taken us in, if
// any has; nil: there is none.
func (n *Node) anyBoot(r *Room) (best *boot) {
	for _, b := range n.boots {
		if b.cfg.serves(r) && (best == nil || b.state == BootnodeRegistered) {
			best = b
		}
	}
	return best
}

// report emits a MemberChanged if there is something new.
func (m *member) report() {
	v := m.view()
	was := m.last
	if v.State.Here() {
		m.stand()
	}
	if was.State == Left && v.State == Left {
		return
	}
	rttOnly := was
	rttOnly.RTT, rttOnly.Since = v.RTT, v.Since
	if v == rttOnly && !rttMoved(was.RTT, v.RTT) {
		return
	}
	m.last = v
	m.room.emit(MemberChanged{Room: m.room.name, Member: v, Was: was.State})
}

// rttMoved: a change by more than a tenth and more than a millisecond.
func rttMoved(a, b time.Duration) bool {
	d := (b - a).Abs()
	return d > a/10 && d > time.Millisecond
}
