package room

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/wire"
)

// trial is a room under load: messages of 60 letters, one a second from
// a random member, over paths of 50±10 ms and 10 Mbit/s up. What is measured
// comes after a warm-up.
type trial struct {
	name      string
	nodes     int
	loss      float64
	walls     uint64        // of 1000 pairs cannot connect
	churn     bool          // a fifth crash and a fifth join while it is measured
	partition time.Duration // into halves, in the middle
	cut       bool          // links across do not outlive it
}

const (
	trialSettle = 15 * time.Second
	trialWarm   = 20
	trialCount  = 20
	trialDrain  = 12 * time.Second
)

// result is what a trial measured. Durations count from the key press.
type result struct {
	trial
	delivered       float64 // of all messages to all members that stayed
	dup             float64 // needless copies by peer and message
	one50, one99    time.Duration
	all50, all99    time.Duration
	bytes, maxBytes int // sent by peer and message; by the busiest peer
	byKind          [wire.LinkFrameDisconnect + 1]float64
	links           int           // of the busiest peer
	healed          time.Duration // until all were complete again
}

// message is one measured message and when it got where.
type message struct {
	at   time.Time
	from *node
	got  map[*node]time.Duration
}

func (tr trial) run(t testing.TB) result {
	s := emptySim(t, 1)
	s.metering = true
	s.path = path{minDelay: 40 * time.Millisecond, loss: tr.loss, retry: 200 * time.Millisecond, uplink: 10e6, walls: tr.walls}
	s.maxDelay = 60 * time.Millisecond
	for range tr.nodes {
		s.addNode()
	}
	s.openRoster()
	messages := make(map[wire.RecordID]*message)
	var said *message
	s.onAction = func(n *node, a Action) {
		switch a := a.(type) {
		case Appended:
			if said != nil && said.from == n {
				messages[a.ID], said = said, nil
			}
		case Deliver:
			if m := messages[a.ID]; m != nil {
				m.got[n] = s.now.Sub(m.at)
			}
		}
	}
	r := result{trial: tr}
	doomed := make(map[*node]bool)
	text := strings.Repeat("x", 60)
	say := func(measured bool) {
		n := s.nodes[s.rng.IntN(tr.nodes)]
		for n.down || doomed[n] {
			n = s.nodes[s.rng.IntN(tr.nodes)]
		}
		if measured {
			said = &message{at: s.now, from: n, got: make(map[*node]time.Duration)}
		}
		n.say(text)
		s.run(time.Second)
	}
	s.run(trialSettle)
	for range trialWarm {
		say(false)
	}
	before := make([]meter, len(s.nodes))
	for i, n := range s.nodes {
		before[i] = n.meter
	}
	if tr.churn {
		s.churn(doomed)
	}
	var healing time.Time
	for i := range trialCount {
		if tr.partition > 0 && i == trialCount/4 {
			s.halve(tr)
			healing = s.now.Add(tr.partition)
		}
		say(true)
		for _, n := range s.nodes {
			r.links = max(r.links, n.settledLinks())
		}
	}
	r.measure(s, before)
	s.run(tr.partition + trialDrain)
	r.delays(s, messages, healing)
	s.checkEqual()
	return r
}

// settledLinks counts the links whose ends had time to tell whether they stay.
func (n *node) settledLinks() (count int) {
	for _, l := range n.engine.links {
		if n.time().Sub(l.since) > neighbourSays {
			count++
		}
	}
	return count
}

// openRoster names to each node, soon after the start, who is there.
func (s *sim) openRoster() {
	s.roster = roster{open: true, silence: 5500 * time.Millisecond}
	if len(s.nodes) > 100 {
		s.roster.sample = 64
	}
	for _, n := range s.nodes {
		s.after(time.Duration(s.rng.Int64N(int64(2*time.Second))), func() { n.step(s.named(n.others())) })
		if s.roster.sample > 0 {
			n.sampleAgain()
		}
	}
}

// churn lets a fifth crash without notice, and a fifth join, over 20 s.
func (s *sim) churn(doomed map[*node]bool) {
	k := len(s.nodes) / 5
	for _, i := range s.rng.Perm(len(s.nodes))[:k] {
		n := s.nodes[i]
		doomed[n] = true
		s.after(time.Duration(s.rng.Int64N(int64(trialCount*time.Second))), n.stop)
	}
	for range k {
		s.after(time.Duration(s.rng.Int64N(int64(trialCount*time.Second))), func() { s.addNode() })
	}
}

// halve parts the room for a while.
func (s *sim) halve(tr trial) {
	side := make([]int, len(s.nodes))
	for i := range side {
		side[i] = i % 2
	}
	s.partition(side)
	s.after(tr.partition, s.heal)
	if tr.cut {
		s.after(tr.partition*3/4, func() {
			for _, l := range s.links {
				if l.up && side[l.a.index] != side[l.b.index] {
					l.down(l.a)
				}
			}
		})
	}
}

// measure counts what was sent while the messages were.
func (r *result) measure(s *sim, before []meter) {
	var needless, bytes int
	for i, n := range s.nodes[:len(before)] {
		sent := n.meter.bytes - before[i].bytes
		bytes += sent
		r.maxBytes = max(r.maxBytes, sent/trialCount)
		needless += n.meter.needless - before[i].needless
		for k := range r.byKind {
			r.byKind[k] += float64(n.meter.frames[k] - before[i].frames[k])
		}
	}
	r.bytes = bytes / trialCount / len(before)
	r.dup = float64(needless) / float64(trialCount*len(before))
	for k := range r.byKind {
		r.byKind[k] /= float64(trialCount * len(before))
	}
}

// delays sums up how long the messages took.
func (r *result) delays(s *sim, messages map[wire.RecordID]*message, healing time.Time) {
	var one, all []time.Duration
	want, got := 0, 0
	for _, m := range messages {
		var last time.Duration
		for _, n := range s.alive() {
			if n == m.from {
				continue
			}
			want++
			if d, ok := m.got[n]; ok {
				got++
				if len(n.before) == 0 && n.run == 1 && n.index < r.nodes {
					one = append(one, d)
					last = max(last, d)
				}
			}
		}
		all = append(all, last)
		if !healing.IsZero() && m.at.Before(healing) {
			r.healed = max(r.healed, m.at.Add(last).Sub(healing))
		}
	}
	r.delivered = float64(got) / float64(want)
	slices.Sort(one)
	slices.Sort(all)
	at := func(of []time.Duration, q float64) time.Duration { return of[int(q*float64(len(of)-1))] }
	r.one50, r.one99, r.all50, r.all99 = at(one, 0.5), at(one, 0.99), at(all, 0.5), at(all, 0.99)
}

const resultHead = `
|N|variant|delivered|dup|p50/p99 ms|all p50/p99 ms|B|max B|push/ack/ihave/sync B|links|healed s|
|---|---|---|---|---|---|---|---|---|---|---|`

// String is a row of the table under resultHead.
func (r result) String() string {
	k := r.byKind
	return fmt.Sprintf("|%d|%s|%.1f %%|%.2f|%d/%d|%d/%d|%d|%d|%.0f/%.0f/%.0f/%.0f|%d|%.1f|",
		r.nodes, r.name, 100*r.delivered, r.dup, r.one50.Milliseconds(), r.one99.Milliseconds(),
		r.all50.Milliseconds(), r.all99.Milliseconds(), r.bytes, r.maxBytes, k[wire.LinkFramePush], k[wire.LinkFrameAck],
		k[wire.LinkFrameIHave], k[wire.LinkFrameDigest]+k[wire.LinkFrameRecon], r.links, r.healed.Seconds())
}

// trials are the first variants of a size, the plain one first.
func trials(nodes, variants int) []trial {
	out := []trial{
		{name: "5 % loss"},
		{name: "20 % crash, 20 % join", churn: true},
		{name: "30 % of pairs unreachable", walls: 300},
		{name: "20 s partition, links cut", partition: 20 * time.Second, cut: true},
		{name: "20 s partition, links kept", partition: 20 * time.Second},
		{name: "30 % loss", loss: 0.3},
		{name: "30 % loss, 20 % crash, 20 % join", loss: 0.3, churn: true},
	}[:variants]
	for i := range out {
		out[i].nodes = nodes
		if out[i].loss == 0 {
			out[i].loss = 0.05
		}
	}
	return out
}

// What spreading may cost: docs/decisions/016-spreading.md has the table.
func TestBudget(t *testing.T) {
	list := append(trials(10, 1), trials(50, 7)...)
	switch {
	case longSim:
		list = slices.Concat(list, trials(200, 7), trials(1000, 7), trials(5000, 4))
	case testing.Short():
		list = append(list, trials(200, 1)...)
	default:
		list = slices.Concat(list, trials(200, 4), trials(1000, 1))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	table := make([]string, len(list))
	t.Run("trials", func(t *testing.T) {
		for i, tr := range list {
			t.Run(fmt.Sprint(tr.nodes, " members, ", tr.name), func(t *testing.T) {
				if tr.nodes < 1000 {
					t.Parallel()
				}
				r := tr.run(t)
				table[i] = r.String()
				r.check(t)
			})
		}
	})
	t.Log(resultHead + "\n" + strings.Join(table, "\n"))
}

func (r result) check(t *testing.T) {
	most := func(what string, got, limit float64) {
		if got > limit {
			t.Errorf("%s: %.2f, above %.2f", what, got, limit)
		}
	}
	if r.delivered != 1 {
		t.Errorf("%.3f %% delivered", 100*r.delivered)
	}
	most("needless copies", r.dup, 2)
	plain := r.loss <= 0.05 && !r.churn && r.partition == 0
	large := r.nodes > defaultShape.meshMax
	switch {
	case r.partition > 0:
		most("seconds to heal", r.healed.Seconds(), 3)
	case r.loss > 0.05 || r.churn:
		most("seconds to all", r.all99.Seconds(), 2.5)
	case plain && r.walls == 0:
		most("seconds to all", r.all99.Seconds(), 1)
		most("bytes", float64(r.bytes), 2048)
	}
	if plain && !large {
		most("median seconds", r.one50.Seconds(), 0.1)
	}
	if large && !r.churn {
		most("links", float64(r.links), float64(defaultShape.most))
	}
}
