package room

import (
	"maps"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// alive are the honest nodes that run.
func (s *sim) alive() (out []*node) {
	for _, n := range s.nodes {
		if !n.down && n.rogue == nil {
			out = append(out, n)
		}
	}
	return out
}

// checkEqual demands that all hold, settle and order the same, that each was
// shown once, and that what is not settled waits for what no store has.
func (s *sim) checkEqual() {
	s.t.Helper()
	nodes := s.alive()
	first := nodes[0]
	count, digest := first.engine.Transcript()
	for _, n := range nodes {
		c, d := n.engine.Transcript()
		if c != count || d != digest {
			s.t.Fatalf("node %d has %d records, node %d %d (stats %+v, %+v)", n.index, c, first.index, count,
				n.engine.Stats(), first.engine.Stats())
		}
		st := n.engine.Stats()
		if !maps.EqualFunc(n.store.records, first.store.records, func(a, b *wire.Record) bool { return true }) ||
			len(n.store.records) != st.Settled+st.Pending+st.Early {
			s.t.Fatalf("node %d: %+v, store %d, node %d %d", n.index, st,
				len(n.store.records), first.index, len(first.store.records))
		}
		for id := range n.engine.log.waiting {
			if n.engine.log.get(id) == nil {
				for _, o := range nodes {
					if o.store.records[id] != nil {
						s.t.Fatalf("node %d waits for what node %d has", n.index, o.index)
					}
				}
			}
		}
		for id := range n.store.records {
			// Exactly one: delivered now, or in an earlier run; or it is history.
			shown, past := n.shown[id] || n.before[id], n.engine.isPast(n.engine.log.get(id))
			if n.shown[id] && n.before[id] || !shown && !past {
				s.t.Fatalf("node %d: %v shown %v, in an earlier run %v", n.index, id, n.shown[id], n.before[id])
			}
		}
	}
	s.checkOrder(first) // the others' is the same
}

// checkOrder demands that the order extends the causal one.
func (s *sim) checkOrder(n *node) {
	place := make(map[wire.RecordID]int)
	order := ""
	for i, m := range n.engine.History(1 << 20) {
		place[m.ID] = i
		if m.Order <= order {
			s.t.Fatal("history is out of order")
		}
		order = m.Order
		for _, id := range cites(m.Record) {
			if _, ok := place[id]; !ok && n.engine.log.get(id) != nil {
				s.t.Fatal("history shows a record before its ancestor")
			}
		}
	}
}

// checkLost demands that nothing is lost that a member still holds, or that it
// was told to be delivered: what its author's present run appended is everywhere.
func (s *sim) checkLost() {
	s.t.Helper()
	for _, n := range s.alive() {
		for id := range n.appended {
			for _, o := range s.alive() {
				if o.store.records[id] == nil {
					s.t.Fatalf("node %d lacks a message of node %d", o.index, n.index)
				}
			}
		}
	}
}

// survivors are the records that some living store holds: those that have to
// be everywhere in the end.
func (s *sim) survivors() map[wire.RecordID]bool {
	out := make(map[wire.RecordID]bool)
	for _, n := range s.alive() {
		for id := range n.store.records {
			out[id] = true
		}
	}
	return out
}

func (s *sim) checkSurvivors(all map[wire.RecordID]bool) {
	s.t.Helper()
	for _, n := range s.alive() {
		for id := range all {
			if n.store.records[id] == nil {
				s.t.Fatalf("node %d lacks a record that was in a store", n.index)
			}
		}
	}
}

// checkAcks demands that whoever is linked to the author for a while is known to
// have all. In a large mesh the digest that tells may be long in coming.
func (s *sim) checkAcks() {
	s.t.Helper()
	if len(s.nodes) > 8 {
		return
	}
	for _, n := range s.alive() {
		for _, u := range n.engine.Undelivered() {
			for _, k := range u.Missing {
				if l := s.linkOf(n, s.byKey[k]); l != nil && s.now.Sub(l.since) > 5*time.Second {
					s.t.Fatalf("node %d does not know that %v is delivered (%d of %d)", n.index, u.ID, u.Delivered, u.Of)
				}
			}
		}
	}
}

// watchTruth checks each report of delivery: the member's store has, or had,
// the record. It keeps them: unless that store was lost since, they bind.
func watchTruth(s *sim) *[]receipt {
	var receipts []receipt
	s.onAction = func(n *node, a Action) {
		d, ok := a.(Delivered)
		if !ok || d.Peer == (crypto.PublicKey{}) {
			return
		}
		p := s.byKey[d.Peer]
		if p == n || !p.had[d.ID] {
			s.t.Fatalf("node %d believes that %d has %v", n.index, p.index, d.ID)
		}
		if d.Delivered > d.Of {
			s.t.Fatalf("delivered %d of %d", d.Delivered, d.Of)
		}
		receipts = append(receipts, receipt{d.ID, p, p.losses})
	}
	return &receipts
}

// receipt says that a node's store, which had been lost so many times before,
// holds a record.
type receipt struct {
	id     wire.RecordID
	by     *node
	losses int
}

// checkReceipts demands that what one survivor acknowledged is everywhere.
func (s *sim) checkReceipts(all []receipt) {
	s.t.Helper()
	for _, r := range all {
		if r.by.losses != r.losses {
			continue
		}
		for _, n := range s.alive() {
			if n.store.records[r.id] == nil {
				s.t.Fatalf("node %d lacks what node %d acknowledged", n.index, r.by.index)
			}
		}
	}
}
