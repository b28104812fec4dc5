package bootnode

import (
	"bytes"
	"crypto/hmac"
	"net/netip"

	"gochat/internal/wire"
)

// sessionFrame handles what comes under a session key.
func (d *Directory) sessionFrame(ev Event) {
	id, counter, err := wire.SessionFrame(ev.Packet)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	m := d.sessions[id]
	if m == nil {
		d.gone(ev, wire.Gone{Session: id, Counter: counter})
		return
	}
	body, ok := d.open(m, ev.Packet)
	if !ok {
		d.drop(DropSeal)
		return
	}
	kind := wire.RendezvousKind(ev.Packet)
	if kind == wire.TypeBye {
		// Also from another address: it is the member's own word.
		d.remove(m, wire.RosterLeft)
		d.stats.Left++
		return
	}
	if ev.From != m.addr {
		d.elsewhere(m, ev, kind, body)
		return
	}
	m.path = ev.Path
	switch kind {
	case wire.TypeBeat:
		d.beat(m, counter, body)
	case wire.TypeUpdate:
		d.update(m, counter, body)
	case wire.TypeRosterGet:
		d.rosterGet(m, body)
	case wire.TypeChallengeEcho:
		// Late, or repeated: the address is proven.
	default:
		d.drop(DropMalformed)
	}
}

// gone tells a client that its session is not here (any more). The frame is
// shorter than any that leads to it.
func (d *Directory) gone(ev Event, f wire.Gone) {
	d.drop(DropUnknown)
	limit := d.cfg.Limits.GonesPerSecond
	if !(rate{limit, limit}).take(&d.absent, d.now, 1) {
		return
	}
	d.emit(ev.From, ev.Path, f.Append(d.buf))
}

// open opens a member's frame under its present keys or those to come. An
// authentic frame is a sign of life wherever it comes from: its counter is new.
func (d *Directory) open(m *member, p []byte) (body []byte, ok bool) {
	body, err := wire.OpenSession(p, m.session)
	if err == nil {
		m.attempt = nil
	} else if m.renewal != nil {
		if body, err = wire.OpenSession(p, m.renewal.session); err == nil {
			d.promote(m)
		}
	}
	if err != nil {
		return nil, false
	}
	d.touch(m)
	return body, true
}

func (d *Directory) beat(m *member, counter uint64, body []byte) {
	if _, err := wire.ParseBeat(body); err != nil {
		d.drop(DropMalformed)
		return
	}
	ack := wire.BeatAck{Counter: counter, Version: m.room.version, Observed: m.addr}
	d.body = ack.Append(d.body[:0])
	d.send(m, wire.TypeBeatAck, d.body)
}

func (d *Directory) update(m *member, counter uint64, announcement []byte) {
	if len(announcement) > wire.MaxAnnouncement {
		d.drop(DropMalformed)
		return
	}
	// One that was overtaken on its way must not undo a later one.
	changed := counter > m.updated && !bytes.Equal(announcement, m.announcement)
	if changed && !updatesPerMember.take(&m.updates, d.now, 1) {
		d.drop(DropRate) // unacknowledged: it comes again
		return
	}
	d.body = wire.UpdateAck{Counter: counter}.Append(d.body[:0])
	d.send(m, wire.TypeUpdateAck, d.body)
	m.updated = max(m.updated, counter)
	if changed {
		m.announcement = bytes.Clone(announcement)
		m.room.enter(m)
		d.changed(m.room, nil)
	}
}

func (d *Directory) rosterGet(m *member, body []byte) {
	f, err := wire.ParseRosterGet(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	p := m.room.page(f.Since, wire.RosterRoom, d.entries)
	d.entries = p.Entries
	d.body = p.Append(d.body[:0])
	d.send(m, wire.TypeRoster, d.body)
}

// elsewhere handles an authentic frame from an address that is not proven: a
// member whose NAT gave it a new one, or somebody who passes on what he caught.
// Until the token comes back from there, nothing but the token goes there.
func (d *Directory) elsewhere(m *member, ev Event, kind wire.RendezvousType, body []byte) {
	token := func(ago uint32) wire.Token { return d.token(m, ev.From, d.period()-ago) }
	if kind != wire.TypeChallengeEcho {
		d.drop(DropAddress)
		d.challenge(m, ev, token(0))
		return
	}
	got, err := wire.ParseToken(body)
	now, last := token(0), token(1)
	if err != nil || !hmac.Equal(got[:], now[:]) && !hmac.Equal(got[:], last[:]) {
		d.drop(DropAddress)
		return
	}
	d.move(m, ev.From)
	m.path = ev.Path
	if !m.hideAddress {
		m.room.enter(m)
		d.changed(m.room, nil)
	}
}

// challenge sends a token if that is no more than came.
func (d *Directory) challenge(m *member, ev Event, token wire.Token) {
	b, _ := wire.SealSession(d.buf, wire.TypeChallenge, m.id, m.session, token[:])
	if len(b)-len(d.buf) <= len(ev.Packet) {
		d.emit(ev.From, ev.Path, b)
	}
}

// token is what proves an address of a member. Like a cookie it is computed
// anew when it comes back; it only travels sealed.
func (d *Directory) token(m *member, a netip.AddrPort, period uint32) (t wire.Token) {
	c := d.tokens.Make(append(m.id[:], addrBytes(a)...), period)
	copy(t[:], c[len(c)-len(t):])
	return t
}
