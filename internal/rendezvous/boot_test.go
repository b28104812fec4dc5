package rendezvous

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	testHeartbeat = 10 * time.Second
	testTimeout   = 15 * time.Second
	versionStep   = 1 << 8
)

// fakeBoot is a bootnode of one room, small and obedient, for tests only.
type fakeBoot struct {
	key      *crypto.RunKey
	jar      *crypto.CookieJar
	status   wire.Status
	silent   bool
	ahead    time.Duration // its clock
	sessions map[crypto.SessionID]*bootSession
	log      []logEntry // one per session, by version
	version  uint64
	oldest   uint64 // since below this: the whole list
	epoch    uint64 // counts changes of oldest; marks positions in a walk
	channel  uint32
	pageRoom int
	send     func(to netip.AddrPort, p []byte)

	beats, gets, updates, regs int

	mail *fakeMail // nil: no mailbox, and no answer about one
}

type logEntry struct {
	version uint64
	entry   wire.RosterEntry
}

type bootSession struct {
	id                crypto.SessionID
	box               *crypto.Session
	request           []byte
	welcome           []byte
	addr, challenged  netip.AddrPort
	token             wire.Token
	channel           uint32
	heard, probedLast time.Time
}

func newFakeBoot() *fakeBoot {
	b := &fakeBoot{pageRoom: wire.RosterRoom}
	b.key, _ = crypto.NewRunKey()
	b.restart()
	return b
}

// restart forgets everything but the key.
func (b *fakeBoot) restart() {
	b.jar = crypto.NewCookieJar()
	b.sessions = map[crypto.SessionID]*bootSession{}
	b.log, b.version, b.oldest, b.epoch, b.channel = nil, 0, 0, 1, 0
}

func period(now time.Time) uint32 { return uint32(now.Unix() / 60) }

func (b *fakeBoot) receive(now time.Time, from netip.AddrPort, p []byte) {
	if b.silent {
		return
	}
	addr := wire.AppendAddr(nil, from)
	switch wire.RendezvousKind(p) {
	case wire.TypeHello:
		if f, err := wire.ParseHello(p); err == nil {
			c := wire.CookieFrame{Nonce: f.Nonce, Cookie: b.jar.Make(addr, period(now)), Key: b.key.Public()}
			b.send(from, c.Append(nil))
		}
	case wire.TypeRegister:
		k, err := wire.RegisterCookie(p)
		if err != nil || !b.jar.Check(k, addr, period(now)) {
			return
		}
		if f, err := wire.OpenRegister(p, b.key); err == nil {
			b.register(now, from, p, f)
		}
	default:
		b.frame(now, from, p)
	}
}

func (b *fakeBoot) register(now time.Time, from netip.AddrPort, p []byte, f wire.Register) {
	keys, err := crypto.NewRegisterKeys(b.key, f.Run)
	if err != nil || !keys.CheckProof(f.Proof, f.Cookie, f.Tag) {
		return
	}
	id := crypto.NewSessionID(f.Run, f.Tag)
	if b.status != wire.StatusOK {
		b.send(from, wire.Welcome{Status: b.status}.Seal(id, keys, wire.RequestOf(p)))
		return
	}
	if s := b.sessions[id]; s != nil && bytes.Equal(s.request, p) {
		s.heard = now
		b.send(from, s.welcome)
		return
	}
	b.regs++
	b.channel++
	key := crypto.NewSessionKey()
	s := &bootSession{
		id: id, box: crypto.NewSession(key, crypto.RoleServer), request: bytes.Clone(p),
		addr: from, channel: b.channel, heard: now,
	}
	b.sessions[id] = s
	b.change(wire.RosterEntry{
		Kind: wire.RosterPresent, Session: id, Channel: s.channel,
		Observed: from, Announcement: f.Announcement,
	})
	s.welcome = wire.Welcome{
		Key: key, Channel: s.channel, Observed: from, STUNPort: 9596,
		Heartbeat: testHeartbeat, Timeout: testTimeout,
		Roster: b.page(0, min(b.pageRoom, wire.WelcomeRosterRoom)),
	}.Seal(id, keys, wire.RequestOf(p))
	b.send(from, s.welcome)
}

func (b *fakeBoot) frame(now time.Time, from netip.AddrPort, p []byte) {
	id, counter, err := wire.SessionFrame(p)
	if err != nil {
		return
	}
	s := b.sessions[id]
	if s == nil {
		b.send(from, wire.Gone{Session: id, Counter: counter}.Append(nil))
		return
	}
	body, err := wire.OpenSession(p, s.box)
	if err != nil {
		return
	}
	s.heard = now
	if kind := wire.RendezvousKind(p); from != s.addr && kind != wire.TypeChallengeEcho {
		s.challenged, s.token = from, wire.Token{1, 2, 3}
		b.seal(from, s, wire.TypeChallenge, s.token[:])
	}
	switch wire.RendezvousKind(p) {
	case wire.TypeBeat:
		b.beats++
		b.seal(from, s, wire.TypeBeatAck, wire.BeatAck{
			Counter: counter, Version: b.version, Clock: uint64(now.Add(b.ahead).UnixMilli()), Observed: from,
		}.Append(nil))
	case wire.TypeChallengeEcho:
		if t, err := wire.ParseToken(body); err == nil && t == s.token && from == s.challenged {
			s.addr = from
		}
	case wire.TypeUpdate:
		b.updates++
		e := b.entry(id)
		e.Announcement = body
		b.change(e)
		b.seal(from, s, wire.TypeUpdateAck, wire.UpdateAck{Counter: counter}.Append(nil))
	case wire.TypeRosterGet:
		b.gets++
		if f, err := wire.ParseRosterGet(body); err == nil {
			page := b.page(f.Since, b.pageRoom)
			b.seal(from, s, wire.TypeRoster, page.Append(nil))
		}
	case wire.TypeBoxPut, wire.TypeBoxGet, wire.TypeBoxFetch:
		if b.mail != nil {
			b.mail.frame(b, s, from, wire.RendezvousKind(p), body)
		}
	case wire.TypeBye:
		delete(b.sessions, id)
		b.change(wire.RosterEntry{Kind: wire.RosterLeft, Session: id})
	}
}

func (b *fakeBoot) seal(to netip.AddrPort, s *bootSession, t wire.RendezvousType, body []byte) {
	p, _ := wire.SealSession(nil, t, s.id, s.box, body)
	b.send(to, p)
}

func (b *fakeBoot) entry(id crypto.SessionID) wire.RosterEntry {
	for _, l := range b.log {
		if l.entry.Session == id {
			return l.entry
		}
	}
	return wire.RosterEntry{}
}

// change puts an entry at the end of the log and pushes it to all.
func (b *fakeBoot) change(e wire.RosterEntry) {
	b.log = slices.DeleteFunc(b.log, func(l logEntry) bool { return l.entry.Session == e.Session })
	page := wire.RosterPage{From: b.version, To: b.version + versionStep, Current: b.version + versionStep, Entries: []wire.RosterEntry{e}}
	b.version += versionStep
	b.log = append(b.log, logEntry{b.version, e})
	for _, s := range b.sorted() {
		if s.id != e.Session {
			b.seal(s.addr, s, wire.TypeRoster, page.Append(nil))
		}
	}
}

func (b *fakeBoot) sorted() []*bootSession {
	var all []*bootSession
	for _, s := range b.sessions {
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y *bootSession) int { return int(x.channel) - int(y.channel) })
	return all
}

// forget drops the entries of those who left, so that whoever is not informed
// of them needs a walk.
func (b *fakeBoot) forget() {
	b.oldest = b.version
	b.epoch++
	b.log = slices.DeleteFunc(b.log, func(l logEntry) bool { return l.entry.Kind != wire.RosterPresent })
}

// page lists what changed since a version, as far as it fits. A position in a
// walk is no version that somebody was fully informed up to; it is marked with
// the epoch and good until the next forget.
func (b *fakeBoot) page(since uint64, room int) wire.RosterPage {
	p := wire.RosterPage{From: since, To: b.version, Current: b.version}
	if since == 0 || since < b.oldest && since%versionStep != b.epoch {
		p.Reset, p.From = true, 0
	}
	to := p.From
	for _, l := range b.log {
		if l.version <= p.From {
			continue
		}
		if room -= l.entry.Size(); room < 0 {
			if p.To = to; to < b.oldest {
				p.To += b.epoch
			}
			break
		}
		to = l.version
		p.Entries = append(p.Entries, l.entry)
	}
	return p
}

// tick probes the silent and evicts the dead.
func (b *fakeBoot) tick(now time.Time) {
	if b.silent {
		return
	}
	for _, s := range b.sorted() {
		switch quiet := now.Sub(s.heard); {
		case quiet >= testTimeout:
			delete(b.sessions, s.id)
			b.change(wire.RosterEntry{Kind: wire.RosterTimedOut, Session: s.id})
		case quiet >= 11*time.Second && now.Sub(s.probedLast) >= time.Second:
			s.probedLast = now
			b.seal(s.addr, s, wire.TypeProbe, nil)
		}
	}
}
