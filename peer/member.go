package peer

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/punch"
)

// member is one run of one member of a room. A higher run of the same key
// takes its place. Owned by the loop, but for the fields set at its making,
// which never change: room, key, session, run and remote.
type member struct {
	room    *Room
	key     crypto.PublicKey
	session crypto.SessionID
	run     uint64
	remote  *punch.Remote

	generation uint32
	nick       string
	impostor   bool
	presence   presence
	routes     []route
	link       *link // the one in use
	last       Member
}

// route is a way through a bootnode.
type route struct {
	reg     *registration
	channel uint32
}

// announced finds or makes the member of a verified announcement; nil if it is
// stale: an older run or generation.
func (r *Room) announced(now time.Time, a rendezvous.MemberPresent) *member {
	ann := &a.Announcement
	old := r.members[ann.Peer]
	if old != nil && ann.RunNumber < old.run {
		return nil
	}
	if old == nil || ann.RunNumber > old.run || a.Session != old.session {
		if old != nil && ann.RunNumber == old.run {
			return nil // one run has one key: this one is forged by its owner
		}
		m := r.newMember(ann, a.Session)
		if m == nil {
			return nil
		}
		if old != nil {
			old.replace(now, m)
		}
		r.members[ann.Peer] = m
		return m
	}
	return old
}

func (r *Room) newMember(ann *wire.Announcement, id crypto.SessionID) *member {
	n := r.node
	keys, err := crypto.NewProbeKeys(n.run, ann.Run, r.keys)
	if err != nil {
		return nil // a low-order run key: nobody can be reached by it
	}
	m := &member{room: r, key: ann.Peer, session: id, run: ann.RunNumber, remote: n.conn.AddRemote(keys)}
	m.presence.state = Left
	n.mu.Lock()
	n.sessions[id] = m
	n.remotes[m.remote] = m
	n.mu.Unlock()
	return m
}

// replace closes what the older run left behind.
func (m *member) replace(now time.Time, by *member) {
	if m.link != nil {
		m.link.close(closeStale)
		m.linkDown(now, m.link, true, "")
	}
	m.forget()
	by.last = m.last
	by.last.State = Left
}

// forget takes the run out of the socket's maps.
func (m *member) forget() {
	n := m.room.node
	n.mu.Lock()
	if n.sessions[m.session] == m {
		delete(n.sessions, m.session)
	}
	delete(n.remotes, m.remote)
	n.mu.Unlock()
	m.remote.Remove()
}

// addRoute notes that a bootnode lists the member on a channel.
func (m *member) addRoute(now time.Time, rt route, a rendezvous.MemberPresent, newcomer bool) {
	ann := &a.Announcement
	m.routes = slices.DeleteFunc(m.routes, func(x route) bool { return x.reg == rt.reg })
	m.routes = append(m.routes, rt)
	m.updateRelay()
	cands := slices.Clone(ann.Candidates)
	if a.Observed.IsValid() {
		cands = append(cands, wire.Candidate{Type: wire.CandidateServerReflexive, Addr: a.Observed})
	}
	m.remote.AddCandidates(cands)
	if m.nick == "" || ann.Generation > m.generation {
		m.generation = ann.Generation
		m.setNick(ann.Nick)
	}
	m.decide(now, m.presence.list(now, newcomer))
}

// removeRoute notes that a bootnode lists the member no more.
func (m *member) removeRoute(now time.Time, g *registration) {
	before := len(m.routes)
	m.routes = slices.DeleteFunc(m.routes, func(x route) bool { return x.reg == g })
	if len(m.routes) == before {
		return
	}
	m.updateRelay()
	if len(m.routes) == 0 {
		m.decide(now, m.presence.unlist(now))
	}
}

// updateRelay tells the socket how packets get to the member by relay: through
// the first bootnode at which both are registered, of those that answer.
func (m *member) updateRelay() {
	var routes []route
	for _, rt := range m.routes {
		if rt.reg.state != rendezvous.Unreachable {
			routes = append(routes, rt)
		}
	}
	if len(routes) == 0 {
		m.remote.SetRelay(nil)
		return
	}
	m.remote.SetRelay(func(p []byte) {
		for _, rt := range routes {
			if rt.reg.sendRelay(rt.channel, p) {
				return
			}
		}
	})
}

func (m *member) setNick(raw string) {
	nick, ok := text.CleanNick(raw)
	if !ok {
		nick = m.key.Nickname()
	}
	m.nick = nick
}

// pathChanged is told by the socket. Whoever is not heard on the direct path
// any more may be gone.
func (m *member) pathChanged(now time.Time) {
	i := m.remote.Info()
	m.presence.saw(i.LastSeen)
	if m.last.Path == PathDirect && i.Kind != punch.Direct {
		m.decide(now, m.presence.doubt(now))
	}
	m.report(now)
}

// tick does what is due.
func (m *member) tick(now time.Time) {
	m.presence.saw(m.remote.Info().LastSeen)
	m.decide(now, m.presence.tick(now))
	m.report(now)
}

// decide does what the presence wants.
func (m *member) decide(now time.Time, d decision) {
	if d.check {
		m.remote.Check()
	}
	if d.drop && m.link != nil {
		l := m.link
		m.link = nil
		l.close(closeLost)
		m.room.engineLinkDown(now, l)
	}
	if d.dial && !m.room.node.leaving {
		m.room.node.dialLink(m)
	}
	if m.presence.state == Left && !m.presence.listed && m.link == nil && m.room.members[m.key] == m {
		m.room.engineLeft(now, m.key)
		m.report(now)
		m.forget()
		delete(m.room.members, m.key)
		return
	}
	if d.changed && m.presence.state == Left {
		m.room.engineLeft(now, m.key)
	}
	m.report(now)
}

// view is the member as the fronts see it.
func (m *member) view() Member {
	i := m.remote.Info()
	v := Member{
		Key: m.key, Nick: m.nick, State: m.presence.state, RTT: i.RTT, Punching: i.Punching,
		Reason: m.presence.reason, Since: m.presence.since, Impostor: m.impostor,
		Verified: m.room.node.cfg.Names.Verified(m.key),
	}
	switch {
	case v.State == Left || v.State == Unreachable:
		v.RTT, v.Punching = 0, false
	case i.Kind == punch.Direct:
		v.Path, v.Address = PathDirect, i.Addr.String()
	case i.Kind == punch.Relay:
		v.Path = PathRelay
		if !i.Punching && i.Tried > 0 && v.Reason == "" {
			v.Reason = "no direct path found yet; relayed, trying again from time to time"
		}
	}
	return v
}

// report emits a MemberChanged if there is something new.
func (m *member) report(time.Time) {
	v := m.view()
	was := m.last
	if v.State == Joined {
		m.pin()
		v.Impostor = m.impostor
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
	m.room.node.events.put(MemberChanged{Room: m.room.name, Member: v, Was: was.State})
}

// rttMoved: a change by more than a tenth and more than a millisecond.
func rttMoved(a, b time.Duration) bool {
	d := (b - a).Abs()
	return d > a/10 && d > time.Millisecond
}

// pin remembers the key for the nick, or finds that another key was first.
func (m *member) pin() {
	first := m.room.pin(m.nick, m.key)
	impostor := first != m.key
	if impostor && !m.impostor {
		m.room.node.events.put(Notice{Room: m.room.name, Level: Warning, Code: CodeNickKey, Text: m.nick + "#" + m.key.Suffix() +
			" uses the name " + m.nick + ", but is not the " + m.nick + "#" + first.Suffix() + " you know: the key is another. Compare keys before you trust it."})
	}
	m.impostor = impostor
}
