package room

import (
	"testing"

	"gochat/internal/wire"
)

// note writes a record of any kind, about another or not.
func (w *scribe) note(t wire.RecordType, target wire.RecordID, fields ...wire.Field) *wire.Record {
	return w.sign(&wire.Record{Type: t, Target: target}, fields...)
}

// sign puts a record into the chain.
func (w *scribe) sign(r *wire.Record, fields ...wire.Field) *wire.Record {
	w.seq++
	w.clk++
	r.Chain, r.Seq, r.Prev, r.Clk = w.chain, w.seq, w.prev, w.clk
	r.SetBody([16]byte{}, wire.AppendFields(nil, fields...))
	r.Sign(w.id, simRoom)
	w.prev = r.ID()
	return r
}

func (w *scribe) edit(target wire.RecordID, text string) *wire.Record {
	return w.note(wire.RecordEdit, target, textFields(text)...)
}

func (w *scribe) remove(target wire.RecordID) *wire.Record {
	return w.note(wire.RecordDelete, target)
}

func (w *scribe) react(target wire.RecordID, emoji string) *wire.Record {
	return w.note(wire.RecordReact, target, wire.Field{Type: wire.FieldEmoji, Value: []byte(emoji)})
}

func (w *scribe) retract(target wire.RecordID, emoji string) *wire.Record {
	return w.note(wire.RecordReact, target,
		wire.Field{Type: wire.FieldEmoji, Value: []byte(emoji)}, wire.Field{Type: wire.FieldRetract})
}

// lasting writes a text with a time to live in seconds.
func (w *scribe) lasting(text string, ttl uint32) *wire.Record {
	return w.sign(&wire.Record{Type: wire.RecordText, TTL: ttl}, textFields(text)...)
}

// soloWith is newSolo with another configuration and store.
func soloWith(t testing.TB, store *MemoryStore, change func(*Config)) *solo {
	cfg := Config{
		Room: simRoom, Self: member0(), Store: store, Chain: 1, Salt: func() [16]byte { return [16]byte{} },
	}
	change(&cfg)
	store.Self = cfg.Self.Public()
	s := &solo{t: t, store: store, now: simEpoch}
	e, err := New(cfg, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.e = e
	return s
}

// delivered notes what a Delivered action says.
func (m *MemoryStore) delivered(d Delivered) {
	if !d.Peer.IsZero() {
		_ = m.SetReached(d.ID, d.Peer)
	}
	if d.Delivered == d.Of {
		_ = m.SetComplete(d.ID)
	}
}

// trim does the Trim actions there were.
func (s *solo) trim() (n int) {
	for _, a := range take[Trim](s) {
		_ = s.store.DropBefore(a.Before)
		n++
	}
	return n
}

// restart starts the engine anew on the same store.
func (s *solo) restart(change func(*Config)) {
	s.t.Helper()
	n := soloWith(s.t, s.store, func(cfg *Config) {
		if change != nil {
			change(cfg)
		}
	})
	s.e, s.got, s.frames = n.e, nil, nil
}

// pushPast brings a record the way the past comes.
func (s *solo) pushPast(l LinkID, r *wire.Record) {
	s.frame(l, wire.LinkPush{Hop: 1, Flags: wire.PushRepair, Record: r.Append(nil)})
}

// view returns what is shown of a record.
func (s *solo) view(id wire.RecordID) Message {
	s.t.Helper()
	m, ok := s.e.View(id)
	if !ok {
		s.t.Fatalf("%v is not here", id)
	}
	return m
}

// stored reads a record from the store.
func (s *solo) stored(id wire.RecordID) *wire.Record {
	s.t.Helper()
	r, err := s.store.Get(id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
