package peer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/room"
)

// Errors of Node and Room methods.
var (
	ErrClosed     = errors.New("the session has ended")
	ErrEmpty      = errors.New("the message is empty")
	ErrLife       = errors.New("a message can live for 1 second to 366 days")
	ErrTooLong    = fmt.Errorf("the message is longer than %d bytes; send it in parts", room.MaxText)
	ErrGone       = errors.New("that message is not here")
	ErrNotOwn     = errors.New("that message is not yours; only its author can change it")
	ErrDeleted    = errors.New("that message is deleted, or its time is over")
	ErrEmoji      = errors.New("that is no emoji; a reaction is one emoji")
	ErrParted     = errors.New("you have left this room")
	ErrJoined     = errors.New("you are in this room already")
	ErrName       = errors.New("a room's name does not begin with @: that is for conversations")
	ErrOwnKey     = errors.New("that is your own key; there is nobody to compare it with")
	ErrIgnoreSelf = errors.New("that is you; only others can be ignored")
	ErrStatus     = fmt.Errorf("the text is longer than %d bytes; say it shorter", wire.MaxStatus)
	ErrRooms      = fmt.Errorf("you are in %d rooms, and no more are possible; leave one first", MaxRooms)
)

// Names remembers which key first used a nick, and whom the user verified or
// ignores.
// Implementations must be safe for concurrent use.
type Names interface {
	// Pin returns the key that first used the folded nick, pinning key if
	// nobody has.
	Pin(folded string, key crypto.PublicKey) crypto.PublicKey
	Known
	// Verify notes that the user compared the key, whose owner uses the folded
	// nick ("": unknown): the nick is pinned to the key from then on, unless it
	// is another verified one's. Unverify takes it back. They may wait for a
	// disk.
	Verify(folded string, key crypto.PublicKey) error
	Unverify(key crypto.PublicKey) error
	// Ignore notes that the user ignores the owner of a key, or does no more;
	// AllIgnored lists the keys in their order. It may wait for a disk.
	Ignore(key crypto.PublicKey, on bool) error
	Ignored(key crypto.PublicKey) bool
	AllIgnored() []crypto.PublicKey
}

// Config is what a Node needs from outside. Of what Dial needs everything may be
// left out but Bootnodes; New needs Identity, RunNumber and Socket, too.
type Config struct {
	Identity  *crypto.Identity // nil: Dial makes one, for this run
	RunNumber uint64           // higher than that of any earlier run of this identity; 0: Dial takes the time
	Nick      string           // valid (text.ValidNick); "" makes one from the key
	Socket    udp.Conn         // nil: Dial opens one at any free port
	// OpenSocket opens a further IPv4 socket, which members behind some NATs
	// need for a while; nil: these are relayed.
	OpenSocket func(port uint16) (udp.Conn, error)
	NoBirthday bool // guess no ports (punch.Config)
	// LocalAddrs lists the host's addresses, loopback included; nil: those of
	// the system's interfaces.
	LocalAddrs func() []netip.Addr
	Names      Names   // nil: forgotten with the process
	PortMap    PortMap // nil: no port is mapped
	// STUN lists servers to ask besides the bootnodes; none with ToNobody.
	STUN []string
	// Disclose says who may learn this member's addresses.
	Disclose Disclosure
	// Meta remembers conversations; nil: forgotten with the process.
	Meta Meta
	// OpenStore opens the store of a conversation, which may be opened because
	// another member writes. nil: memory. Not called by Run's loop.
	OpenStore func(*crypto.RoomKeys) (Store, error)
	// Retention says how much of a room is kept that does not say so itself.
	Retention Retention
	// Typing says what is told of writing; zero: nothing to anybody.
	Typing TypingUse
	// Unattended says that nobody reads: nothing counts as shown, and no
	// conversation is opened because others ask for it.
	Unattended bool
	// OnBootnodeKey is told the key a bootnode proved to hold; nil: nobody.
	OnBootnodeKey func(address string, key crypto.RunPublic)
	// OnUnregistered is told that a room cannot be registered at a bootnode, or
	// no more; nil: nobody. Called by Run; it must not block.
	OnUnregistered func(room, bootnode string)
	// Resolve finds the addresses of a bootnode's host:port; nil: the system's
	// resolver.
	Resolve func(ctx context.Context, hostport string) ([]netip.AddrPort, error)
	// DialWS connects to a bootnode's WebSocket, for networks that let no UDP
	// through; nil: there is no such way. Unless may is nil, it says to which
	// addresses the URL's name may lead.
	DialWS func(ctx context.Context, url string, may func(netip.Addr) bool) (Stream, error)
	// TCPOnly: nothing is sent by UDP and no name looked up; all goes by DialWS.
	TCPOnly bool
	// Bootnodes to register with from the start; SetBootnodes replaces them.
	Bootnodes []Bootnode
	// RoomEvents has each room tell its own events (Room.Events); the Node then
	// tells what concerns no room, or which rooms there are. Dial sets it.
	RoomEvents bool
	Logger     *slog.Logger // nil: silence
	Rand       *rand.Rand   // jitter only; nil: seeded at random
}
