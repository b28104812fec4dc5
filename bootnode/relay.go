package bootnode

import "gochat/internal/wire"

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
	if !m.isAt(&ev) {
		d.drop(DropAddress)
		d.challenge(m, ev, d.token(m, ev, d.period()))
		return
	}
	m.path = ev.Path
	r := d.channelRoom(other)
	if r != m.room || other == m.channel || len(packet) == 0 || len(packet) > wire.MaxPayload {
		d.drop(DropRelayTarget)
		return
	}
	l := &d.cfg.Limits
	// Who comes by TCP from this machine may be anybody, behind a reverse proxy.
	excused := l.exempt(m.addr.Addr()) && !m.path.isStream()
	if !excused && !(rate{l.RelayRate, l.RelayBurst}).take(&m.keep().relay, d.now, len(packet)) {
		d.drop(DropRelayRate)
		d.notice(m, len(ev.Packet), wire.NoticeRelayLimited)
		return
	}
	if l.RelayQuota > 0 && !m.keep().quota.take(d.now, l.QuotaPeriod, l.RelayQuota, len(packet)) {
		d.drop(DropRelayQuota)
		d.notice(m, len(ev.Packet), wire.NoticeRelayQuota)
		return
	}
	if l.RelayTotal == 0 {
		d.carry(m.channel, other, packet)
		return
	}
	if n := d.share.put(m, other, packet); n > 0 {
		d.stats.Drops[DropRelayBusy] += n
	}
}

func (d *Directory) openRelay(m *member, p []byte) (other uint32, packet []byte, ok bool) {
	other, packet, err := wire.OpenRelay(d.plain[:0], p, d.awake(&m.session))
	if err == nil {
		m.used()
	} else if r := m.passing().renewal; r != nil {
		if other, packet, err = wire.OpenRelay(d.plain[:0], p, d.awake(&r.session)); err == nil {
			d.promote(m)
		}
	}
	if err != nil {
		return 0, nil, false
	}
	d.touch(m)
	return other, packet, true
}

// channelRoom is the room of whoever has a channel; nil: nobody has.
func (d *Directory) channelRoom(channel uint32) *room {
	if m := d.channels[channel]; m != nil {
		return m.room
	}
	if f := d.abroad.channels[channel]; f != nil {
		return f.room
	}
	return nil
}
