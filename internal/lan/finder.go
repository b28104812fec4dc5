package lan

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// FinderConfig is what a Finder is made of.
type FinderConfig struct {
	Room *crypto.RoomKeys
	// Rand spreads the waits and draws nonces: strangers must not foresee it.
	Rand *rand.Rand
	// Home is where a bootnode is looked for on this host: 127.0.0.1:9595.
	Home netip.AddrPort
}

// Finder decides which bootnodes to use and whether to run one. It is not safe
// for concurrent use; one goroutine owns it.
type Finder struct {
	cfg FinderConfig

	now     time.Time // of the last Step
	started bool
	stopped bool
	// hears says that own questions have come back: multicast works, at least
	// on this host. Otherwise a bootnode is found at the home port or nowhere.
	hears bool

	ask   asking
	known []*bootnode // by key
	own   own
	home  home
	avoid avoided
	// limits on what packets of others make us send
	answers, checks meter

	used []Target // what Use told last
	out  []Action
}

// NewFinder makes a finder that waits for Start.
func NewFinder(cfg FinderConfig) *Finder { return &Finder{cfg: cfg} }

// Step takes an event and returns what is to be done, in this order. Times
// come from one monotonic clock.
func (f *Finder) Step(now time.Time, ev Event) []Action {
	f.now, f.out = now, nil
	if _, start := ev.(Start); start == f.started || f.stopped {
		return nil
	}
	switch ev := ev.(type) {
	case Start:
		f.started = true
		f.own.plan(now.Add(openWait + f.upTo(openWait)))
		f.seek()
	case Packet:
		f.packet(ev.From, ev.Data)
	case Cookie:
		f.cookie(ev.From, ev.Data)
	case Opened:
		f.opened(ev)
	case OpenFailed:
		f.openFailed()
	case Unreachable:
		f.unreachable(ev.Address)
	case Stop:
		f.stopped = true
		f.closeOwn()
		return f.out
	}
	f.tick()
	return f.out
}

// NextDeadline is when the next Timer event is wanted; zero: never.
func (f *Finder) NextDeadline() time.Time {
	if !f.started || f.stopped {
		return time.Time{}
	}
	next := earliest(f.ask.due, f.home.due, f.own.deadline())
	for _, b := range f.known {
		next = earliest(next, b.deadline(f.now))
	}
	return next
}

func (f *Finder) tick() {
	f.tickKnown()
	f.tickOwn()
	f.tickAsk()
	f.tickHome()
	f.publish()
	f.tickSurplus()
}

func (f *Finder) packet(from netip.AddrPort, p []byte) {
	switch wire.RendezvousKind(p) {
	case wire.TypeLANQuery:
		f.query(from, p)
	case wire.TypeLANAdvert:
		f.advert(from, p)
	}
}

// unreachable gives an address up. Of the bootnode there everything is
// forgotten: if it is still alive, it answers the next question, perhaps from
// another address. Answers to questions asked before show nothing.
func (f *Finder) unreachable(address string) {
	i := slices.IndexFunc(f.used, func(t Target) bool { return t.Address == address })
	if i < 0 {
		return // not used any more
	}
	t := f.used[i]
	if f.own.open && t.Key == f.own.key {
		f.closeOwn()
		f.own.retry(f.now)
		return
	}
	f.avoid.add(f.now, t)
	f.forget(t.Key)
	if f.home.key == t.Key {
		f.home.alive = false
	}
	f.ask.nonces = nil
	f.seek()
}

// seek asks everywhere, at once.
func (f *Finder) seek() {
	f.ask.tries, f.ask.due = 0, f.now
	f.home.tries, f.home.due = 0, f.now
}

// enough says that no bootnode needs to be opened. One at the home port that
// has not told that it is of this room may be of another or be out of the
// others' reach, so it counts only where nothing else can be found.
func (f *Finder) enough() bool {
	return len(f.known) > 0 || f.own.open || f.home.alive && !f.hears
}

// publish tells the targets if they changed.
func (f *Finder) publish() {
	targets := f.targets()
	if slices.Equal(targets, f.used) {
		return
	}
	// An address whose bootnode was replaced by another is taken away first,
	// or a reader who goes by addresses would not notice.
	same := slices.DeleteFunc(slices.Clone(f.used), func(t Target) bool {
		return slices.ContainsFunc(targets, func(n Target) bool { return n.Address == t.Address && n.Key != t.Key })
	})
	if len(same) < len(f.used) {
		f.out = append(f.out, Use{same})
	}
	f.used = targets
	f.out = append(f.out, Use{slices.Clone(targets)})
}

// targets are the bootnodes to use: the lowest keys, and the one at home.
func (f *Finder) targets() []Target {
	var all []Target
	for _, b := range f.known {
		if !f.now.Before(b.ripe) {
			all = append(all, Target{b.addr.String(), b.key})
		}
	}
	if f.own.open {
		all = append(all, Target{homeAddr(f.own.port).String(), f.own.key})
		slices.SortFunc(all, func(a, b Target) int { return compareKeys(a.Key, b.Key) })
	}
	lowest := all[:min(len(all), maxUsed):min(len(all), maxUsed)]
	if f.home.alive && !slices.ContainsFunc(all, func(t Target) bool { return t.Key == f.home.key }) {
		return append(lowest, Target{f.cfg.Home.String(), f.home.key})
	}
	return lowest
}

func (f *Finder) upTo(d time.Duration) time.Duration {
	return time.Duration(f.cfg.Rand.Int64N(int64(d)))
}

// jitter spreads d over ±25 %.
func (f *Finder) jitter(d time.Duration) time.Duration { return d*3/4 + f.upTo(d/2) }

func compareKeys(a, b crypto.RunPublic) int { return bytes.Compare(a[:], b[:]) }

// due reports whether a deadline is set and reached.
func due(now, t time.Time) bool { return !t.IsZero() && !now.Before(t) }

// earliest is the first of the deadlines that are set.
func earliest(ts ...time.Time) (first time.Time) {
	for _, t := range ts {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
