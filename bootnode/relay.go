package bootnode

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// relay carries a packet from one member of a room to another.
func (d *Directory) relay(ev Event) {
	channel, err := wire.RelayChannel(ev.Packet)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	m := d.channels[channel]
	if m == nil {
		d.drop(DropUnknown)
		return
	}
	other, packet, ok := d.openRelay(m, ev.Packet)
	if !ok {
		d.drop(DropSeal)
		return
	}
	if ev.From != m.addr {
		d.drop(DropAddress)
		d.challenge(m, ev, d.token(m, ev.From, d.period()))
		return
	}
	m.path = ev.Path
	to := d.channels[other]
	if to == nil || to == m || to.room != m.room || len(packet) == 0 || len(packet) > wire.MaxPayload {
		d.drop(DropRelayTarget)
		return
	}
	l := &d.cfg.Limits
	share := rate{l.RelayRate, l.RelayBurst}
	if !l.exempt(m.addr.Addr()) && !share.take(&m.relay, d.now, len(packet)) {
		d.drop(DropRelayRate)
		return
	}
	// Beyond the limit counters would repeat. The receiver sees it coming and
	// has registered anew long before.
	if next, _ := to.session.Counters(crypto.LaneRelay); next >= wire.RelayCounterLimit+1<<15 {
		d.drop(DropRelayTarget)
		return
	}
	d.stats.Relayed++
	d.stats.RelayedBytes += uint64(len(packet))
	d.emit(to.addr, to.path, wire.SealRelay(d.buf, to.channel, m.channel, to.session, packet))
}

func (d *Directory) openRelay(m *member, p []byte) (other uint32, packet []byte, ok bool) {
	other, packet, err := wire.OpenRelay(d.plain[:0], p, m.session)
	if err == nil {
		m.attempt = nil
	} else if m.renewal != nil {
		if other, packet, err = wire.OpenRelay(d.plain[:0], p, m.renewal.session); err == nil {
			d.promote(m)
		}
	}
	if err != nil {
		return 0, nil, false
	}
	d.touch(m)
	return other, packet, true
}
