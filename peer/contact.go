package peer

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/punch"
)

// contact is one run of another member: the path and the connection to it,
// which all rooms share that both are in. A higher run of the same key takes
// its place. Owned by the loop, but for the fields set at its making, which
// never change: node, key, run, number and remote.
type contact struct {
	node   *Node
	key    crypto.PublicKey
	run    crypto.RunPublic
	number uint64 // of the run
	remote *punch.Remote

	members []*member // one for each room both are in, in the order they became known
	conn    *conn     // in use; nil: none
	dialing bool
	alive   liveness
	direct  bool               // the path was, when last looked at
	shown   bool               // our addresses were, at some time
	via     string             // the bootnode that relays; "": none
	streams map[*Conn]struct{} // of applications
	waiting []chan connecting  // for a connection
	resting bool               // no path is looked for
	restAt  time.Time
	gone    bool // forgotten: nothing may be begun with it
}

// contactFor finds or makes the contact that an announcement is of, with the
// probe keys of the announcement's room as its first if it is new. nil: the
// announcement is stale, or its owner forged it, since one run has one key.
func (n *Node) contactFor(now time.Time, ann *wire.Announcement, keys *crypto.ProbeKeys) *contact {
	c := n.contacts[ann.Peer]
	switch {
	case c != nil && ann.RunNumber < c.number:
		return nil
	case c != nil && ann.RunNumber == c.number && ann.Run != c.run:
		return nil
	case c != nil && ann.RunNumber == c.number:
		return c
	case c != nil:
		c.supersede(now)
	}
	c = &contact{node: n, key: ann.Peer, run: ann.Run, number: ann.RunNumber, remote: n.conn.AddRemote(keys)}
	c.disclose()
	c.remote.Rest()
	c.resting = true
	n.contacts[c.key] = c
	n.mu.Lock()
	n.remotes[c.remote] = c
	n.mu.Unlock()
	return c
}

// disclose has the contact learn our addresses, or not, as is decided now.
func (c *contact) disclose() {
	on := c.node.discloses(c.key)
	c.shown = c.shown || on
	c.remote.SetDirect(on)
}

// supersede ends everything with a run that was followed by another.
func (c *contact) supersede(now time.Time) {
	if cn := c.conn; cn != nil {
		c.conn = nil
		cn.close(closeStale)
		cn.drop(now, ending{left: true})
	}
	for _, m := range slices.Clone(c.members) {
		m.presence.listed = false
		m.decide(now, m.presence.down(now, true, ""))
	}
	c.forget()
}

// join takes a room's member in.
func (c *contact) join(m *member) {
	c.members = append(c.members, m)
	n := c.node
	n.mu.Lock()
	n.sessions[m.session] = c
	n.mu.Unlock()
}

// part lets a room's member go, and with the last one the contact.
func (c *contact) part(m *member) {
	c.members = slices.DeleteFunc(c.members, func(x *member) bool { return x == m })
	n := c.node
	n.mu.Lock()
	delete(n.sessions, m.session)
	n.mu.Unlock()
	if len(c.members) == 0 {
		c.forget()
		return
	}
	c.remote.RemoveKeys(m.probe)
	c.updateRelay()
}

// forget closes what there is and takes the contact out of the node's and the
// socket's maps.
func (c *contact) forget() {
	if c.gone {
		return
	}
	c.gone = true
	c.endStreams(nil)
	c.unconnected(ErrAbsent)
	if c.conn != nil {
		c.conn.close(closeLeave)
		c.conn = nil
	}
	n := c.node
	delete(n.contacts, c.key)
	n.mu.Lock()
	delete(n.remotes, c.remote)
	for _, m := range c.members {
		delete(n.sessions, m.session)
	}
	n.mu.Unlock()
	c.remote.Remove()
}

// connect brings up a link for a member that asks for one.
func (c *contact) connect(now time.Time, m *member) {
	switch {
	case c.conn != nil:
		m.open(now)
	case !c.dialing:
		c.dial()
	}
}

// openWanted opens the links that are asked for on the connection in use. On
// one we dialled these are all that are wanted: the other end waits for them.
func (c *contact) openWanted(now time.Time, dialled bool) {
	for _, m := range slices.Clone(c.members) {
		if c.conn != nil && m.link == nil && (m.presence.dialing || dialled && m.presence.wants(now)) {
			m.presence.ask()
			m.open(now)
		}
	}
}

// updateRelay tells the socket how packets get to the contact by relay:
// through the first bootnode at which both are registered, in any room, over UDP
// if possible.
func (c *contact) updateRelay() {
	routes := c.routes()
	c.via = ""
	if len(routes) == 0 {
		c.remote.SetRelay(nil)
		return
	}
	c.via = routes[0].reg.boot.cfg.Address
	c.remote.SetRelay(func(p []byte) {
		for _, rt := range routes {
			if rt.reg.sendRelay(rt.channel, p) {
				return
			}
		}
	})
}

// check asks the other end whether it is still there.
func (c *contact) check(now time.Time) {
	if c.alive.check(now) {
		c.remote.Check()
	}
}

// selfLower reports whether our key is the lower one of the pair.
func (c *contact) selfLower() bool { return c.node.Key().Compare(c.key) < 0 }

// pathChanged is told by the socket. Whoever is not heard on the direct path
// any more may be gone.
func (c *contact) pathChanged(now time.Time) {
	i := c.remote.Info()
	c.alive.saw(i.LastSeen)
	if c.direct && i.Kind != punch.Direct {
		c.check(now)
	}
	c.direct = i.Kind == punch.Direct
	if i.Kind != punch.None || i.Punching {
		c.resting = false // the other end began
	}
	c.report()
}

func (c *contact) report() {
	for _, m := range c.members {
		m.report()
	}
}

// restAfter is how long a path of no use is kept: who is to be linked with again
// at once need not be searched for.
const restAfter = 10 * time.Second

// needed reports whether a path is.
func (c *contact) needed() bool {
	return c.conn != nil || c.dialing || len(c.waiting) > 0 || slices.ContainsFunc(c.members, func(m *member) bool {
		return m.link != nil || m.presence.seeks()
	})
}

// rouse has a path looked for.
func (c *contact) rouse() {
	c.resting = false
	c.remote.Rouse()
}

// frugalAbove is the number of members up to which pairs look for a direct path
// before they have anything to say.
const frugalAbove = 8

// spare has a path kept relayed until it is used, if all rooms both are in are
// large.
func (c *contact) spare() {
	c.remote.SetFrugal(!slices.ContainsFunc(c.members, func(m *member) bool { return len(m.room.members) < frugalAbove }))
}

// rest lets a path go that was of no use for a while: most members of a large
// room are known by name only.
func (c *contact) rest(now time.Time) {
	c.spare()
	switch {
	case c.resting:
	case c.needed():
		c.restAt = time.Time{}
	case c.restAt.IsZero():
		c.restAt = now.Add(restAfter)
	case !now.Before(c.restAt):
		c.resting, c.restAt = true, time.Time{}
		c.remote.Rest()
	}
}

func (c *contact) nextDeadline() time.Time { return earliest(c.alive.nextDeadline(), c.restAt) }

// tick does what is due.
func (c *contact) tick(now time.Time) {
	c.alive.saw(c.remote.Info().LastSeen)
	probe, lost := c.alive.tick(now)
	if probe {
		c.remote.Check()
	}
	if lost {
		cn := c.conn
		cn.ended(now, ending{why: "no answer on any path"})
		cn.close(closeLost)
	}
	c.report()
}

// onPath is called when the path to a contact changed.
func (n *Node) onPath(r *punch.Remote) {
	n.mail.put(func(now time.Time) {
		if c := n.contactAt(r); c != nil {
			c.pathChanged(now)
		}
	})
}

// expectedKey is whose key a link from a virtual address must show.
func (n *Node) expectedKey(r *punch.Remote) (crypto.PublicKey, bool) {
	if c := n.contactAt(r); c != nil {
		return c.key, true
	}
	return crypto.PublicKey{}, false
}

func (n *Node) contactAt(r *punch.Remote) *contact {
	if r == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.remotes[r]
}

func (n *Node) contactOf(id crypto.SessionID) *contact {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sessions[id]
}
