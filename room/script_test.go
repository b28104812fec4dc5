package room

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// script is what befalls a room: drawn from a seed, run as often as one likes,
// and shrunk when it shows a fault.
type script struct {
	seed    uint64
	nodes   int
	shapes  []shape         // by node
	skews   []time.Duration // by node
	blocked [][2]int
	delay   time.Duration
	ops     []op
}

type opKind int

const (
	opSay opKind = iota
	opBurst
	opCrash
	opLoseStore
	opStop
	opStart
	opFailCommit
	opCrashCommit
	opSlowDisk
	opReset
	opPartition
	opHeal
	opBlock
	opLoss
	opKinds
)

var opNames = [...]string{
	"say", "burst", "crash", "lose store", "stop", "start", "fail commit", "crash in commit", "slow disk",
	"reset link", "partition", "heal", "block pair", "loss",
}

// op is one thing that happens, a while after the one before. What k means
// depends on its kind.
type op struct {
	wait time.Duration
	kind opKind
	a, b int // nodes
	k    int
}

func (o op) String() string {
	return fmt.Sprintf("after %v: %s (node %d, node %d, %d)", o.wait, opNames[o.kind], o.a, o.b, o.k)
}

func (sc script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d nodes, delay %v, skews %v, blocked %v\n", sc.seed, sc.nodes, sc.delay, sc.skews, sc.blocked)
	fmt.Fprintf(&b, "shape %+v, meshes up to", sc.shapes[0])
	for _, s := range sc.shapes {
		fmt.Fprint(&b, " ", s.meshMax)
	}
	fmt.Fprintln(&b)
	for _, o := range sc.ops {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}

// drawScript draws a script. Small rooms are most of them; all three shapes
// are common: the mesh, the large room (with few links, so that few members
// make one), and rooms whose members do not agree which it is.
func drawScript(seed uint64) script {
	rng := rand.New(rand.NewPCG(seed, 11))
	sc := script{seed: seed, nodes: 2 + rng.IntN(4), delay: time.Duration(2+rng.IntN(300)) * time.Millisecond}
	switch size := rng.IntN(1000); {
	case size >= 994:
		sc.nodes = 13 + rng.IntN(38)
	case size >= 895:
		sc.nodes = 6 + rng.IntN(7)
	}
	small := shape{own: 2, few: 2, links: 3, most: 5, swap: 4 * time.Second}
	small.meshMax = 2 + rng.IntN(sc.nodes)
	kind := rng.IntN(3)
	for range sc.nodes {
		s := defaultShape
		if kind > 0 {
			s = small
		}
		if kind > 1 {
			s.meshMax += rng.IntN(3) - 1
		}
		s.meshAgain = min(s.meshAgain, s.meshMax-1)
		if kind > 0 {
			s.meshAgain = s.meshMax - 1
		}
		sc.shapes = append(sc.shapes, s)
	}
	skewed := rng.IntN(3) == 0
	for range sc.nodes {
		var d time.Duration
		if skewed { // below what makes records early
			d = time.Duration(rng.Int64N(int64(8*time.Minute))) - 4*time.Minute
		}
		sc.skews = append(sc.skews, d)
	}
	if rng.IntN(2) == 0 {
		for i := range sc.nodes {
			for j := i + 2; j < sc.nodes; j++ { // neighbours in the row stay reachable
				if rng.IntN(3) == 0 {
					sc.blocked = append(sc.blocked, [2]int{i, j})
				}
			}
		}
	}
	for range 10 + rng.IntN(16) {
		o := op{
			wait: time.Duration(rng.IntN(1200)) * time.Millisecond, kind: opSay,
			a: rng.IntN(sc.nodes), b: rng.IntN(sc.nodes), k: rng.IntN(1 << 20),
		}
		if rng.IntN(5) < 2 {
			o.kind = opKind(rng.IntN(int(opKinds)))
		}
		sc.ops = append(sc.ops, o)
	}
	return sc
}

// play runs a script: what it says, then an end to all faults, and 30 s later
// all must be well.
func (sc script) play(t testing.TB, trace bool) *sim {
	s := emptySim(t, sc.seed)
	if trace {
		s.traced()
	}
	s.maxDelay = sc.delay
	s.path.retry = 200 * time.Millisecond
	s.roster.open, s.roster.silence = true, 3*time.Second
	receipts := watchTruth(s)
	s.path.blocked = make(map[[2]int]bool)
	for _, p := range sc.blocked {
		s.path.blocked[p] = true
	}
	for i := range sc.nodes {
		s.addNodeAs(sc.shapes[i], sc.skews[i])
	}
	s.run(500 * time.Millisecond)
	for i, o := range sc.ops {
		s.run(o.wait)
		s.do(i, o)
	}
	s.calm()
	all := s.survivors()
	s.run(30 * time.Second)
	s.checkEqual()
	s.checkLost()
	s.checkSurvivors(all)
	s.checkReceipts(*receipts)
	s.checkAcks()
	return s
}

func (s *sim) do(i int, o op) {
	a, b := s.nodes[o.a%len(s.nodes)], s.nodes[o.b%len(s.nodes)]
	switch o.kind {
	case opSay:
		a.say(fmt.Sprint("message ", i))
	case opBurst:
		for k := range 2 + o.k%10 {
			a.say(fmt.Sprint("burst ", i, k))
		}
	case opCrash, opLoseStore:
		if !a.down {
			a.crash(o.kind == opLoseStore)
		}
	case opStop:
		if !a.down {
			a.stop()
		}
	case opStart:
		if a.down {
			a.start()
		}
	case opFailCommit:
		a.failNext = true
	case opCrashCommit:
		a.crashNext = true
	case opSlowDisk:
		a.slow = time.Duration(o.k%300) * time.Millisecond
	case opReset:
		if l := s.linkOf(a, b); l != nil {
			l.down(a)
		}
	case opPartition:
		if s.path.side != nil {
			s.heal()
		}
		side := make([]int, len(s.nodes))
		for j := range side {
			side[j] = o.k >> (j % 20) & 1
		}
		s.partition(side)
	case opHeal:
		s.heal()
	case opBlock:
		if d := a.index - b.index; d > 1 || d < -1 {
			s.block(a, b)
		}
	case opLoss:
		s.path.loss = float64(o.k%31) / 100
	}
}

// calm ends all faults but blocked pairs and a little loss.
func (s *sim) calm() {
	s.heal()
	s.path.loss = min(s.path.loss, 0.05)
	for _, n := range s.nodes {
		n.slow, n.failNext, n.crashNext = 0, false, false
		if n.down {
			n.start()
		}
	}
}

// fault is a check that failed while a script ran.
type fault string

// catcher turns a failed check into a fault, so that the script can be tried again.
type catcher struct{ testing.TB }

func (catcher) Helper()                   {}
func (catcher) Fatal(a ...any)            { panic(fault(fmt.Sprint(a...))) }
func (catcher) Fatalf(f string, a ...any) { panic(fault(fmt.Sprintf(f, a...))) }

// try plays a script and returns its fault, if any.
func (sc script) try(t testing.TB) (found fault) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(fault)
			if !ok {
				f = fault(fmt.Sprint("panic: ", r))
			}
			found = f
		}
	}()
	sc.play(catcher{t}, false)
	return ""
}

// shrunk takes away whatever the fault does without.
func (sc script) shrunk(t testing.TB) script {
	for size := len(sc.ops); size > 0; {
		smaller := false
		for at := 0; at+size <= len(sc.ops); {
			less := sc
			less.ops = append(append([]op(nil), sc.ops[:at]...), sc.ops[at+size:]...)
			if less.try(t) != "" {
				sc, smaller = less, true
			} else {
				at += size
			}
		}
		if size > 1 || !smaller {
			size /= 2
		}
	}
	for i := 0; i < len(sc.blocked); {
		less := sc
		less.blocked = append(append([][2]int(nil), sc.blocked[:i]...), sc.blocked[i+1:]...)
		if less.try(t) != "" {
			sc = less
		} else {
			i++
		}
	}
	return sc
}
