package punch

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// Event is an input of Agent.Step, one of the types below.
type Event interface{ agentEvent() }

type (
	// LocalCandidates are the own addresses; Generation rises with each change.
	LocalCandidates struct {
		Generation uint32
		Candidates []wire.Candidate
		NAT        wire.NAT
	}
	// RemoteCandidates are addresses of the member, from its announcement or
	// observed by a bootnode, to which the member proved to be there. They add to
	// what is known; only the member's own wire.Candidates takes addresses away.
	RemoteCandidates struct {
		Candidates []wire.Candidate
		Observed   netip.AddrPort // by a bootnode; invalid: not told
	}
	// RelayChanged says whether a relay carries packets to the member.
	RelayChanged struct{ Up bool }
	// Received is an authentic probe frame: a wire.Ping, Pong, Candidates or Round,
	// from an address or, if From is invalid, through the relay.
	Received struct {
		From netip.AddrPort
		Sock int // it came by
		Msg  any
	}
	// SocketMapped says where servers see a socket that was opened, in the
	// order in which they were asked.
	SocketMapped struct {
		Sock  int
		Addrs []netip.AddrPort
	}
	// DataSent says that a packet of Size bytes goes out on the route.
	DataSent struct{ Size int }
	// DataRelayed says that a data packet of Size bytes came through the relay.
	DataRelayed struct{ Size int }
	// CheckNow asks for probes on every path: is the member still there?
	CheckNow struct{}
	// Frugal says whether the pair is one of many: then a relayed one stays so
	// until it is used.
	Frugal struct{ On bool }
	// Restart begins the path search anew (the network changed).
	Restart struct{}
	// Timer is to be delivered at NextDeadline.
	Timer struct{}
)

func (LocalCandidates) agentEvent()  {}
func (RemoteCandidates) agentEvent() {}
func (RelayChanged) agentEvent()     {}
func (Received) agentEvent()         {}
func (SocketMapped) agentEvent()     {}
func (DataSent) agentEvent()         {}
func (DataRelayed) agentEvent()      {}
func (CheckNow) agentEvent()         {}
func (Frugal) agentEvent()           {}
func (Restart) agentEvent()          {}
func (Timer) agentEvent()            {}

// Action is a probe frame to seal and send: to an address or, if To is
// invalid, through the relay; or an Open or Close of a further socket.
type Action struct {
	To   netip.AddrPort
	Sock int // by which; 0: the main one
	TTL  int // routers it may cross; 0: any number
	Msg  any // wire.Ping, wire.Pong, wire.Candidates, wire.Round, Open or Close
}

// Agent finds and keeps the path to one member (in the role of an RFC 8445
// agent, without its offer and answer: both sides probe all candidates at
// once, and each chooses its own sending path).
type Agent struct {
	rng    *rand.Rand
	txID   func() wire.TxID
	number uint64 // of the latest ping sent

	local     LocalCandidates
	remoteGen uint32
	remoteNAT wire.NAT         // as the member told
	named     []wire.Candidate // by the member itself, under our common key, the latest
	verified  []netip.AddrPort // where bootnodes see the member, the latest last
	privacy   privacy
	loopback  []wire.Candidate // the member's, of no use while we have none ourselves
	offer     offer

	paths   []*path // direct, in order of discovery
	relay   *path
	relayUp bool
	best    *path
	seen    replayWindow // of ping numbers, so that a replay opens nothing

	pacer     pacer
	round     int // rounds finished without a direct path
	rechecks  int // since the best path was chosen
	roundOver time.Time
	retryAt   time.Time
	presence  presenceCheck
	lastData  time.Time
	lastSent  time.Time // a packet of any size, on the route in use
	life      lifetime
	lastAuth  time.Time // of any authentic frame that is no replay, on any path
	frugal    bool
	frugalAt  time.Time // since when
	directAt  time.Time // when a direct path came into use
	usedAt    time.Time // when the member last seemed to be talking on a direct path
	silent    time.Time // since when probes go unanswered on the route in use; zero: they do not
	returned  bool      // an answer ended such a silence, and the shell was not told
	out       []Action

	ladder   ladder
	sockets  bool // further ones can be opened
	socks    []int
	nextSock int
	turns    *turns // shared by the agents of a process
}

// NewAgent returns an agent without candidates. rng jitters timers; txID draws
// transaction ids. Pings are numbered from first on: an agent made again for
// the same keys must begin above all numbers used before.
func NewAgent(rng *rand.Rand, txID func() wire.TxID, first uint64) *Agent {
	return &Agent{rng: rng, txID: txID, number: first, relay: &path{relay: true}, turns: &turns{}}
}

// Step takes one event at a time now, which never goes back, and returns the
// frames to send. The slice is valid until the next Step.
func (a *Agent) Step(now time.Time, ev Event) []Action {
	a.out = a.out[:0]
	switch ev := ev.(type) {
	case LocalCandidates:
		a.setLocal(now, ev)
	case RemoteCandidates:
		a.observe(now, ev.Observed)
		a.addRemote(now, ev.Candidates)
	case RelayChanged:
		a.setRelay(now, ev.Up)
	case Received:
		a.receive(now, ev)
	case SocketMapped:
		a.socketMapped(now, ev)
	case DataSent:
		a.dataSent(now, ev.Size)
	case DataRelayed:
		a.dataRelayed(now, ev.Size)
	case CheckNow:
		a.checkNow(now)
	case Frugal:
		a.setFrugal(now, ev.On)
	case Restart:
		a.restart(now)
	case Policy:
		a.setPolicy(now, ev.Direct)
	case Timer:
	}
	// A new best path is probed more often, which may be due already.
	for a.due(now); a.choose(now); a.due(now) {
	}
	return a.out
}

func (a *Agent) send(to netip.AddrPort, msg any) { a.out = append(a.out, Action{To: to, Msg: msg}) }

// due does all that has become due. Checks come last: what is before them may
// begin a round.
func (a *Agent) due(now time.Time) {
	a.dueOffer(now)
	a.duePresence(now)
	a.dueFrugal(now)
	a.dueRound(now)
	for _, p := range a.paths {
		a.duePath(now, p)
	}
	if a.relayUp {
		a.duePath(now, a.relay)
	}
	a.dueLadder(now)
	a.dueChecks(now)
}

// NextDeadline is when Timer is due, or the zero time. After Step(now) it is
// later than now.
func (a *Agent) NextDeadline() time.Time {
	var d deadline
	d.add(a.offer.at)
	d.add(a.presence.at)
	d.add(a.unusedAt())
	d.add(a.roundOver)
	d.add(a.retryAt)
	d.add(a.nextCheckAt())
	d.add(a.ladder.nextDeadline())
	for _, p := range a.paths {
		d.add(p.timeoutAt())
		d.add(a.keepaliveAt(p))
	}
	if a.relayUp {
		d.add(a.relay.timeoutAt())
		d.add(a.keepaliveAt(a.relay))
	}
	return d.at
}

// deadline keeps the earliest of the times that are set.
type deadline struct{ at time.Time }

func (d *deadline) add(t time.Time) {
	if !t.IsZero() && (d.at.IsZero() || t.Before(d.at)) {
		d.at = t
	}
}

// isDue reports whether a time is set and has come.
func isDue(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// jitter returns d changed by up to a tenth either way.
func (a *Agent) jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * a.spread())
}

// spread draws a factor between 0.9 and 1.1.
func (a *Agent) spread() float64 { return 0.9 + 0.2*a.rng.Float64() }

// numberBytes of a transaction id hold the ping's number, so that a receiver
// can tell every replay with little memory; the rest stays random, so that
// nobody can answer a ping he did not see.
const numberBytes = 6

func (a *Agent) newTxID() wire.TxID {
	id := a.txID()
	a.number++
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], a.number)
	copy(id[:numberBytes], n[8-numberBytes:])
	return id
}

func pingNumber(id wire.TxID) uint64 {
	var n [8]byte
	copy(n[8-numberBytes:], id[:numberBytes])
	return binary.BigEndian.Uint64(n[:])
}
