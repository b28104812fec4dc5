package peer

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
)

// member is a contact as a member of one room. Owned by the loop.
type member struct {
	room    *Room
	contact *contact
	session crypto.SessionID // at any bootnode
	probe   *crypto.ProbeKeys

	generation uint32
	nick       string // as it calls itself, or did a moment ago; cleaned
	nicks      nickPace
	standing   standing // as last told
	presence   presence
	met        bool // known from another room; see meet
	routes     []route
	link       *link // the one in use
	last       Member
	status     status
}

// route is a way through a bootnode.
type route struct {
	reg     *registration
	channel uint32
}

// announced finds or makes the member of a verified announcement; nil if it is
// stale, or of somebody who does not belong here.
func (r *Room) announced(now time.Time, a rendezvous.MemberPresent) *member {
	ann, n := &a.Announcement, r.node
	if r.left || !r.admits(ann.Peer) {
		return nil
	}
	if m := r.members[ann.Peer]; m != nil && m.contact.number == ann.RunNumber && m.contact.run == ann.Run {
		return m
	}
	keys, err := crypto.NewProbeKeys(n.run, ann.Run, r.keys)
	if err != nil {
		return nil // a low-order run key: nobody can be reached by it
	}
	c := n.contactFor(now, ann, keys)
	if c == nil {
		return nil
	}
	return r.newMember(c, keys)
}

// memberOf finds or makes the member that a contact has proved to be. A proof
// is as good as an announcement, and sometimes here first.
func (r *Room) memberOf(c *contact) *member {
	if m := r.members[c.key]; m != nil {
		return m // of this run: an older one's went with it
	}
	keys, err := crypto.NewProbeKeys(r.node.run, c.run, r.keys)
	if err != nil {
		return nil
	}
	return r.newMember(c, keys)
}

func (r *Room) newMember(c *contact, keys *crypto.ProbeKeys) *member {
	m := &member{room: r, contact: c, session: crypto.NewSessionID(c.run, r.keys.Tag), probe: keys, nick: c.key.Nickname()}
	if len(c.members) > 0 { // else the contact was made with these keys
		m.nick = c.members[0].nick
		c.remote.AddKeys(keys)
	}
	m.presence.state, m.last.State = Left, Left
	r.members[c.key] = m
	c.join(m)
	return m
}

// remove forgets the member.
func (m *member) remove() {
	if m.room.members[m.contact.key] == m {
		delete(m.room.members, m.contact.key)
		m.contact.part(m)
	}
}

// addRoute notes that a bootnode lists the member on a channel.
func (m *member) addRoute(now time.Time, rt route, a rendezvous.MemberPresent, newcomer bool) {
	ann := &a.Announcement
	m.routes = slices.DeleteFunc(m.routes, func(x route) bool { return x.reg == rt.reg })
	m.routes = append(m.routes, rt)
	m.contact.updateRelay()
	cands := slices.Clone(ann.Candidates)
	if a.Observed.IsValid() {
		cands = append(cands, wire.Candidate{Type: wire.CandidateServerReflexive, Addr: a.Observed})
		m.contact.remote.AddObserved(a.Observed)
	}
	m.contact.remote.AddCandidates(cands)
	if ann.Generation > m.generation {
		m.generation = ann.Generation
		m.setNick(now, ann.Nick)
	}
	m.list(now, newcomer)
}

// list notes that a bootnode lists the member, which the room's engine is told
// with the next roll call.
func (m *member) list(now time.Time, newcomer bool) {
	if !m.presence.listed || m.presence.state == Left {
		m.room.roll.add(m.contact.key)
	}
	m.decide(now, m.presence.list(now, newcomer))
}

// removeRoute notes that a bootnode lists the member no more.
func (m *member) removeRoute(now time.Time, g *registration) {
	before := len(m.routes)
	m.routes = slices.DeleteFunc(m.routes, func(x route) bool { return x.reg == g })
	if len(m.routes) == before || m.contact.gone {
		return
	}
	m.contact.updateRelay()
	if len(m.routes) == 0 && !m.met {
		m.decide(now, m.presence.unlist(now))
	}
	m.contact.missMet(now)
}

func (m *member) setNick(now time.Time, raw string) {
	nick, ok := text.CleanNick(raw)
	if !ok {
		nick = m.contact.key.Nickname()
	}
	m.nick = m.nicks.take(now, m.nick, nick)
}

// tick does what is due.
func (m *member) tick(now time.Time) {
	if m.missed() {
		m.decide(now, m.presence.unlist(now))
		return
	}
	m.status.tick(now)
	m.nick = m.nicks.tick(now, m.nick)
	m.decide(now, m.presence.tick(now))
	m.report()
}

// linkLost notes that the link in use is gone.
func (m *member) linkLost(now time.Time, how ending) {
	if m.missed() {
		m.presence.listed = false
	}
	switch {
	case m.room.left:
		m.room.checkParted(now)
	case how.refused && m.absent():
		m.presence.dialing = false
		m.decide(now, m.presence.down(now, true, ""))
	case m.presence.linked && how.moved:
		m.presence.moved(now)
	case m.presence.linked:
		m.decide(now, m.presence.down(now, how.left, how.why))
	default:
		m.decide(now, m.presence.dialFailed(now, how.why))
	}
}

// want begins to bring up a link, at once or when the other end had its turn.
func (m *member) want(now time.Time) {
	m.presence.want(now)
	m.contact.rouse()
}

// unwant gives up what want began.
func (m *member) unwant(now time.Time) {
	if m.link == nil {
		m.presence.dialing = false
	}
	m.decide(now, m.presence.unwant(now))
}

// decide does what the presence wants.
func (m *member) decide(now time.Time, d decision) {
	r := m.room
	if r.left {
		return
	}
	if d.check {
		m.contact.check(now)
	}
	if d.dial && !r.node.leaving {
		m.contact.connect(now, m)
	}
	if d.failed {
		r.engineDialFailed(now, m.contact.key)
	}
	if m.presence.state == Left && m.link == nil {
		if d.changed || !m.presence.listed {
			r.engineLeft(now, m.contact.key)
		}
		m.report()
		m.contact.endStreams(r)
		if !m.presence.listed {
			m.remove()
		}
		return
	}
	m.report()
}
