package bootnode

import (
	"net/netip"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/wire"
)

// foreign is a member whose home is another node. Members here see it in their
// roster as one of theirs; its channel is good at this node alone.
type foreign struct {
	other
	channel      uint32
	version      uint64 // of its place in the room's log; 0: hidden by a member here with its session
	room         *room
	node         NodeID
	observed     netip.AddrPort
	announcement []byte // sealed
}

// abroad is what a directory has for a federation; its maps are nil without one.
type abroad struct {
	subjects map[crypto.RoomSubject]*room
	channels map[uint32]*foreign
	news     []presence.Own      // of own members, since it was taken
	senders  map[NodeID]*sending // nodes that sent relay frames
	members  int
}

// sending is a node as a sender of the relay. To the share it is one more member.
type sending struct {
	relay  meter
	sender member
}

const (
	// nodeWeight is how many members' turns a node has in the share of the relay.
	nodeWeight = 8
	// maxSenders bounds the meters of nodes; those that rest go first.
	maxSenders = 512
)

// Carried is a relay frame that another node brought, authenticated.
type Carried struct {
	Node     NodeID
	From, To crypto.SessionID
	Packet   []byte // not kept
}

// Carry is where a relay frame goes that another node is to deliver.
type Carry struct {
	Node     NodeID // zero: none
	From, To crypto.SessionID
}

func newAbroad(federated bool) (a abroad) {
	if federated {
		a = abroad{
			subjects: map[crypto.RoomSubject]*room{}, channels: map[uint32]*foreign{}, senders: map[NodeID]*sending{},
		}
	}
	return a
}

// federated reports whether there are other nodes to be told.
func (d *Directory) federated() bool { return d.abroad.subjects != nil }

func (d *Directory) report(o presence.Own) {
	if d.federated() {
		d.abroad.news = append(d.abroad.news, o)
	}
}

// takeNews returns what happened among own members since the last time.
func (d *Directory) takeNews() []presence.Own {
	news := d.abroad.news
	d.abroad.news = nil
	return news
}

// enter gives a member its next place: it joined or changed.
func (d *Directory) enter(m *member) {
	m.since = uint32(d.now / time.Second)
	if f := m.room.foreigners[m.id]; f != nil && f.version != 0 {
		m.room.hide(f)
	}
	m.room.enter(m)
	if d.federated() {
		d.report(presence.Own{
			Kind: presence.Changed, Subject: m.room.subject,
			Entry: wire.NodeEntry{Kind: wire.RosterPresent, NodeRecord: d.record(m)},
		})
	}
}

// leave takes a member's place. Who stays at another node stays in the room.
func (d *Directory) leave(m *member, how wire.RosterKind) {
	r := m.room
	if f := r.foreigners[m.id]; f != nil {
		r.vacate(m.version)
		r.members--
		r.enterForeign(f)
	} else {
		r.leave(m, how)
	}
	if d.federated() {
		d.report(presence.Own{
			Kind: presence.Changed, Subject: r.subject,
			Entry: wire.NodeEntry{Kind: how, NodeRecord: wire.NodeRecord{Session: m.id}},
		})
	}
}

// record is a member as other nodes are told of it.
func (d *Directory) record(m *member) wire.NodeRecord {
	return wire.NodeRecord{
		Session: m.id, Since: uint64(max(d.start.Unix(), 0)) + uint64(m.since), Observed: m.observed(), Announcement: m.announcement,
	}
}

// own lists the members of a room that are registered here.
func (d *Directory) own(subject crypto.RoomSubject) (list []wire.NodeRecord) {
	if r := d.abroad.subjects[subject]; r != nil {
		for i := range r.log {
			if m := r.log[i].member; m != nil {
				list = append(list, d.record(m))
			}
		}
	}
	return list
}

// opened and closed note the life of a room.
func (d *Directory) opened(r *room) {
	if d.federated() {
		r.subject = r.tag.Subject()
		d.abroad.subjects[r.subject] = r
		d.report(presence.Own{Kind: presence.Opened, Subject: r.subject})
	}
}

func (d *Directory) closed(r *room) {
	if d.federated() {
		delete(d.abroad.subjects, r.subject)
		for _, f := range r.foreigners {
			delete(d.abroad.channels, f.channel)
		}
		d.abroad.members -= len(r.foreigners)
		d.report(presence.Own{Kind: presence.Closed, Subject: r.subject})
	}
}

// told takes news of foreign members, and has each room told once.
func (d *Directory) told(changes []presence.Change) {
	var rooms []*room
	for i := range changes {
		ch := &changes[i]
		r := d.abroad.subjects[ch.Subject]
		if r == nil {
			continue // closed meanwhile
		}
		if d.toldOf(r, ch) && (len(rooms) == 0 || rooms[len(rooms)-1] != r) {
			rooms = append(rooms, r)
		}
	}
	for _, r := range rooms {
		if r.pushed != r.version {
			d.changed(r, nil)
		}
	}
}

// toldOf takes one change and reports whether members see it.
func (d *Directory) toldOf(r *room, ch *presence.Change) bool {
	id := ch.Record.Session
	f := r.foreigners[id]
	if ch.Kind != wire.RosterPresent {
		if f == nil {
			return false
		}
		delete(r.foreigners, id)
		delete(d.abroad.channels, f.channel)
		d.abroad.members--
		if f.version == 0 {
			return false
		}
		r.leaveForeign(f, ch.Kind)
		return true
	}
	if f == nil {
		f = &foreign{room: r, channel: d.newChannel()}
		f.other = other{session: id, kind: wire.RosterPresent, foreign: f}
		if r.foreigners == nil {
			r.foreigners = map[crypto.SessionID]*foreign{}
		}
		r.foreigners[id] = f
		d.abroad.channels[f.channel] = f
		d.abroad.members++
	}
	f.node, f.observed, f.announcement = ch.Node, ch.Record.Observed, ch.Record.Announcement
	if m := d.sessions[id]; m != nil && m.room == r {
		return false // its registration here counts
	}
	r.enterForeign(f)
	return true
}

// arrived passes on a frame of another node to a member here. Both are in one
// room by what this node knows.
func (d *Directory) arrived(c *Carried) {
	to := d.sessions[c.To]
	if to == nil || len(c.Packet) == 0 || len(c.Packet) > wire.MaxPayload {
		d.drop(DropRelayTarget)
		return
	}
	var from uint32
	if m := d.sessions[c.From]; m != nil && m.room == to.room && m != to {
		from = m.channel
	} else if f := to.room.foreigners[c.From]; f != nil && c.From != c.To {
		from = f.channel
	} else {
		d.drop(DropRelayTarget)
		return
	}
	s := d.sending(c.Node)
	l := &d.cfg.Limits
	if !(rate{l.NodeRelayRate, l.NodeRelayBurst}).take(&s.relay, d.now, len(c.Packet)) {
		d.drop(DropNodeRate)
		return
	}
	d.stats.Arrived++
	if l.RelayTotal == 0 {
		d.carry(from, to.channel, c.Packet)
		return
	}
	if n := d.share.queue(&s.sender, nodeWeight, waitingPacket{from, to.channel, c.Packet}); n > 0 {
		d.stats.Drops[DropRelayBusy] += n
	}
}

// sending is a node's meter.
func (d *Directory) sending(node NodeID) *sending {
	s := d.abroad.senders[node]
	if s == nil {
		if len(d.abroad.senders) >= maxSenders {
			for id, old := range d.abroad.senders {
				if time.Duration(old.relay) <= d.now && old.sender.passing().backlog == nil {
					delete(d.abroad.senders, id)
				}
			}
		}
		s = &sending{}
		d.abroad.senders[node] = s
	}
	return s
}
