package bootnode

import "gochat/bootnode/presence"

// DropReason says why a packet had no effect.
type DropReason int

// The reasons to drop a packet.
const (
	DropMalformed   DropReason = iota // no frame, or none for a bootnode
	DropSource                        // from an address that is not served here
	DropCookie                        // a REGISTER whose cookie is old or not the address's
	DropSeal                          // does not open, or was seen before
	DropUnknown                       // of a session or channel that is not here
	DropAddress                       // authentic, but from an address not proven yet
	DropRate                          // over a limit of rate
	DropOverload                      // a newcomer shed, so that members' packets are handled
	DropRelayRate                     // over the member's share of the relay
	DropRelayTarget                   // to nobody in the sender's room
	DropRelayQuota                    // over the member's quota of the relay
	DropRelayBusy                     // waited for the relay, and newer ones came
	DropRosterRate                    // a part of a large roster, asked for sooner than it is told
	DropMailRate                      // of the mailbox, over the member's rate
	DropNodeRate                      // a relay frame of a node that brings too many
	DropNodeFrame                     // a relay frame that is none, or not of the node it names
	dropReasons
)

var dropNames = [dropReasons]string{
	"malformed", "source", "cookie", "seal", "unknown", "address",
	"rate", "overload", "relay_rate", "relay_target", "relay_quota", "relay_busy", "roster_rate", "mail_rate", "node_rate", "node_frame",
}

// String is the reason as it stands in logs and metrics.
func (r DropReason) String() string {
	if r < 0 || r >= dropReasons {
		return "unknown_reason"
	}
	return dropNames[r]
}

// DropReasons lists all reasons in order.
func DropReasons() []DropReason {
	rs := make([]DropReason, dropReasons)
	for i := range rs {
		rs[i] = DropReason(i)
	}
	return rs
}

// Stats is what a bootnode has counted since it started. Members, Rooms and
// Streams, the connections over TCP, are present numbers.
type Stats struct {
	Members, Rooms, Streams int
	Draining                bool           // a stop is announced
	Foreign                 int            // members of other nodes in rooms here
	Presence                presence.Stats // of the federation; zero without one

	Joined, Left, TimedOut  uint64 // registrations begun, ended by BYE, by silence
	Refused                 uint64 // registrations refused by a limit or the operator
	Dismissed               uint64 // registrations ended by the operator
	Received, Sent          uint64 // packets, STUN not included
	STUN                    uint64 // binding requests answered
	Relayed, RelayedBytes   uint64 // packets carried between members, and their bytes
	Carried, Arrived        uint64 // packets for members of other nodes, and from those
	MailStored, MailRefused uint64 // objects put into boxes, or refused for good
	SendErrors              uint64 // packets the system did not take
	Drops                   [dropReasons]uint64
}

// Dropped is how many packets were dropped for a reason.
func (s *Stats) Dropped(r DropReason) uint64 { return s.Drops[r] }
