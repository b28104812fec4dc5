package punch

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// The simulation: two agents on a simulated network with a bootnode that tells
// addresses and relays, all as one event queue. A frame travels as its number
// in a table, padded to its size.

const (
	simDirect = 'D'
	simRelay  = 'R'
	simBeat   = 'B'
	simSeen   = 'O' // the bootnode's answer: the observed addresses
	simAsk    = 'A' // how is a further socket seen?
	simSeenBy = 'S'
	simBeats  = 2 * time.Second
	simOutage = 5 * time.Second // without an answer the relay counts as down
	simChaos  = 90 * time.Second
	simQuiet  = 20 * time.Minute
	// simStorm is more than data's probes, two guesses and the search for a path
	// at every change of the network come to in a minute.
	simStorm   = 4000
	simMeasure = 5 * time.Minute // of the quiet, at its end
)

type simulation struct {
	t     *testing.T
	rng   *rand.Rand
	net   *simnet.Network
	now   time.Time
	msgs  []any
	srv   *simnet.Host
	boot  *simnet.Socket
	nodes [2]*simNode
	what  string
	nats  map[*simnet.Router]simnet.NAT
	peak  int // packets of one agent in any minute
}

type simNode struct {
	sim      *simulation
	agent    *Agent
	host     *simnet.Host
	sock     *simnet.Socket
	peer     *simNode
	observed netip.AddrPort // by the bootnode, as it says
	at       netip.AddrPort // as the bootnode knows
	gen      uint32
	beatAt   time.Time
	ackAt    time.Time
	relayUp  bool
	packets  int // this minute
	minute   time.Time
	nat      wire.NAT // as it was measured
	deaf     bool     // nothing comes from the relay
	socks    map[int]*simSocket
	asking   map[int]*simSocket // those of socks that wait for answers: never many
}

// simView is what the bootnode tells a member: where it sees it and its peer.
type simView struct{ self, peer netip.AddrPort }

var simServer = netip.MustParseAddrPort("203.0.113.1:9595")

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{t: t, rng: rand.New(rand.NewPCG(seed, 99)), now: epoch}
	latency := time.Duration(1+s.rng.IntN(60)) * ms
	s.net = simnet.NewStepped(seed, simnet.Link{Latency: latency / 2}, epoch)
	s.srv = s.net.Internet.Host("srv", simServer.Addr().String())
	s.boot, _ = s.srv.Bind(simServer.Port(), s.atBootnode)
	for i := 1; i < predictSamples; i++ {
		var sock *simnet.Socket
		sock, _ = s.srv.Bind(simServer.Port()+uint16(i), func(_ time.Time, d simnet.Datagram) { s.answer(sock, d) })
	}
	return s
}

func (s *simulation) node(i int, h *simnet.Host) {
	rng := rand.New(rand.NewPCG(s.rng.Uint64(), uint64(i)))
	ids := rand.New(rand.NewPCG(s.rng.Uint64(), uint64(i)))
	n := &simNode{sim: s, host: h, beatAt: s.now, minute: s.now, socks: map[int]*simSocket{}, asking: map[int]*simSocket{}}
	n.agent = NewAgent(rng, func() (id wire.TxID) {
		binary.BigEndian.PutUint64(id[4:], ids.Uint64())
		return id
	}, 0)
	n.agent.sockets = true
	var err error
	if n.sock, err = h.Bind(0, func(now time.Time, d simnet.Datagram) { n.receive(now, d, 0) }); err != nil {
		s.t.Fatal(err)
	}
	s.nodes[i] = n
}

func (s *simulation) start() {
	a, b := s.nodes[0], s.nodes[1]
	a.peer, b.peer = b, a
	for _, n := range s.nodes {
		n.candidates()
	}
}

// candidates tells the agent its own addresses.
func (n *simNode) candidates() {
	n.gen++
	var list []wire.Candidate
	for _, ip := range n.host.Addrs() {
		list = append(list, wire.Candidate{Type: wire.CandidateHost, Addr: netip.AddrPortFrom(ip, n.sock.Port())})
	}
	if n.observed.IsValid() && (len(list) == 0 || n.observed != list[0].Addr) {
		list = append(list, wire.Candidate{Type: wire.CandidateServerReflexive, Addr: n.observed})
	}
	n.step(LocalCandidates{Generation: n.gen, Candidates: list, NAT: n.nat})
}

func (n *simNode) step(ev Event) {
	s := n.sim
	acts := n.agent.Step(s.now, ev)
	if at := n.agent.NextDeadline(); !at.IsZero() && !at.After(s.now) {
		s.t.Fatalf("%s: after %T the deadline is in the past", s.what, ev)
	}
	for _, act := range acts {
		if n.agent.privacy.hidden && !act.discreet() {
			s.t.Errorf("%s: a hidden member sends %+v", s.what, act)
		}
		if n.socket(act) {
			continue
		}
		n.packets++
		size := 74
		if m, ok := act.Msg.(wire.Ping); ok {
			size = max(size, m.Size)
		}
		kind, to := byte(simDirect), act.To
		if !to.IsValid() {
			kind, to = simRelay, simServer
		}
		n.send(s.frame(kind, simProbe{n, act.Msg}, size), to, act)
	}
}

// simProbe is a frame of an agent.
type simProbe struct {
	of  *simNode
	msg any
}

func (s *simulation) frame(kind byte, msg any, size int) []byte {
	p := make([]byte, max(size, 5))
	p[0] = kind
	binary.BigEndian.PutUint32(p[1:], uint32(len(s.msgs)))
	s.msgs = append(s.msgs, msg)
	return p
}

func (s *simulation) msg(p []byte) any { return s.msgs[binary.BigEndian.Uint32(p[1:])] }

func (s *simulation) atBootnode(_ time.Time, d simnet.Datagram) {
	switch d.Data[0] {
	case simBeat:
		n := s.msg(d.Data).(*simNode)
		if n.at != d.From && n.peer.at.IsValid() { // the roster changed
			s.boot.Send(s.frame(simSeen, simView{n.peer.at, d.From}, 60), n.peer.at, netip.Addr{})
		}
		n.at = d.From
		s.boot.Send(s.frame(simSeen, simView{d.From, n.peer.at}, 60), d.From, netip.Addr{})
	case simAsk:
		s.answer(s.boot, d)
	case simRelay:
		for _, n := range s.nodes {
			if n.at == d.From && n.peer.at.IsValid() {
				s.boot.Send(d.Data, n.peer.at, netip.Addr{})
			}
		}
	}
}

// answer tells how a further socket is seen.
func (s *simulation) answer(by *simnet.Socket, d simnet.Datagram) {
	q := s.msg(d.Data).(simAnswer)
	q.seen = d.From
	by.Send(s.frame(simSeenBy, q, 60), d.From, netip.Addr{})
}

func (n *simNode) receive(now time.Time, d simnet.Datagram, sock int) {
	n.sim.now = now
	switch d.Data[0] {
	case simDirect:
		// Probe keys are of one direction: our own probe, come round by some
		// address of ours, does not open.
		if p := n.sim.msg(d.Data).(simProbe); p.of != n {
			n.step(Received{From: d.From, Sock: sock, Msg: p.msg})
		}
	case simRelay:
		if !n.deaf {
			n.step(Received{Msg: n.sim.msg(d.Data).(simProbe).msg})
		}
	case simSeen:
		n.ackAt = now
		if !n.relayUp {
			n.relayUp = true
			n.step(RelayChanged{true})
		}
		seen := n.sim.msg(d.Data).(simView)
		if seen.self != n.observed {
			n.observed = seen.self
			n.candidates()
		}
		if seen.peer.IsValid() && !n.deaf {
			n.step(RemoteCandidates{Observed: seen.peer})
		}
	case simSeenBy:
		n.socketSeen(n.sim.msg(d.Data).(simAnswer))
	}
}

// tick does what is due on a node.
func (n *simNode) tick() {
	s := n.sim
	if isDue(n.beatAt, s.now) {
		n.beatAt = s.now.Add(simBeats)
		n.sock.Send(s.frame(simBeat, n, 60), simServer, netip.Addr{})
		if n.relayUp && s.now.Sub(n.ackAt) > simOutage {
			n.relayUp = false
			n.step(RelayChanged{false})
		}
	}
	if s.now.Sub(n.minute) >= time.Minute {
		s.peak = max(s.peak, n.packets)
		n.packets, n.minute = 0, s.now
	}
	var mapped []int
	for id, x := range n.asking {
		if isDue(x.until, s.now) {
			mapped = append(mapped, id)
		}
	}
	slices.Sort(mapped) // the same order in every run
	for _, id := range mapped {
		if x := n.asking[id]; x != nil { // not closed by the step of another one
			delete(n.asking, id)
			n.step(SocketMapped{id, x.answers()})
		}
	}
	if isDue(n.agent.NextDeadline(), s.now) {
		n.step(Timer{})
	}
}

// run lets time pass, with each of the two sending data every so often, if that
// is not 0.
func (s *simulation) run(d, data time.Duration) {
	end := s.now.Add(d)
	next := s.now
	for {
		var at deadline
		at.add(end)
		for _, n := range s.nodes {
			at.add(n.agent.NextDeadline())
			at.add(n.beatAt)
			for _, x := range n.asking {
				at.add(x.until)
			}
		}
		if data > 0 {
			at.add(next)
		}
		if t, ok := s.net.NextDeadline(); ok {
			at.add(t)
		}
		now := at.at
		if now.Before(s.now) {
			s.t.Fatalf("%s: a deadline in the past", s.what)
		}
		s.net.Step(now)
		s.now = now
		for _, n := range s.nodes {
			n.tick()
		}
		if data > 0 && isDue(next, s.now) {
			for _, n := range s.nodes {
				n.step(DataSent{1200})
			}
			next = s.now.Add(data)
		}
		if !s.now.Before(end) {
			return
		}
	}
}

// runSchedule runs a random schedule to its end and checks it.
func runSchedule(t *testing.T, seed uint64) { newSimulation(t, seed).schedule(seed) }

// traceSchedule does, too, and returns the hash of all packets' fates.
func traceSchedule(t *testing.T, seed uint64) uint64 {
	s := newSimulation(t, seed)
	hash := fnv.New64a()
	s.net.OnPacket(func(p simnet.Trace) {
		fmt.Fprintln(hash, p.At.UnixNano(), p.Src, p.Dst, p.Size, p.Verdict)
	})
	s.schedule(seed)
	return hash.Sum64()
}

func (s *simulation) schedule(seed uint64) {
	t := s.t
	x, y := ladderNATs[s.rng.IntN(len(ladderNATs))], ladderNATs[s.rng.IntN(len(ladderNATs))]
	x.nat.AcceptInput, y.nat.AcceptInput = s.rng.IntN(4) == 0, s.rng.IntN(4) == 0
	home1 := s.net.Internet.Router("home1", x.nat, "203.0.113.10")
	home2 := s.net.Internet.Router("home2", y.nat, "203.0.113.20")
	s.nats = map[*simnet.Router]simnet.NAT{home1: x.nat, home2: y.nat}
	want, near := Direct, false
	var a, b *simnet.Host
	switch s.rng.IntN(6) {
	case 0:
		s.what, near = x.name+", one LAN", true
		nat := x.nat
		y = x
		nat.Hairpin = s.rng.IntN(2) == 0 // a way round by the router, worse than the LAN
		home1.SetNAT(nat)
		s.nats[home1] = nat
		a, b = home1.LAN.Host("a", "192.168.1.2"), home1.LAN.Host("b", "192.168.1.3")
	case 1:
		s.what = x.name + " × public"
		y = ladderNAT{told: wire.NAT{Mapping: wire.MappingNone, Birthday: true}}
		a, b = home1.LAN.Host("a", "192.168.1.2"), s.net.Internet.Host("b", "203.0.113.77")
	default:
		s.what = x.name + " × " + y.name
		a, b = home1.LAN.Host("a", "192.168.1.2"), home2.LAN.Host("b", "192.168.1.2")
		if !x.meets(y) {
			want = Relay
		}
	}
	s.what = fmt.Sprintf("seed %d, %s", seed, s.what)
	s.node(0, a)
	s.node(1, b)
	s.nodes[0].nat, s.nodes[1].nat = x.told, y.told
	s.start()
	s.chaos(a, b, home1, home2)
	s.run(simQuiet-simMeasure, 0)
	if s.peak > simStorm {
		t.Errorf("%s: %d packets in a minute", s.what, s.peak)
	}
	quiet := 60 // with keep-alives that seemed to be too rare
	for _, n := range s.nodes {
		if n.agent.Info().Kind != want {
			quiet += predictMost // a round is tried again
		}
		n.packets, n.minute = 0, s.now
	}
	s.peak = 0
	s.run(simMeasure+time.Second, 0)
	if s.peak > quiet {
		t.Errorf("%s: %d packets in an idle minute", s.what, s.peak)
	}
	s.run(2*time.Second, 100*ms)
	for k, n := range s.nodes {
		i, r := n.agent.Info(), n.agent.Route(s.now, 1200)
		if i.Kind != want || want == Direct && r.Relay || want == Relay && !r.Relay || near && !i.Addr.Addr().IsPrivate() {
			t.Errorf("%s: member %d ends on %+v, route %+v", s.what, k, i, r)
		}
	}
}

// chaos is loss, delay, rebinding, outages and cuts for a while, and at its
// end a whole network again.
func (s *simulation) chaos(a, b *simnet.Host, homes ...*simnet.Router) {
	fresh := 30
	bad := func() simnet.Link {
		return simnet.Link{
			Latency: time.Duration(s.rng.IntN(80)) * ms, Jitter: time.Duration(s.rng.IntN(40)) * ms,
			Loss: 0.3 * s.rng.Float64(), Duplicate: 0.1 * s.rng.Float64(), Reorder: 0.2 * s.rng.Float64(),
		}
	}
	rebind := func(r *simnet.Router) {
		// Else its own stack might take what the bootnode sends to a mapping
		// that is gone, and the bootnode alone would see another port.
		nat := s.nats[r]
		nat.AcceptInput = false
		r.SetNAT(nat)
		if s.rng.IntN(2) == 0 {
			r.Restart()
			return
		}
		fresh++
		r.SetAddrs(fmt.Sprintf("203.0.113.%d", fresh))
	}
	for end := s.now.Add(simChaos); s.now.Before(end); {
		var data time.Duration
		if s.rng.IntN(2) == 0 {
			data = time.Duration(10+s.rng.IntN(500)) * ms
		}
		s.run(time.Duration(s.rng.IntN(8000))*ms, data)
		r := homes[s.rng.IntN(2)]
		switch s.rng.IntN(9) {
		case 0:
			r.SetLink(bad())
		case 1:
			r.SetLink(simnet.Link{})
		case 2:
			rebind(r)
		case 3:
			rebind(homes[0])
			rebind(homes[1])
		case 4:
			s.srv.SetLink(simnet.Link{Down: true})
		case 5:
			s.srv.SetLink(bad())
		case 6:
			s.net.Cut(a, b)
		case 7:
			s.net.Mend(a, b)
		case 8:
			n := s.nodes[s.rng.IntN(2)]
			n.step([]Event{Restart{}, CheckNow{}}[s.rng.IntN(2)])
		}
	}
	s.net.Mend(a, b)
	for _, r := range homes {
		r.SetLink(simnet.Link{Latency: 10 * ms})
	}
	s.srv.SetLink(simnet.Link{Latency: 10 * ms})
}

func TestRandomSchedules(t *testing.T) {
	schedules := uint64(1000)
	switch {
	case raceDetector: // ten times as slow, and nothing here runs at once
		schedules = 20
	case testing.Short():
		schedules = 100
	}
	everySeed(t, schedules, runSchedule)
}

// everySeed runs f with the seeds from 0 to n-1, on all processors.
func everySeed(t *testing.T, n uint64, f func(t *testing.T, seed uint64)) {
	parts := uint64(runtime.GOMAXPROCS(0))
	for part := range parts {
		t.Run(fmt.Sprintf("part %d", part+1), func(t *testing.T) {
			t.Parallel()
			for seed := part; seed < n; seed += parts {
				f(t, seed)
			}
		})
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	for seed := range uint64(5) {
		if x, y := traceSchedule(t, seed), traceSchedule(t, seed); x != y {
			t.Errorf("seed %d: two traces", seed)
		}
	}
	if traceSchedule(t, 1) == traceSchedule(t, 2) {
		t.Error("the hash does not tell traces apart")
	}
}
