package punch

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// Constants of the path search. Where two numbers of RFC 8445 would be slower
// than what people expect of a chat, the comment says why ours is safe.
const (
	// checkPace spaces probes to different candidates (RFC 8445 §14.2: Ta,
	// 50 ms; ours are ≤ 16 per round and only to a room member's addresses).
	checkPace = 20 * time.Millisecond
	// activeFor is how long after its last packet a pair counts as in use.
	activeFor       = 45 * time.Second
	activeKeepalive = 3 * time.Second
	idleKeepalive   = 15 * time.Second // RFC 4787 REQ-5 allows mappings of 2 min, routers forget after 30 s
	trustFor        = 6500 * time.Millisecond
	leastTimeout    = 300 * time.Millisecond // a probe without answer for this long, or 3 RTT, makes a path untrusted
	dataProbeEvery  = 500 * time.Millisecond // probes beside data, so that a dying path shows within a second
	deadAfter       = 2500 * time.Millisecond
	deadProbes      = 5
	spareKeepalive  = 30 * time.Second
	maxPaths        = 32
	maxOutstanding  = 8
	candidatesFirst = 250 * time.Millisecond
	candidatesMax   = 4 * time.Second
	presenceTries   = 5
)

// checkTimes are the moments of a pair's probes within a round.
var checkTimes = [...]time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

// retryAfter are the pauses between rounds while only the relay works.
var retryAfter = [...]time.Duration{5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// Event is an input of Agent.Step, one of the types below.
type Event interface{ agentEvent() }

type (
	// LocalCandidates are the own addresses; Generation rises with each change.
	LocalCandidates struct {
		Generation uint32
		Candidates []wire.Candidate
	}
	// RemoteCandidates are addresses of the member, from its announcement or
	// observed by a bootnode. They add to what is known; only the member's own
	// wire.Candidates takes addresses away.
	RemoteCandidates struct{ Candidates []wire.Candidate }
	// RelayChanged says whether a relay carries packets to the member.
	RelayChanged struct{ Up bool }
	// Received is an authentic probe frame: a wire.Ping, Pong or Candidates,
	// from an address or, if From is invalid, through the relay.
	Received struct {
		From netip.AddrPort
		Msg  any
	}
	// DataSent says that a data packet goes out on the route.
	DataSent struct{}
	// CheckNow asks for probes on every path: is the member still there?
	CheckNow struct{}
	// Restart begins the path search anew (the network changed).
	Restart struct{}
	// Timer is to be delivered at NextDeadline.
	Timer struct{}
)

func (LocalCandidates) agentEvent()  {}
func (RemoteCandidates) agentEvent() {}
func (RelayChanged) agentEvent()     {}
func (Received) agentEvent()         {}
func (DataSent) agentEvent()         {}
func (CheckNow) agentEvent()         {}
func (Restart) agentEvent()          {}
func (Timer) agentEvent()            {}

// Action is a probe frame to seal and send: to an address or, if To is
// invalid, through the relay.
type Action struct {
	To  netip.AddrPort
	Msg any // wire.Ping, wire.Pong or wire.Candidates
}

// Route is where data goes at the moment: to an address, through the relay,
// or both while the direct path is unproven.
type Route struct {
	Direct netip.AddrPort
	Relay  bool
}

// Kind is the reported kind of a route.
type Kind int

// The kinds of route.
const (
	None Kind = iota
	Relay
	Direct
)

// Agent finds and keeps the path to one member (in the role of an RFC 8445
// agent, without its offer and answer: both sides probe all candidates at
// once, and each chooses its own sending path).
type Agent struct {
	rng  *rand.Rand
	txID func() wire.TxID

	local     LocalCandidates
	remoteGen uint32
	answered  uint32 // the latest of our generations the member has
	candAt    time.Time
	candWait  time.Duration
	candTries int

	paths    []*path // direct, in order of discovery
	relay    *path
	relayUp  bool
	best     *path
	seen     [64]wire.TxID // latest ping ids, so that a replay opens nothing
	seenNext int

	round      int // rounds finished without a direct path
	roundOver  time.Time
	retryAt    time.Time
	lastData   time.Time
	checkLeft  int
	checkAt    time.Time
	lastAuth   time.Time // any authentic probe frame, on any path
	lastListen time.Time
	out        []Action
}

// NewAgent returns an agent without candidates. rng jitters timers; txID draws
// transaction ids.
func NewAgent(rng *rand.Rand, txID func() wire.TxID) *Agent {
	return &Agent{rng: rng, txID: txID, relay: &path{relay: true}}
}

// Step takes one event at a time now, which never goes back, and returns the
// frames to send. The slice is valid until the next Step.
func (a *Agent) Step(now time.Time, ev Event) []Action {
	a.out = a.out[:0]
	switch ev := ev.(type) {
	case LocalCandidates:
		a.setLocal(now, ev)
	case RemoteCandidates:
		a.addRemote(now, ev.Candidates)
	case RelayChanged:
		a.setRelay(now, ev.Up)
	case Received:
		a.receive(now, ev)
	case DataSent:
		a.dataSent(now)
	case CheckNow:
		a.checkLeft, a.checkAt = presenceTries, now
	case Restart:
		a.restart(now)
	case Timer:
	}
	a.due(now)
	a.choose(now)
	return a.out
}

func (a *Agent) send(to netip.AddrPort, msg any) { a.out = append(a.out, Action{to, msg}) }

// due does all that has become due.
func (a *Agent) due(now time.Time) {
	a.dueCandidates(now)
	a.duePresence(now)
	a.dueRound(now)
	for _, p := range a.paths {
		a.duePath(now, p)
	}
	a.dueRelay(now)
}

// NextDeadline is when Timer is due, or the zero time.
func (a *Agent) NextDeadline() time.Time {
	var d deadline
	d.add(a.candAt)
	d.add(a.retryAt)
	d.add(a.roundOver)
	if a.checkLeft > 0 {
		d.add(a.checkAt)
	}
	for _, p := range a.paths {
		d.add(p.checkAt())
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

// jitter returns d changed by up to a tenth either way.
func (a *Agent) jitter(d time.Duration) time.Duration {
	return d + time.Duration((a.rng.Float64()*2-1)*float64(d)/10)
}
