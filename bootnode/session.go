package bootnode

import (
	"bytes"
	"crypto/hmac"

	"gochat/crypto"
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
	if !m.isAt(&ev) {
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
	case wire.TypeReach:
		d.reach(m, counter, body)
	case wire.TypeChallengeEcho:
		// Late, or repeated: the address is proven.
	default:
		if !d.boxFrame(m, kind, body) {
			d.drop(DropMalformed)
		}
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
	body, err := wire.OpenSession(p, d.awake(&m.session))
	if err == nil {
		m.used()
	} else if r := m.passing().renewal; r != nil {
		if body, err = wire.OpenSession(p, d.awake(&r.session)); err == nil && !d.promote(m) {
			return nil, false
		}
	}
	if err != nil {
		return nil, false
	}
	d.touch(m)
	return body, true
}

func (d *Directory) beat(m *member, counter uint64, body []byte) {
	f, err := wire.ParseBeat(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	ack := wire.BeatAck{Counter: counter, Version: m.room.version, Clock: uint64(d.wall.UnixMilli()), Observed: m.addr}
	d.body = ack.Append(d.body[:0])
	d.send(m, wire.TypeBeatAck, d.body)
	d.remind(m, f)
}

func (d *Directory) update(m *member, counter uint64, announcement []byte) {
	if len(announcement) > wire.MaxAnnouncement {
		d.drop(DropMalformed)
		return
	}
	// One that was overtaken on its way must not undo a later one.
	changed := counter > m.updated && !bytes.Equal(announcement, m.announcement)
	if changed && !updatesPerMember.take(&m.keep().updates, d.now, 1) {
		d.drop(DropRate) // unacknowledged: it comes again
		return
	}
	d.body = wire.UpdateAck{Counter: counter}.Append(d.body[:0])
	d.send(m, wire.TypeUpdateAck, d.body)
	m.updated = max(m.updated, counter)
	if changed {
		m.announcement = bytes.Clone(announcement)
		d.enter(m)
		d.changed(m.room, nil)
	}
}

func (d *Directory) rosterGet(m *member, body []byte) {
	f, err := wire.ParseRosterGet(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if !takeRoster(&m.keep().rosters, d.now, m.room.present()) {
		d.drop(DropRosterRate) // unanswered: it comes again
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
	if d.confined(m, ev.From.Addr(), crypto.RunPublic{}) != wire.StatusOK {
		d.drop(DropAddress) // unanswered there it registers again, and is told why
		return
	}
	token := func(ago uint32) wire.Token { return d.token(m, ev, d.period()-ago) }
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
		d.enter(m)
		d.changed(m.room, nil)
	}
}

// challenge sends a token if that is no more than came.
func (d *Directory) challenge(m *member, ev Event, token wire.Token) {
	b, _ := wire.SealSession(d.buf, wire.TypeChallenge, m.id, d.awake(&m.session), token[:])
	if len(b)-len(d.buf) <= len(ev.Packet) {
		d.emit(ev.From, ev.Path, b)
	}
}

// token is what proves an address of a member. Like a cookie it is computed
// anew when it comes back; it only travels sealed.
func (d *Directory) token(m *member, ev Event, period uint32) (t wire.Token) {
	c := d.tokens.Make(append(m.id[:], ev.place()...), period)
	copy(t[:], c[len(c)-len(t):])
	return t
}
