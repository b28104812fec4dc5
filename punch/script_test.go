package punch

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/wire"
)

const ms = time.Millisecond

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func ap(s string) netip.AddrPort {
	if s == "relay" {
		return netip.AddrPort{}
	}
	return netip.MustParseAddrPort(s)
}

func name(a netip.AddrPort) string {
	if !a.IsValid() {
		return "relay"
	}
	return a.String()
}

func host(s string) wire.Candidate {
	return wire.Candidate{Type: wire.CandidateHost, Addr: netip.MustParseAddrPort(s)}
}

func hosts(list ...string) (out []wire.Candidate) {
	for _, s := range list {
		out = append(out, host(s))
	}
	return out
}

// script drives one agent in simulated time: pings to the addresses in rtt
// are answered after that time, nothing else is. All that the agent sends is
// in its log.
type script struct {
	t       *testing.T
	a       *Agent
	now     time.Time
	rtt     map[string]time.Duration
	narrow  map[string]bool // answers no full-size ping
	answers []answer
	lines   []string
	sent    []sent
	number  uint64 // of the latest ping of the member
}

type answer struct {
	at   time.Time
	from string
	id   wire.TxID
}

type sent struct {
	at time.Duration // since epoch
	to string
	Action
}

// own is the candidate of the agent under test, and x, y, z are the member's.
const (
	own = "192.0.2.1:100"
	x   = "198.51.100.1:1"
	y   = "198.51.100.2:2"
	z   = "198.51.100.3:3"
	lan = "10.0.0.9:9"
)

func newScript(t *testing.T) *script {
	return &script{
		t: t, now: epoch, rtt: map[string]time.Duration{}, narrow: map[string]bool{},
		a: NewAgent(rand.New(rand.NewPCG(1, 2)), func() (id wire.TxID) { id[11] = 1; return id }, 0),
	}
}

// started is a script whose agent has its own candidate and a silent relay.
func started(t *testing.T, member ...string) *script {
	s := newScript(t)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RelayChanged{true})
	s.observed(member...)
	s.step(RemoteCandidates{Candidates: hosts(member...)})
	return s
}

// observed has a bootnode see the member at addresses.
func (s *script) observed(addrs ...string) {
	for _, a := range addrs {
		s.step(RemoteCandidates{Observed: ap(a)})
	}
}

// connected is a script whose agent has a trusted direct path to x.
func connected(t *testing.T) *script {
	s := newScript(t)
	s.rtt[x], s.rtt["relay"] = 20*ms, 80*ms
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RelayChanged{true})
	s.observed(x, y, z)
	s.step(Received{Msg: wire.Candidates{Generation: 1, Answered: 1, Candidates: hosts(x)}})
	s.run(2 * time.Second)
	s.wantRoute("direct " + x)
	s.forget()
	return s
}

func (s *script) step(ev Event) {
	s.t.Helper()
	for _, act := range s.a.Step(s.now, ev) {
		s.note(act)
	}
	if at := s.a.NextDeadline(); !at.IsZero() && !at.After(s.now) {
		s.t.Fatalf("after %T at %v the next deadline is %v ago: the timer would spin", ev, s.now.Sub(epoch), s.now.Sub(at))
	}
	if n := len(s.a.paths); n > maxPaths {
		s.t.Fatalf("%d paths", n)
	}
}

func (s *script) note(act Action) {
	to := name(act.To)
	s.sent = append(s.sent, sent{s.now.Sub(epoch), to, act})
	what := ""
	switch m := act.Msg.(type) {
	case wire.Ping:
		what = "PING"
		if m.Size > 0 {
			what = "PING full"
		}
		if rtt, ok := s.rtt[to]; ok && (m.Size == 0 || !s.narrow[to]) {
			s.answers = append(s.answers, answer{s.now.Add(rtt), to, m.TxID})
		}
	case wire.Pong:
		what = "PONG"
	case wire.Candidates:
		what = fmt.Sprintf("CANDIDATES %d answered %d", m.Generation, m.Answered)
	}
	s.lines = append(s.lines, fmt.Sprintf("%d %s %s", s.now.Sub(epoch).Milliseconds(), to, what))
}

// run lets simulated time pass, with timers and answers.
func (s *script) run(d time.Duration) {
	s.t.Helper()
	end := s.now.Add(d)
	for range 1_000_000 {
		at, next := s.a.NextDeadline(), -1
		for i, r := range s.answers {
			if at.IsZero() || r.at.Before(at) {
				at, next = r.at, i
			}
		}
		if at.IsZero() || at.After(end) {
			s.now = end
			return
		}
		s.now = at
		if next < 0 {
			s.step(Timer{})
			continue
		}
		r := s.answers[next]
		s.answers = slices.Delete(s.answers, next, next+1)
		s.step(Received{From: ap(r.from), Msg: wire.Pong{TxID: r.id}})
	}
	s.t.Fatal("the agent never rests")
}

// data sends a data packet every so often for a while.
func (s *script) data(every, d time.Duration) {
	s.t.Helper()
	for end := s.now.Add(d); s.now.Before(end); s.run(every) {
		s.step(DataSent{1200})
	}
}

// ping lets the member's next ping arrive.
func (s *script) ping(from string) wire.TxID {
	s.t.Helper()
	s.number++
	id := txID(s.number)
	s.step(Received{From: ap(from), Msg: wire.Ping{TxID: id}})
	return id
}

func txID(n uint64) (id wire.TxID) {
	for i := range numberBytes {
		id[numberBytes-1-i] = byte(n >> (8 * i))
	}
	return id
}

func (s *script) forget() { s.lines, s.sent = nil, nil }

// pings counts the pings to an address in the log, or to all of them.
func (s *script) pings(to string) (n int) {
	for _, x := range s.sent {
		if _, ok := x.Msg.(wire.Ping); ok && (x.to == to || to == "") {
			n++
		}
	}
	return n
}

// want compares the log with golden lines and empties it.
func (s *script) want(golden string) {
	s.t.Helper()
	var want []string
	for line := range strings.Lines(golden) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if !slices.Equal(s.lines, want) {
		s.t.Errorf("sent:\n\t%s\nwant:\n\t%s", strings.Join(s.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
	s.forget()
}

func (s *script) wantRoute(want string) {
	s.t.Helper()
	if got := s.route(); got != want {
		s.t.Errorf("after %v: route %q, want %q", s.now.Sub(epoch), got, want)
	}
}

func (s *script) route() string {
	r := s.a.Route(s.now, 1200)
	var out []string
	if r.Direct.IsValid() {
		out = append(out, "direct "+r.Direct.String())
	}
	if r.Relay {
		out = append(out, "relay")
	}
	return strings.Join(out, " + ")
}
