package bootnode

import (
	"net/netip"

	"gochat/internal/wire"
)

// reachLeast is the least port that is probed: below are services.
const reachLeast = 1024

// reachPerMember bounds probes. They go to the member's own proven address
// alone, but others may share it.
var reachPerMember = rate{1, 6}

// reach sends a packet to another port of a member's address, from where it
// has never sent to: does its router's mapping work? What leaves is shorter
// than what came. Nothing does for a member over TCP: its address may be that of
// a reverse proxy, on this machine perhaps, whose ports are nobody's to probe.
func (d *Directory) reach(m *member, counter uint64, body []byte) {
	f, err := wire.ParseReach(body)
	if err != nil || f.Port < reachLeast {
		d.drop(DropMalformed)
		return
	}
	if !reachPerMember.take(&m.keep().reaches, d.now, 1) {
		d.drop(DropRate)
		return
	}
	sends := d.cfg.Reaches && !m.path.isStream()
	if sends {
		to := netip.AddrPortFrom(m.addr.Addr(), f.Port)
		d.emit(to, 0, append(d.buf, wire.STUNResponse(f.ID, to)...))
		d.out[len(d.out)-1].Reach = true
	}
	d.body = wire.ReachAck{Counter: counter, Sent: sends}.Append(d.body[:0])
	d.send(m, wire.TypeReachAck, d.body)
}
