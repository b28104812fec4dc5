package rendezvous

import (
	"net/netip"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Event is something that happens to a Client.
type Event interface{ event() }

type (
	// Start begins; registration waits for the first Announce.
	Start struct{}
	// Announce sets the own sealed announcement (wire.SealAnnouncement).
	// A later one is sent to the bootnode until it is acknowledged.
	Announce struct{ Sealed []byte }
	// Packet is a rendezvous packet from the bootnode.
	Packet struct {
		Data []byte
		Via  Via
	}
	// Open says that packets can be sent that way from now on, Close that they
	// cannot any more. TCP begins closed, and so does UDP if the Config says so.
	Open struct{ Via Via }
	// Close is told of a way that ended.
	Close struct{ Via Via }
	// Prefer has the client move to a way that is open, if the bootnode answers
	// there; until then it stays where it is.
	Prefer struct{ Via Via }
	// Timer says that NextDeadline has passed. Early ones do no harm.
	Timer struct{}
	// NetworkChanged says that the own addresses or routes changed, or that
	// the machine woke up: whatever is waiting is tried at once.
	NetworkChanged struct{}
	// Doubt says that packets to the bootnode seem to get lost: a beat, repeated
	// quickly, shows whether they do. Nothing happens while not registered.
	Doubt struct{}
	// UnknownChannel says that OpenRelay named a channel without a session.
	UnknownChannel struct{}
	// Reach asks the bootnode to send a STUN response with the id to a port of
	// the address it sees us at; nothing happens while not registered.
	Reach struct {
		ID   wire.TxID
		Port uint16
	}
	// Retire says goodbye and asks the bootnode again after so long.
	Retire struct{ For time.Duration }
	// Leave says goodbye and stops for good. Each further Leave yields the
	// goodbye once more, for networks that lose packets.
	Leave struct{}
)

func (Start) event()          {}
func (Announce) event()       {}
func (Packet) event()         {}
func (Timer) event()          {}
func (NetworkChanged) event() {}
func (Doubt) event()          {}
func (UnknownChannel) event() {}
func (Reach) event()          {}
func (Retire) event()         {}
func (Leave) event()          {}
func (Open) event()           {}
func (Close) event()          {}
func (Prefer) event()         {}

// State is how the registration stands.
type State int

// The states of a registration.
const (
	Connecting  State = iota
	Registered        // a WELCOME came and beats are answered
	Unreachable       // no answer, or refused; the client keeps trying
)

// String is the state in one lower-case word.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Registered:
		return "registered"
	case Unreachable:
		return "unreachable"
	}
	return "unknown"
}

// Action is something the owner of a Client has to do or to know.
type Action interface{ action() }

type (
	// Send asks for a packet to be sent to the bootnode.
	Send struct {
		Packet []byte
		Via    Via
	}
	// Unanswered says that so many beats in a row got no answer for so long.
	Unanswered struct {
		Via   Via
		For   time.Duration
		Beats int
	}
	// Moved says by which way the bootnode and the client are in touch now.
	Moved struct{ Via Via }
	// StateChanged tells the state and, unless all is well, why.
	StateChanged struct {
		State  State
		Reason string
	}
	// KeySeen tells the key the bootnode has proved to hold, once per key, so
	// that it can be pinned. Changed: it is not the one expected or seen before.
	KeySeen struct {
		Key     crypto.RunPublic
		Changed bool
	}
	// KeyMismatch ends a strict client: the bootnode shows another key than
	// the one the user gave. Nothing was told to that bootnode.
	KeyMismatch struct{ Expected, Got crypto.RunPublic }
	// Welcomed tells the bootnode's intervals, after every registration.
	Welcomed struct{ Heartbeat, Timeout time.Duration }
	// Observed tells the own address as the bootnode sees it and its second
	// STUN port (0: none).
	Observed struct {
		Addr     netip.AddrPort
		STUNPort uint16
		Via      Via // over TCP it is no address for UDP
	}
	// MemberPresent tells of a member that joined, changed its announcement,
	// or got another channel or address. The announcement is verified and fits
	// the session. Generations and run numbers are for the reader to compare:
	// a bootnode can show an old announcement again.
	MemberPresent struct {
		Session      crypto.SessionID
		Channel      uint32
		Observed     netip.AddrPort // invalid if hidden
		Announcement wire.Announcement
		Sealed       []byte // the same, as it may be passed on
	}
	// Measured tells the round trip to the bootnode and how far its clock is
	// ahead of ours, after every answered beat.
	Measured struct{ RTT, Clock time.Duration }
	// Listed comes behind the members of one page of the list if it is not the
	// whole: so many changes at most are yet to come. With 0, all members were
	// told of.
	Listed struct{ Missing int }
	// Reached says that the bootnode has sent what the latest Reach asked for.
	Reached struct{}
	// Noticed tells what the bootnode wants the user to know.
	Noticed struct{ Code wire.NoticeCode }
	// Told are words of the bootnode's operator, as they came: those of a stranger.
	Told struct {
		Kind wire.TextKind
		ID   uint32
		Text string
	}
	// Departing says that the bootnode stops after In, and where else to go, or,
	// called off, that it stays. It comes with a refusal, too.
	Departing struct {
		CalledOff bool
		In        time.Duration
		Elsewhere []wire.Alternative
	}
	// MemberLeft tells that a member said BYE or fell silent at the bootnode.
	MemberLeft struct {
		Session  crypto.SessionID
		TimedOut bool
	}
)

func (Send) action()          {}
func (Unanswered) action()    {}
func (Moved) action()         {}
func (StateChanged) action()  {}
func (KeySeen) action()       {}
func (KeyMismatch) action()   {}
func (Welcomed) action()      {}
func (Observed) action()      {}
func (MemberPresent) action() {}
func (Measured) action()      {}
func (Listed) action()        {}
func (Reached) action()       {}
func (Noticed) action()       {}
func (Told) action()          {}
func (Departing) action()     {}
func (MemberLeft) action()    {}
