package presence

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func subjectOf(room int) crypto.RoomSubject {
	return crypto.RoomTag{byte(room), byte(room >> 8)}.Subject()
}

func sessionOf(n int) crypto.SessionID { return crypto.SessionID{byte(n), byte(n >> 8), 1} }

// net is several cores and what travels between them.
type net struct {
	t     testing.TB
	now   time.Time
	rand  *rand.Rand
	nodes []*simNode
	queue []parcel // in the order of their arrival
	order int

	latency  func(from, to int) time.Duration
	interest time.Duration // until a watched subject is known to others
	lost     func(from, to int) bool
	dropped  int
}

type parcel struct {
	at      time.Time
	order   int
	from    int
	to      int
	subject crypto.RoomSubject
	message []byte
}

// simNode is a core and the members of its bootnode.
type simNode struct {
	net     *net
	index   int
	key     ed25519.PrivateKey
	core    *Core
	asks    []time.Duration
	up      bool
	stopped bool // neither hears nor does anything, but its connections stand
	watched map[crypto.RoomSubject]time.Time
	last    []time.Time // arrival of the last parcel at each node

	own     map[crypto.RoomSubject][]wire.NodeRecord
	foreign map[crypto.RoomSubject]map[crypto.SessionID]string // as the directory was told
	news    []string
	limits  Limits
	drains  bool
}

func newNet(t testing.TB, n int) *net {
	w := &net{t: t, now: epoch, rand: rand.New(rand.NewPCG(1, uint64(n))), interest: 30 * time.Millisecond}
	w.latency = func(int, int) time.Duration { return time.Millisecond }
	for i := range n {
		seed := make([]byte, 32)
		seed[0] = byte(i + 1)
		w.nodes = append(w.nodes, &simNode{net: w, index: i, key: ed25519.NewKeyFromSeed(seed), last: make([]time.Time, n)})
	}
	return w
}

func (w *net) start() {
	for _, n := range w.nodes {
		n.start()
	}
}

func (n *simNode) id() crypto.NodeID { return crypto.NodeID(n.key.Public().(ed25519.PublicKey)) }

// start begins a new life.
func (n *simNode) start() {
	n.up = true
	n.watched = map[crypto.RoomSubject]time.Time{}
	n.own = map[crypto.RoomSubject][]wire.NodeRecord{}
	n.foreign = map[crypto.RoomSubject]map[crypto.SessionID]string{}
	n.core = New(Config{
		Self: n.id(), Epoch: uint64(n.net.now.UnixMilli()), Key: crypto.RunPublic{byte(n.index)}, Release: "test",
		Advertised: fmt.Sprintf("node%d:9595", n.index), Timeout: 15 * time.Second, Limits: n.limits, Asks: n.asks,
		Sign: func(b []byte) [64]byte { return [64]byte(ed25519.Sign(n.key, b)) },
		Own:  func(s crypto.RoomSubject) []wire.NodeRecord { return n.own[s] },
		About: func() About {
			a := About{Rooms: len(n.own), Draining: n.drains}
			for _, rs := range n.own {
				a.Members += len(rs)
			}
			for _, o := range n.net.nodes {
				if o != n && o.up {
					a.Neighbours = append(a.Neighbours, o.id())
				}
			}
			return a
		},
	}, n.net.now)
	n.step(Event{})
}

func (n *simNode) step(ev Event) {
	for _, a := range n.core.Step(n.net.now, ev) {
		n.act(a)
	}
}

func (n *simNode) act(a Action) {
	switch a.Do {
	case Watch:
		n.watched[a.Subject] = n.net.now
		n.foreign[a.Subject] = map[crypto.SessionID]string{}
	case Unwatch:
		delete(n.watched, a.Subject)
		delete(n.foreign, a.Subject)
	case Publish, Beacon:
		for to := range n.net.nodes {
			if to != n.index {
				n.net.send(n.index, to, a)
			}
		}
	case Tell:
		room := n.foreign[a.Subject]
		if room == nil {
			n.net.t.Fatalf("node %d tells of a room that is closed", n.index)
		}
		s := a.Change.Record.Session
		if a.Change.Kind == wire.RosterPresent {
			room[s] = string(a.Change.Record.Announcement)
			n.news = append(n.news, fmt.Sprintf("+%d", s[0]))
		} else {
			if _, there := room[s]; !there {
				n.net.t.Fatalf("node %d takes away who is not there", n.index)
			}
			delete(room, s)
			n.news = append(n.news, fmt.Sprintf("-%d", s[0]))
		}
	}
}

// send puts a message on its way to a node that is known to listen. Messages of
// one node arrive at another in their order, or not at all.
func (w *net) send(from, to int, a Action) {
	n := w.nodes[to]
	if !n.up {
		return
	}
	if a.Do == Publish {
		since, ok := n.watched[a.Subject]
		if !ok || w.now.Sub(since) < w.interest {
			return
		}
	}
	if w.lost != nil && w.lost(from, to) {
		w.dropped++
		return
	}
	at := w.now.Add(w.latency(from, to))
	if last := w.nodes[from].last[to]; at.Before(last) {
		at = last
	}
	w.nodes[from].last[to] = at
	w.order++
	w.queue = append(w.queue, parcel{at, w.order, from, to, a.Subject, bytes.Clone(a.Message)})
}

// run lets time pass.
func (w *net) run(d time.Duration) {
	end := w.now.Add(d)
	for {
		next := end
		for _, n := range w.nodes {
			if n.up && !n.stopped {
				if due := n.core.NextDeadline(); due.Before(next) {
					next = due
				}
			}
		}
		for _, p := range w.queue {
			if p.at.Before(next) && !w.nodes[p.to].stopped {
				next = p.at
			}
		}
		if next.After(w.now) {
			w.now = next
		}
		worked := w.deliver()
		for _, n := range w.nodes {
			if n.up && !n.stopped && !n.core.NextDeadline().After(w.now) {
				n.step(Event{})
				worked = true
				if !n.core.NextDeadline().After(w.now) {
					w.t.Fatalf("node %d wants to be stepped at %v again", n.index, w.now)
				}
			}
		}
		if !worked && !w.now.Before(end) {
			return
		}
	}
}

func (w *net) deliver() bool {
	var now []parcel
	w.queue = slices.DeleteFunc(w.queue, func(p parcel) bool {
		if p.at.After(w.now) || w.nodes[p.to].stopped {
			return false
		}
		now = append(now, p)
		return true
	})
	slices.SortStableFunc(now, func(a, b parcel) int { return a.order - b.order })
	for _, p := range now {
		if n := w.nodes[p.to]; n.up {
			n.step(Event{Subject: p.subject, Message: p.message})
		}
	}
	return len(now) > 0
}

// join registers a session at a node; text is its announcement.
func (n *simNode) join(room, session int, text string) {
	subject := subjectOf(room)
	rec := wire.NodeRecord{
		Session: sessionOf(session), Since: uint64(n.net.now.Unix()), Announcement: []byte(text),
		Observed: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(session)}), 4000),
	}
	var ev Event
	if len(n.own[subject]) == 0 {
		ev.Own = append(ev.Own, Own{Kind: Opened, Subject: subject})
	}
	rs := slices.DeleteFunc(n.own[subject], func(r wire.NodeRecord) bool { return r.Session == rec.Session })
	n.own[subject] = append(rs, rec)
	ev.Own = append(ev.Own, Own{Changed, subject, wire.NodeEntry{Kind: wire.RosterPresent, NodeRecord: rec}})
	n.step(ev)
}

func (n *simNode) leave(room, session int) {
	subject := subjectOf(room)
	rs := slices.DeleteFunc(n.own[subject], func(r wire.NodeRecord) bool { return r.Session == sessionOf(session) })
	e := wire.NodeEntry{Kind: wire.RosterLeft, NodeRecord: wire.NodeRecord{Session: sessionOf(session)}}
	ev := Event{Own: []Own{{Changed, subject, e}}}
	if n.own[subject] = rs; len(rs) == 0 {
		delete(n.own, subject)
		ev.Own = append(ev.Own, Own{Kind: Closed, Subject: subject})
	}
	n.step(ev)
}

// truth is what a node should have told its directory.
func (n *simNode) truth(room int) map[crypto.SessionID]string {
	truth, best := map[crypto.SessionID]string{}, map[crypto.SessionID]wire.NodeRecord{}
	var from = map[crypto.SessionID]crypto.NodeID{}
	for _, o := range n.net.nodes {
		if o == n || !o.up {
			continue
		}
		for _, r := range o.own[subjectOf(room)] {
			id, b := o.id(), from[r.Session]
			if x, there := best[r.Session]; there && (x.Since > r.Since || x.Since == r.Since && bytes.Compare(b[:], id[:]) > 0) {
				continue
			}
			best[r.Session], from[r.Session], truth[r.Session] = r, id, string(r.Announcement)
		}
	}
	return truth
}

// wrong lists the rooms in which a node has told something else than the truth.
func (w *net) wrong(rooms int) (list []string) {
	for _, n := range w.nodes {
		for room := range rooms {
			if s := subjectOf(room); n.up && len(n.own[s]) > 0 && !maps.Equal(n.foreign[s], n.truth(room)) {
				list = append(list, fmt.Sprintf("node %d, room %d: %v, in truth %v", n.index, room, n.foreign[s], n.truth(room)))
			}
		}
	}
	return list
}

func (w *net) check(rooms int) {
	w.t.Helper()
	if bad := w.wrong(rooms); len(bad) > 0 {
		w.t.Fatalf("%d wrong, the first: %s", len(bad), bad[0])
	}
}

// cut loses all between two groups of nodes: those below a number and the rest.
func (w *net) cut(below int) {
	w.lost = func(from, to int) bool { return (from < below) != (to < below) }
}
