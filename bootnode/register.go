package bootnode

import (
	"bytes"
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
	d.cookie(ev, f.Nonce)
}

// greet sends a new connection its cookie unasked: the handshake of TCP has
// proven the address. The nonce is zero.
func (d *Directory) greet(ev Event) { d.cookie(ev, [8]byte{}) }

func (d *Directory) cookie(ev Event, nonce [8]byte) {
	cookie := d.cookies.Make(ev.place(), d.period())
	l := &d.cfg.Limits
	if !l.exempt(ev.From.Addr()) && !d.sources.hello.take(d.now, cookie, ev.From.Addr(), helloPerAddress, helloPerNetwork) ||
		!(rate{l.HellosPerSecond, l.HellosPerSecond}).take(&d.hellos, d.now, 1) {
		d.drop(DropRate)
		return
	}
	answer := wire.CookieFrame{Nonce: nonce, Cookie: cookie, Key: d.cfg.Key.Public()}
	d.emit(ev.From, ev.Path, answer.Append(d.buf))
}

// register checks in the order of the price: cookie, pace, seal, proof, limits.
func (d *Directory) register(ev Event) {
	cookie, err := wire.RegisterCookie(ev.Packet)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if !d.cookies.Check(cookie, ev.place(), d.period()) {
		d.drop(DropCookie)
		return
	}
	l := &d.cfg.Limits
	if !l.exempt(ev.From.Addr()) && !d.sources.register.take(d.now, cookie, ev.From.Addr(), registerPerAddress, registerPerNetwork) ||
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
	d.took = true
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
		welcome.Status = d.confined(m, ev.From.Addr(), f.Run)
	default:
		welcome.Status = d.refusal(id, ev, f)
	}
	switch {
	case welcome.Status != wire.StatusOK:
		d.stats.Refused++
		d.explain(&welcome, ev, f)
		m = nil
	case joined:
		m, welcome.Key = d.join(id, ev, f)
	default:
		welcome.Key = d.renew(m, ev, f)
	}
	if m != nil {
		welcome.Channel, welcome.Notice = m.channel, d.words.last
		welcome.Roster = m.room.page(0, wire.WelcomeRosterRoom, d.entries)
		d.entries = welcome.Roster.Entries
	}
	d.emit(ev.From, ev.Path, append(d.buf, welcome.Seal(id, keys, wire.RequestOf(ev.Packet))...))
	switch {
	case m == nil:
	case joined:
		d.changed(m.room, m)
	default:
		d.probeRenewal(m)
	}
}

// refusal says why there is no place for a newcomer.
func (d *Directory) refusal(id crypto.SessionID, ev Event, f *wire.Register) wire.Status {
	l := &d.cfg.Limits
	r := d.rooms[f.Tag]
	switch addr := ev.From.Addr(); {
	case d.cfg.Serves != nil && !d.cfg.Serves(f.Tag):
		return wire.StatusRefused
	case d.bans.find(d.wall, addr, id, f.Run, d.cfg.Invited.name(f)) != nil:
		return wire.StatusBanned
	case d.cfg.Invited != nil && !d.cfg.Invited.proves(d.cfg.Key.Public(), f):
		return wire.StatusUninvited
	case d.drain != nil:
		return wire.StatusMoving
	case len(d.sessions) >= l.Members:
		return wire.StatusOverloaded
	case r != nil && r.members >= l.MembersPerRoom:
		return wire.StatusRoomFull
	case d.crowded(nil, addr) != wire.StatusOK:
		return d.crowded(nil, addr)
	case r == nil && len(d.rooms) >= l.Rooms:
		return wire.StatusRoomsFull
	}
	return wire.StatusOK
}

// crowded says whether there are too many at an address already for one more,
// or for a member who was elsewhere.
func (d *Directory) crowded(m *member, addr netip.Addr) wire.Status {
	l := &d.cfg.Limits
	if l.exempt(addr) {
		return wire.StatusOK
	}
	s, n := siteOf(addr), networkOf(addr)
	switch {
	case (m == nil || siteOf(m.addr.Addr()) != s) && int(d.sites[s]) >= l.MembersPerAddress:
		return wire.StatusAddressFull
	case (m == nil || networkOf(m.addr.Addr()) != n) && int(d.networks[n]) >= l.MembersPerNetwork:
		return wire.StatusNetworkFull
	}
	return wire.StatusOK
}

// confined says why a member may not go to an address: bans and limits hold
// there as for newcomers, or registering elsewhere first would get round them.
// The run may be zero where it is not known.
func (d *Directory) confined(m *member, addr netip.Addr, run crypto.RunPublic) wire.Status {
	if d.bans.find(d.wall, addr, m.id, run, d.guest(m)) != nil {
		return wire.StatusBanned
	}
	return d.crowded(m, addr)
}

func (d *Directory) join(id crypto.SessionID, ev Event, f *wire.Register) (*member, crypto.SessionKey) {
	a := newAttempt(ev)
	m := &member{
		id: id, channel: d.newChannel(), path: ev.Path, hideAddress: f.HideAddress,
		room: d.room(f.Tag), addr: ev.From, announcement: bytes.Clone(f.Announcement),
		session: *crypto.NewSession(a.key, crypto.RoleServer), apart: &passing{attempt: &a},
		due: d.patience() + d.probeAfter,
	}
	d.sessions[id], d.channels[m.channel] = m, m
	d.enterSite(m)
	if d.cfg.Invited != nil {
		d.guests[id] = f.Invitation.ID
	}
	d.heard.push(m)
	d.enter(m)
	d.stats.Joined++
	return m, a.key
}

// renew answers a REGISTER of a member that is there. A repeated one gets the
// key it got; another one new keys, and the member keeps its present ones until
// it has used those.
func (d *Directory) renew(m *member, ev Event, f *wire.Register) crypto.SessionKey {
	a := newAttempt(ev)
	p := m.keep()
	if p.attempt != nil && p.attempt.request == a.request {
		return p.attempt.key
	}
	if p.renewal == nil || p.renewal.attempt.request != a.request {
		p.renewal = &renewal{
			attempt: a, session: *crypto.NewSession(a.key, crypto.RoleServer),
			addr: ev.From, path: ev.Path, hideAddress: f.HideAddress,
			announcement: bytes.Clone(f.Announcement),
		}
	}
	return p.renewal.attempt.key
}

func newAttempt(ev Event) attempt {
	return attempt{request: wire.RequestOf(ev.Packet), key: crypto.NewSessionKey()}
}

// promote puts a renewal into force, and reports whether its address is still
// one where the member may be.
func (d *Directory) promote(m *member) bool {
	n := m.apart.renewal
	if d.confined(m, n.addr.Addr(), crypto.RunPublic{}) != wire.StatusOK {
		m.apart.renewal = nil // it is told why when it registers again
		return false
	}
	before := m.observed()
	n.session.Rest() // it is the copy whose ciphers the directory knows of from here on
	m.session, m.apart.attempt, m.apart.renewal = n.session, nil, nil
	m.path, m.hideAddress, m.updated = n.path, n.hideAddress, 0
	d.move(m, n.addr)
	if m.observed() != before || !bytes.Equal(m.announcement, n.announcement) {
		m.announcement = n.announcement
		d.enter(m)
		d.changed(m.room, nil)
	}
	return true
}

// remove ends a registration.
func (d *Directory) remove(m *member, how wire.RosterKind) {
	delete(d.sessions, m.id)
	delete(d.channels, m.channel)
	d.queueOf(m).remove(m)
	d.share.forget(m)
	d.leaveSite(m)
	delete(d.guests, m.id)
	r := m.room
	d.leave(m, how)
	if r.members == 0 {
		d.closed(r)
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
	d.enterSite(m)
}

func (d *Directory) room(tag crypto.RoomTag) *room {
	r := d.rooms[tag]
	if r == nil {
		opened := max(uint64(d.wall.UnixMilli())*versionStep, d.freed+versionStep)
		r = newRoom(tag, opened, uint16(d.cfg.Rand.Uint32()))
		d.rooms[tag] = r
		d.opened(r)
	}
	return r
}

// newChannel draws a number that is not 0 and nobody has.
func (d *Directory) newChannel() uint32 {
	for {
		n := d.cfg.Rand.Uint32()
		if n != 0 && d.channels[n] == nil && d.abroad.channels[n] == nil {
			return n
		}
	}
}
