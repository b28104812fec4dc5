package room

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// tracked is one record of ours and who has it. Receipts are no records: a
// member has it if it acknowledged, announced, listed or pushed it, if its
// digest of the range equals ours, or if it wrote something later that has it
// in its past.
type tracked struct {
	entry   *entry
	has, of []crypto.PublicKey // ascending; has is part of of
	earlier bool               // appended by an earlier process
}

// tracker follows the delivery of what was appended in this process, and of
// what an earlier one left undelivered.
type tracker struct {
	list    []*tracked
	byHint  map[wire.Hint]*tracked
	present []crypto.PublicKey // joined and not left; in a large room, linked; ascending
	sent    int
	lost    Delivery // of those no longer followed
}

func (t *tracker) init() { t.byHint = make(map[wire.Hint]*tracked) }

// isTracked reports whether records of a type are followed: profiles and the
// like are not.
func isTracked(t wire.RecordType) bool {
	return t != wire.RecordProfile && t != wire.RecordAdmin && t != wire.RecordInvite
}

// track begins to follow a record of ours.
func (t *tracker) track(en *entry) {
	if isTracked(en.typ) {
		t.sent++
		t.follow(&tracked{entry: en, of: slices.Clone(t.present)})
	}
}

func (t *tracker) follow(m *tracked) {
	t.list = append(t.list, m)
	t.byHint[m.entry.id.Hint()] = m
	t.trim()
}

// resume follows what the store says did not reach everybody.
func (t *tracker) resume(e *Engine) error {
	return e.cfg.Store.EachUndelivered(func(id wire.RecordID, has []crypto.PublicKey) error {
		en := e.log.get(id)
		if en == nil || !isTracked(en.typ) || en.author() != e.self {
			return nil
		}
		slices.SortFunc(has, crypto.PublicKey.Compare)
		t.follow(&tracked{entry: en, has: has, of: slices.Clone(has), earlier: true})
		return nil
	})
}

// trim forgets the oldest records that reached all, and beyond maxTracked any.
func (t *tracker) trim() {
	done := 0
	for _, m := range t.list {
		if m.done() {
			done++
		}
	}
	t.list = slices.DeleteFunc(t.list, func(m *tracked) bool {
		over := done > keepDelivered && m.done()
		if over {
			done--
		}
		if !over && len(t.byHint) <= maxTracked {
			return false
		}
		delete(t.byHint, m.entry.id.Hint())
		t.lost.count(m)
		return true
	})
}

// drop forgets a record that is kept no more.
func (t *tracker) drop(en *entry) {
	if m := t.byHint[en.id.Hint()]; m != nil && m.entry == en {
		delete(t.byHint, en.id.Hint())
		t.list = slices.DeleteFunc(t.list, func(o *tracked) bool { return o == m })
		t.lost.count(m)
	}
}

func (m *tracked) done() bool { return len(m.has) > 0 && len(m.has) == len(m.of) }

func (m *tracked) tell(e *Engine, peer crypto.PublicKey) {
	e.act(Delivered{ID: m.entry.id, Peer: peer, Delivered: len(m.has), Of: len(m.of)})
}

func (t *tracker) joined(e *Engine, peer crypto.PublicKey) {
	if peer == e.self || !addKey(&t.present, peer) {
		return
	}
	for _, m := range t.list {
		if addKey(&m.of, peer) {
			m.tell(e, crypto.PublicKey{})
		}
	}
}

func (t *tracker) left(e *Engine, peer crypto.PublicKey) {
	if !dropKey(&t.present, peer) {
		return
	}
	for _, m := range t.list {
		if !hasKey(m.has, peer) && dropKey(&m.of, peer) {
			m.tell(e, crypto.PublicKey{})
		}
	}
}

// got notes that a member's store has a record.
func (t *tracker) got(e *Engine, peer crypto.PublicKey, h wire.Hint) {
	if m := t.byHint[h]; m != nil {
		t.mark(e, m, peer)
	}
}

func (t *tracker) mark(e *Engine, m *tracked, peer crypto.PublicKey) {
	if peer == e.self || !addKey(&m.has, peer) {
		return
	}
	addKey(&m.of, peer)
	m.tell(e, peer)
}

// gotUpTo notes that a member has our chain up to seq.
func (t *tracker) gotUpTo(e *Engine, peer crypto.PublicKey, seq uint64) {
	for _, m := range t.list {
		if m.entry.chain == e.own && m.entry.seq <= seq {
			t.mark(e, m, peer)
		}
	}
}

// gotRange notes that a member has what we have between two bounds.
func (t *tracker) gotRange(e *Engine, peer crypto.PublicKey, from, to wire.Bound) {
	for _, m := range t.list {
		b := m.entry.bound()
		if m.entry.held() && b.Compare(from) >= 0 && b.Compare(to) < 0 {
			t.mark(e, m, peer)
		}
	}
}

// Delivery sums up what became of the messages appended in this process.
type Delivery struct {
	Sent        int
	Unreached   int // of those, reached no one
	Undelivered int // of those, some member has, but not every joined one who stayed
}

func (d *Delivery) count(m *tracked) {
	if m.earlier {
		return
	}
	switch {
	case len(m.has) == 0:
		d.Unreached++
	case len(m.has) < len(m.of):
		d.Undelivered++
	}
}

// Delivery sums up what became of the messages appended in this process.
func (e *Engine) Delivery() Delivery {
	d := e.tracker.lost
	d.Sent = e.tracker.sent
	for _, m := range e.tracker.list {
		d.count(m)
	}
	return d
}

// Undelivered is one message that has not reached everybody.
type Undelivered struct {
	ID            wire.RecordID
	Missing       []crypto.PublicKey // joined members who lack it; empty: nobody was there yet
	Delivered, Of int
}

// Undelivered lists the messages that reached no one or not every joined
// member, also those of earlier processes, the oldest first.
func (e *Engine) Undelivered() (out []Undelivered) {
	for _, m := range e.tracker.list {
		if m.done() {
			continue
		}
		missing := slices.DeleteFunc(slices.Clone(m.of), func(k crypto.PublicKey) bool { return hasKey(m.has, k) })
		out = append(out, Undelivered{ID: m.entry.id, Missing: missing, Delivered: len(m.has), Of: len(m.of)})
	}
	return out
}

// DeliveredTo counts who has a message of ours, of how many; zeros if it is
// not followed (any more).
func (e *Engine) DeliveredTo(id wire.RecordID) (delivered, of int) {
	if m := e.tracker.byHint[id.Hint()]; m != nil && m.entry.id == id {
		return len(m.has), len(m.of)
	}
	return 0, 0
}

// Follows reports whether it is still followed who has a message of ours: one
// that is not has reached everybody it was meant for, some time ago or before a
// restart.
func (e *Engine) Follows(id wire.RecordID) bool {
	m := e.tracker.byHint[id.Hint()]
	return m != nil && m.entry.id == id
}

// has reports whether a member is known to have a record of ours.
func (t *tracker) has(en *entry, peer crypto.PublicKey) bool {
	m := t.byHint[en.id.Hint()]
	return m != nil && m.entry == en && hasKey(m.has, peer)
}

// Sets of keys are short ascending lists.

func find(list []crypto.PublicKey, k crypto.PublicKey) (int, bool) {
	return slices.BinarySearchFunc(list, k, crypto.PublicKey.Compare)
}

func hasKey(list []crypto.PublicKey, k crypto.PublicKey) bool {
	_, ok := find(list, k)
	return ok
}

func addKey(list *[]crypto.PublicKey, k crypto.PublicKey) bool {
	i, ok := find(*list, k)
	if !ok {
		*list = slices.Insert(*list, i, k)
	}
	return !ok
}

func dropKey(list *[]crypto.PublicKey, k crypto.PublicKey) bool {
	i, ok := find(*list, k)
	if ok {
		*list = slices.Delete(*list, i, i+1)
	}
	return ok
}

// alone lists what nobody else is known to have, in the order it was written.
func (t *tracker) alone() (out []*entry) {
	for _, m := range t.list {
		if len(m.has) == 0 && m.entry.held() {
			out = append(out, m.entry)
		}
	}
	return out
}
