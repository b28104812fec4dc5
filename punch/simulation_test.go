package punch

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// The simulation: two agents on a simulated network with a bootnode that tells
// addresses and relays, all as one event queue. A frame travels as its number
// in a table, padded to its size.

const (
	simDirect  = 'D'
	simRelay   = 'R'
	simBeat    = 'B'
	simSeen    = 'O' // the bootnode's answer: the observed address
	simBeats   = 2 * time.Second
	simOutage  = 5 * time.Second // without an answer the relay counts as down
	simChaos   = 90 * time.Second
	simQuiet   = 13 * time.Minute
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
}

var simServer = netip.MustParseAddrPort("203.0.113.1:9595")

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{t: t, rng: rand.New(rand.NewPCG(seed, 99)), now: epoch}
	latency := time.Duration(1+s.rng.IntN(60)) * ms
	s.net = simnet.NewStepped(seed, simnet.Link{Latency: latency / 2}, epoch)
	s.srv = s.net.Internet.Host("srv", simServer.Addr().String())
	s.boot, _ = s.srv.Bind(simServer.Port(), s.atBootnode)
	return s
}

func (s *simulation) node(i int, h *simnet.Host) {
	rng := rand.New(rand.NewPCG(s.rng.Uint64(), uint64(i)))
	ids := rand.New(rand.NewPCG(s.rng.Uint64(), uint64(i)))
	n := &simNode{sim: s, host: h, beatAt: s.now, minute: s.now}
	n.agent = NewAgent(rng, func() (id wire.TxID) {
		binary.BigEndian.PutUint64(id[4:], ids.Uint64())
		return id
	}, 0)
	var err error
	if n.sock, err = h.Bind(0, n.receive); err != nil {
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
	n.step(LocalCandidates{n.gen, list})
}

func (n *simNode) step(ev Event) {
	s := n.sim
	acts := n.agent.Step(s.now, ev)
	if at := n.agent.NextDeadline(); !at.IsZero() && !at.After(s.now) {
		s.t.Fatalf("%s: after %T the deadline is in the past", s.what, ev)
	}
	for _, act := range acts {
		n.packets++
		size := 74
		if m, ok := act.Msg.(wire.Ping); ok {
			size = max(size, m.Size)
		}
		kind, to := byte(simDirect), act.To
		if !to.IsValid() {
			kind, to = simRelay, simServer
		}
		n.sock.Send(s.frame(kind, act.Msg, size), to, netip.Addr{})
	}
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
		n.at = d.From
		s.boot.Send(s.frame(simSeen, d.From, 60), d.From, netip.Addr{})
	case simRelay:
		for _, n := range s.nodes {
			if n.at == d.From && n.peer.at.IsValid() {
				s.boot.Send(d.Data, n.peer.at, netip.Addr{})
			}
		}
	}
}

func (n *simNode) receive(now time.Time, d simnet.Datagram) {
	n.sim.now = now
	switch d.Data[0] {
	case simDirect:
		n.step(Received{From: d.From, Msg: n.sim.msg(d.Data)})
	case simRelay:
		n.step(Received{Msg: n.sim.msg(d.Data)})
	case simSeen:
		n.ackAt = now
		if !n.relayUp {
			n.relayUp = true
			n.step(RelayChanged{true})
		}
		if seen := n.sim.msg(d.Data).(netip.AddrPort); seen != n.observed {
			n.observed = seen
			n.candidates()
		}
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

type simNAT struct {
	name string
	nat  simnet.NAT
}

var simNATs = []simNAT{
	{"full cone", simnet.FullCone()},
	{"address-restricted", simnet.AddressRestricted()},
	{"port-restricted", simnet.PortRestricted()},
	{"symmetric", simnet.Symmetric()},
	{"sequential", simnet.SymmetricSequential()},
	{"symmetric by address", simnet.SymmetricAddress()},
}

// simPunchable says which pairs of simNATs can connect without guessing ports.
func simPunchable(a, b int) bool { return min(a, b) <= 1 || max(a, b) <= 2 }

// outcome runs a random schedule to its end, checks it and returns the hash of
// all packets' fates.
func runSchedule(t *testing.T, seed uint64) uint64 {
	s := newSimulation(t, seed)
	hash := fnv.New64a()
	s.net.OnPacket(func(p simnet.Trace) {
		fmt.Fprintln(hash, p.At.UnixNano(), p.Src, p.Dst, p.Size, p.Verdict)
	})
	i, j := s.rng.IntN(len(simNATs)), s.rng.IntN(len(simNATs))
	home1 := s.net.Internet.Router("home1", simNATs[i].nat, "203.0.113.10")
	home2 := s.net.Internet.Router("home2", simNATs[j].nat, "203.0.113.20")
	want, near := Direct, false
	var a, b *simnet.Host
	switch s.rng.IntN(6) {
	case 0:
		s.what, near = simNATs[i].name+", one LAN", true
		nat := simNATs[i].nat
		nat.Hairpin = s.rng.IntN(2) == 0 // a way round by the router, worse than the LAN
		home1.SetNAT(nat)
		a, b = home1.LAN.Host("a", "192.168.1.2"), home1.LAN.Host("b", "192.168.1.3")
	case 1:
		s.what = simNATs[i].name + " × public"
		a, b = home1.LAN.Host("a", "192.168.1.2"), s.net.Internet.Host("b", "203.0.113.77")
	default:
		s.what = simNATs[i].name + " × " + simNATs[j].name
		a, b = home1.LAN.Host("a", "192.168.1.2"), home2.LAN.Host("b", "192.168.1.2")
		if !simPunchable(i, j) {
			want = Relay
		}
	}
	s.what = fmt.Sprintf("seed %d, %s", seed, s.what)
	s.node(0, a)
	s.node(1, b)
	s.start()
	s.chaos(a, b, home1, home2)
	s.peak = 0
	s.run(simQuiet-simMeasure, 0)
	for _, n := range s.nodes {
		n.packets, n.minute = 0, s.now
	}
	s.peak = 0
	s.run(simMeasure+time.Second, 0)
	if s.peak > 40 {
		t.Errorf("%s: %d packets in an idle minute", s.what, s.peak)
	}
	s.run(2*time.Second, 100*ms)
	for k, n := range s.nodes {
		i, r := n.agent.Info(), n.agent.Route(s.now, 1200)
		if i.Kind != want || want == Direct && r.Relay || want == Relay && !r.Relay || near && !i.Addr.Addr().IsPrivate() {
			t.Errorf("%s: member %d ends on %+v, route %+v", s.what, k, i, r)
		}
	}
	return hash.Sum64()
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
	schedules := uint64(300)
	if raceDetector { // ten times as slow, and nothing here runs at once
		schedules = 20
	}
	for seed := range schedules {
		runSchedule(t, seed)
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	for seed := range uint64(5) {
		if x, y := runSchedule(t, seed), runSchedule(t, seed); x != y {
			t.Errorf("seed %d: two traces", seed)
		}
	}
	if runSchedule(t, 1) == runSchedule(t, 2) {
		t.Error("the hash does not tell traces apart")
	}
}
