package bootnode

import (
	"context"
	"time"

	"gochat/crypto"
)

// SessionInfo is what an operator sees of a registration: neither name nor address.
type SessionInfo struct {
	Session crypto.SessionID
	Node    NodeID    // its home; zero: this bootnode
	Stream  bool      // it came by TCP; of this bootnode's
	Guest   string    // the name of the invitation it came by; "": none
	Since   time.Time // it joined, or changed last; zero: another node has not told
}

// Sessions lists the registrations in the room whose tag begins with these
// hexadecimal digits, in the order of their last changes, at most so many of them,
// and tells how many there are. The error may be ErrNoRoom or ErrRooms.
func (s *Server) Sessions(ctx context.Context, room string, most int) (r RoomInfo, list []SessionInfo, err error) {
	var wrong error
	err = s.order(ctx, func(time.Time) {
		var tag crypto.RoomTag
		if tag, wrong = s.directory.FindRoom(room); wrong == nil {
			r, list = s.directory.roomSessions(s.directory.rooms[tag], most)
		}
	})
	if err == nil {
		err = wrong
	}
	return r, list, err
}

// Home is the other node where a session is; zero: it is at this one, or unknown.
func (s *Server) Home(ctx context.Context, id crypto.SessionID) (node NodeID, err error) {
	err = s.order(ctx, func(time.Time) { node = s.directory.home(id) })
	return node, err
}

// home is Server.Home.
func (d *Directory) home(id crypto.SessionID) NodeID {
	if d.sessions[id] != nil {
		return NodeID{}
	}
	for _, r := range d.rooms {
		if f := r.foreigners[id]; f != nil {
			return f.node
		}
	}
	return NodeID{}
}

// roomSessions is what there is to say of a room and those who are in it.
func (d *Directory) roomSessions(r *room, most int) (RoomInfo, []SessionInfo) {
	info, list := r.info(), []SessionInfo{}
	for i := range r.log {
		if len(list) == most {
			break
		}
		switch m, o := r.log[i].member, r.log[i].other; {
		case m != nil:
			since := d.start.Add(time.Duration(m.since) * time.Second)
			if since.Before(info.Opened) { // members' times are in whole seconds
				since = info.Opened
			}
			list = append(list, SessionInfo{Session: m.id, Stream: m.path.isStream(), Guest: d.guest(m), Since: since})
		case o != nil && o.foreign != nil:
			list = append(list, SessionInfo{Session: o.session, Node: o.foreign.node})
		}
	}
	return info, list
}

// info is what an operator sees of a room.
func (r *room) info() RoomInfo {
	return RoomInfo{r.tag, r.members, r.present(), time.UnixMilli(int64(r.opened / versionStep)), r.relayed}
}
