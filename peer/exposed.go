package peer

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"slices"
	"time"

	"gochat/internal/rendezvous"
	"gochat/punch"
)

// Exposure is what others know of this member at the moment, beside what it says
// in its rooms.
type Exposure struct {
	Own       []string // the addresses that are told to whom they are told at all
	Announced []string // of these, what everybody who knows a room can read
	Bootnodes []BootnodeExposure
	Servers   []ServerView // STUN servers
	Members   []MemberExposure
	Disclose  Disclosure
}

// BootnodeExposure is what a bootnode knows, and the relay it is.
type BootnodeExposure struct {
	Address  string
	Observed string    // where it sees us; "": it has not said
	Since    time.Time // of the oldest registration; zero: there is none
	Every    time.Duration
	Rooms    []RoomExposure
	// What it carried in both directions, sealed.
	Packets, Bytes uint64
}

// RoomExposure is a room as a bootnode knows it: by its tag alone.
type RoomExposure struct {
	Name string // as the user knows it
	Tag  string
}

// MemberExposure is what another member knows.
type MemberExposure struct {
	Person
	Knows bool // our addresses
	Knew  bool // them, before its key was no longer verified
	Path  Path
}

// Exposed tells what others know of us.
func (n *Node) Exposed() (x Exposure) {
	x.Disclose = n.cfg.Disclose
	_, cands := n.conn.Candidates()
	if n.cfg.Disclose != ToNobody {
		for _, c := range cands {
			x.Own = append(x.Own, c.Addr.String())
		}
	}
	servers := n.Diagnose().Servers
	_ = n.do(func(time.Time) {
		x.Servers = slices.DeleteFunc(servers, func(s ServerView) bool { return s.Observed == "" || n.isBootnode(s) })
		for _, c := range n.announced() {
			x.Announced = append(x.Announced, c.Addr.String())
		}
		for _, b := range n.boots {
			x.Bootnodes = append(x.Bootnodes, b.exposure())
		}
		for _, c := range n.contacts {
			if len(c.members) > 0 {
				x.Members = append(x.Members, c.exposure())
			}
		}
	})
	slices.SortFunc(x.Members, func(a, b MemberExposure) int {
		return cmp.Or(cmp.Compare(a.Nick, b.Nick), a.Key.Compare(b.Key))
	})
	return x
}

// isBootnode reports whether a STUN server is one of the bootnodes' ports.
func (n *Node) isBootnode(s ServerView) bool {
	at, err := netip.ParseAddrPort(s.Address)
	return err == nil && slices.ContainsFunc(n.boots, func(b *boot) bool { return b.addr.Addr().Unmap() == at.Addr().Unmap() })
}

func (b *boot) exposure() BootnodeExposure {
	x := BootnodeExposure{Address: b.cfg.Address, Observed: b.view().Observed}
	for _, g := range b.regs {
		x.Packets += g.carried.packets.Load()
		x.Bytes += g.carried.bytes.Load()
		if g.state != rendezvous.Registered {
			continue
		}
		x.Every = g.every
		if x.Since.IsZero() || g.since.Before(x.Since) {
			x.Since = g.since
		}
		x.Rooms = append(x.Rooms, RoomExposure{g.room.name, hex.EncodeToString(g.room.keys.Tag[:])})
	}
	return x
}

func (c *contact) exposure() MemberExposure {
	x := MemberExposure{Person: c.members[0].room.person(c.key), Knows: c.node.discloses(c.key)}
	x.Knew = c.shown && !x.Knows
	switch c.remote.Info().Kind {
	case punch.Direct:
		x.Path = PathDirect
	case punch.Relay:
		x.Path = PathRelay
	}
	return x
}
