package admin

import "time"

// StatusResult is the result of status.
type StatusResult struct {
	Version    string            `json:"version"`
	Key        string            `json:"key"` // what members give as --bootnode-key
	Started    time.Time         `json:"started"`
	UptimeS    int64             `json:"uptime_s"`
	Draining   *time.Time        `json:"draining_until,omitempty"`
	Members    int               `json:"members"`
	Rooms      int               `json:"rooms"`
	Streams    int               `json:"streams"` // over TCP
	Bans       int               `json:"bans"`
	InviteOnly bool              `json:"invite_only"`
	MOTD       bool              `json:"motd"`
	Joined     uint64            `json:"joined"`
	Left       uint64            `json:"left"`
	TimedOut   uint64            `json:"timed_out"`
	Dismissed  uint64            `json:"dismissed"` // by kick, ban or a withdrawn invitation
	Refused    uint64            `json:"refused"`
	Received   uint64            `json:"received_packets"`
	Sent       uint64            `json:"sent_packets"`
	SendErrors uint64            `json:"send_errors"`
	Relayed    uint64            `json:"relayed_packets"`
	RelayBytes uint64            `json:"relayed_bytes"`
	Drops      map[string]uint64 `json:"drops"` // by reason
	Limits     Limits            `json:"limits"`
	MemoryByte uint64            `json:"memory_bytes"` // in use
	HeapBytes  uint64            `json:"heap_bytes"`
	Mailbox    *Mailbox          `json:"mailbox,omitempty"` // absent: nothing is kept here
	Links      *Links            `json:"links,omitempty"`   // absent: there are to be no others
}

// Mailbox is what is kept for members who are away: in a cluster, by all nodes
// together, as of ten seconds ago at most.
type Mailbox struct {
	Objects  uint64  `json:"objects"`
	Bytes    uint64  `json:"bytes"`
	MaxBytes int64   `json:"max_bytes"`
	Used     float64 `json:"used"` // bytes of max_bytes: 0 to 1
	// Failing is since when it does not work; absent: it does.
	Failing time.Time `json:"failing_since,omitzero"`
}

// Links are those to other bootnodes that stand, and those that should.
type Links struct {
	ClusterUp int `json:"cluster_up"` // to the operator's other nodes
	Cluster   int `json:"cluster"`
	UplinkUp  int `json:"uplink_up"` // to the hub: 0 or 1
	Uplink    int `json:"uplink"`
	Came      int `json:"came"`    // bootnodes that dialled this one
	Allowed   int `json:"allowed"` // those that may
}

// Limits are those in force; 0 is none.
type Limits struct {
	Members    int   `json:"members"`
	PerRoom    int   `json:"members_per_room"`
	PerIP      int   `json:"members_per_ip"`
	PerPrefix  int   `json:"members_per_prefix"`
	Rooms      int   `json:"rooms"`
	RelayRate  int   `json:"relay_rate"`
	RelayTotal int   `json:"relay_total"`
	RelayQuota int64 `json:"relay_quota"`
}

// Peer is a bootnode that this one works with, or itself.
type Peer struct {
	Node        string    `json:"node"`                   // its address for members, or else the beginning of its key
	Key         string    `json:"operator_key,omitempty"` // by which others know it; absent without any
	BootnodeKey string    `json:"bootnode_key,omitempty"` // by which members know it
	Self        bool      `json:"self,omitempty"`
	Hops        int       `json:"hops"`   // links between; 0: itself, or not known
	RTTMS       float64   `json:"rtt_ms"` // 0: not measured
	Members     int       `json:"members"`
	State       string    `json:"state"` // alive, suspect, gone, draining, revoked; of one that was never heard: down, loop
	Since       time.Time `json:"since,omitzero"`
	Release     string    `json:"release,omitempty"`
	Link        string    `json:"link,omitempty"`    // that there is, or should be: cluster, uplink, downlink
	Address     string    `json:"address,omitempty"` // of the settings, that does not answer as it should
	Reason      string    `json:"reason,omitempty"`  // why the link does not stand
	Heard       uint64    `json:"heard_messages"`    // that came by the link since it stands, from all behind it
}

// PeersResult is the result of peers, oneself first.
type PeersResult struct {
	Peers []Peer `json:"peers"`
}

// Room is a room as a bootnode knows it.
type Room struct {
	Tag     string    `json:"tag"`     // the first hexadecimal digits
	Members int       `json:"members"` // registered at this bootnode
	Present int       `json:"present"` // those of other bootnodes, too
	Opened  time.Time `json:"opened"`
	Relayed uint64    `json:"relayed_bytes"`
}

// Session is a registration in a room.
type Session struct {
	Session string    `json:"session"`         // as kick and ban take it
	Node    string    `json:"node,omitempty"`  // the node key of another bootnode where it is registered
	Via     string    `json:"via"`             // udp, tcp, or node for one of another bootnode
	Guest   string    `json:"guest,omitempty"` // the name of its invitation
	Since   time.Time `json:"since,omitzero"`  // it joined, or changed last; absent of another bootnode's
}

// RoomsResult is the result of rooms: the largest, or the one that was asked
// for and who is in it.
type RoomsResult struct {
	Rooms    []Room    `json:"rooms"`
	Total    int       `json:"total"`
	Sessions []Session `json:"sessions,omitempty"`
}

// BanInfo is one ban.
type BanInfo struct {
	Target string     `json:"target"`
	Until  *time.Time `json:"until,omitempty"` // absent: for good
	Reason string     `json:"reason,omitempty"`
}

// BansResult is the result of bans.
type BansResult struct {
	Bans []BanInfo `json:"bans"`
}

// BanResult is the result of kick, ban and unban.
type BanResult struct {
	BanInfo
	Ended int    `json:"ended"`        // registrations
	At    string `json:"at,omitempty"` // the other bootnode where the session is, to which the ban is not told
}

// TextResult is the result of notice and motd.
type TextResult struct {
	Text    string `json:"text"`
	Members int    `json:"members"` // that are told
}

// DrainResult is the result of drain.
type DrainResult struct {
	Until     *time.Time `json:"until,omitempty"` // absent: called off
	Members   int        `json:"members"`
	Elsewhere []string   `json:"elsewhere"`
}

// ReloadResult is the result of reload: options by name.
type ReloadResult struct {
	Changed []string `json:"changed"`
	Restart []string `json:"needs_restart"` // changed, but in force only after a restart
	Ended   int      `json:"ended"`         // registrations of those not invited any more
}

// States of a Peer.
const (
	StateAlive    = "alive"
	StateDraining = "draining"
	StateGone     = "gone"
	StateRevoked  = "revoked"
	StateDown     = "down"
)

// Ways of a Session.
const (
	ViaUDP  = "udp"
	ViaTCP  = "tcp"
	ViaNode = "node"
)
