package bootnode

import (
	"bytes"
	"crypto/sha256"
	"net/netip"

	"gochat/crypto"
	"gochat/internal/wire"
)

// hello answers with a cookie and remembers nothing.
func (d *Directory) hello(ev Event) {
	f, err := wire.ParseHello(ev.Packet)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	cookie := d.cookies.Make(addrBytes(ev.From), d.period())
	l := &d.cfg.Limits
	if !l.exempt(ev.From.Addr()) &&
		!helloPerAddress.take(&d.sources.hello[sourceIndex(cookie[:])], d.now, 1) ||
		!(rate{l.HellosPerSecond, l.HellosPerSecond}).take(&d.hellos, d.now, 1) {
		d.drop(DropRate)
		return
	}
	answer := wire.CookieFrame{Nonce: f.Nonce, Cookie: cookie, Key: d.cfg.Key.Public()}
	d.emit(ev.From, ev.Path, answer.Append(d.buf))
}

// register checks in the order of the price: cookie, pace, seal, proof, limits.
func (d *Directory) register(ev Event) {
	cookie, err := wire.RegisterCookie(ev.Packet)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if !d.cookies.Check(cookie, addrBytes(ev.From), d.period()) {
		d.drop(DropCookie)
		return
	}
	l := &d.cfg.Limits
	if !l.exempt(ev.From.Addr()) &&
		!registerPerAddress.take(&d.sources.register[sourceIndex(cookie[:])], d.now, 1) ||
		!(rate{l.RegistersPerSec, l.RegistersPerSec}).take(&d.regs, d.now, 1) {
		d.drop(DropRate)
		return
	}
	f, err := wire.OpenRegister(ev.Packet, d.cfg.Key)
	if err != nil {
		d.drop(DropSeal)
		return
	}
	keys, err := crypto.NewRegisterKeys(d.cfg.Key, f.Run)
	if err != nil || !keys.CheckProof(f.Proof, f.Cookie, f.Tag) {
		d.drop(DropSeal)
		return
	}
	d.admit(ev, &f, keys)
}

// admit answers a REGISTER that proves both its address and its run key.
func (d *Directory) admit(ev Event, f *wire.Register, keys *crypto.RegisterKeys) {
	id := crypto.NewSessionID(f.Run, f.Tag)
	welcome := wire.Welcome{
		Observed:  ev.From,
		STUNPort:  d.cfg.STUNPort,
		Heartbeat: d.cfg.Heartbeat,
		Timeout:   d.cfg.Timeout,
	}
	m := d.sessions[id]
	joined := m == nil
	switch {
	case !joined:
		welcome.Key = d.renew(m, ev, f)
	default:
		if welcome.Status = d.refusal(ev, f); welcome.Status != wire.StatusOK {
			d.stats.Refused++
			break
		}
		m, welcome.Key = d.join(id, ev, f)
	}
	if m != nil {
		welcome.Channel = m.channel
		welcome.Roster = m.room.page(0, wire.WelcomeRosterRoom, d.entries)
		d.entries = welcome.Roster.Entries
	}
	d.emit(ev.From, ev.Path, append(d.buf, welcome.Seal(id, keys, f.Cookie)...))
	switch {
	case m == nil:
	case joined:
		d.changed(m.room, m)
	default:
		d.probeRenewal(m)
	}
}

// refusal says why there is no place for a newcomer.
func (d *Directory) refusal(ev Event, f *wire.Register) wire.Status {
	l := &d.cfg.Limits
	r := d.rooms[f.Tag]
	switch addr := ev.From.Addr(); {
	case d.cfg.Serves != nil && !d.cfg.Serves(f.Tag):
		return wire.StatusRefused
	case len(d.sessions) >= l.Members:
		return wire.StatusOverloaded
	case r != nil && r.members >= l.MembersPerRoom:
		return wire.StatusRoomFull
	case !l.exempt(addr) && d.sites[siteOf(addr)] >= l.MembersPerAddress:
		return wire.StatusAddressFull
	}
	return wire.StatusOK
}

func (d *Directory) join(id crypto.SessionID, ev Event, f *wire.Register) (*member, crypto.SessionKey) {
	a := newAttempt(ev)
	m := &member{
		id: id, channel: d.newChannel(), path: ev.Path, hideAddress: f.HideAddress,
		room: d.room(f.Tag), addr: ev.From, announcement: bytes.Clone(f.Announcement),
		session: crypto.NewSession(a.key, crypto.RoleServer), attempt: &a,
		due: d.now + d.probeAfter,
	}
	d.sessions[id], d.channels[m.channel] = m, m
	d.sites[siteOf(m.addr.Addr())]++
	d.heard.push(m)
	m.room.enter(m)
	d.stats.Joined++
	return m, a.key
}

// renew answers a REGISTER of a member that is there. A repeated one gets the
// key it got; another one new keys, and the member keeps its present ones until
// it has used those.
func (d *Directory) renew(m *member, ev Event, f *wire.Register) crypto.SessionKey {
	a := newAttempt(ev)
	if m.attempt != nil && m.attempt.request == a.request {
		return m.attempt.key
	}
	if m.renewal == nil || m.renewal.attempt.request != a.request {
		m.renewal = &renewal{
			attempt: a, session: crypto.NewSession(a.key, crypto.RoleServer),
			addr: ev.From, path: ev.Path, hideAddress: f.HideAddress,
			announcement: bytes.Clone(f.Announcement),
		}
	}
	return m.renewal.attempt.key
}

func newAttempt(ev Event) attempt {
	return attempt{request: sha256.Sum256(ev.Packet), key: crypto.NewSessionKey()}
}

// promote puts a renewal into force.
func (d *Directory) promote(m *member) {
	n := m.renewal
	before := m.observed()
	m.session, m.attempt, m.renewal = n.session, nil, nil
	m.path, m.hideAddress, m.updated = n.path, n.hideAddress, 0
	d.move(m, n.addr)
	if m.observed() != before || !bytes.Equal(m.announcement, n.announcement) {
		m.announcement = n.announcement
		m.room.enter(m)
		d.changed(m.room, nil)
	}
}

// remove ends a registration.
func (d *Directory) remove(m *member, how wire.RosterKind) {
	delete(d.sessions, m.id)
	delete(d.channels, m.channel)
	d.queueOf(m).remove(m)
	d.leaveSite(m)
	r := m.room
	r.leave(m, how)
	if r.members == 0 {
		delete(d.rooms, r.tag)
		d.freed = max(d.freed, r.version)
		return
	}
	d.changed(r, nil)
}

// move takes a member to another proven address.
func (d *Directory) move(m *member, to netip.AddrPort) {
	d.leaveSite(m)
	m.addr = to
	d.sites[siteOf(to.Addr())]++
}

func (d *Directory) leaveSite(m *member) {
	s := siteOf(m.addr.Addr())
	if d.sites[s]--; d.sites[s] == 0 {
		delete(d.sites, s)
	}
}

func (d *Directory) room(tag crypto.RoomTag) *room {
	r := d.rooms[tag]
	if r == nil {
		opened := max(uint64(d.wall.UnixMilli())*versionStep, d.freed+versionStep)
		r = newRoom(tag, opened, uint16(d.cfg.Rand.Uint32()))
		d.rooms[tag] = r
	}
	return r
}

// newChannel draws a number that is not 0 and nobody has.
func (d *Directory) newChannel() uint32 {
	for {
		n := d.cfg.Rand.Uint32()
		if n != 0 && d.channels[n] == nil {
			return n
		}
	}
}
