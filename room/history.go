package room

import (
	"crypto/sha256"
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Message is a record with what this member knows of it.
type Message struct {
	ID     wire.RecordID
	Record *wire.Record // not to be changed; texts in it are as the author sent them
	Order  string       // sorts alike on every member
	Own    bool
	Late   bool // came long after it was written, on a link that was in step
	Ahead  bool // the author's clock runs ahead; shown early
	Gap    bool // something that comes before it is missing, and nobody here has it
}

func (e *Engine) message(en *entry, r *wire.Record) Message {
	return Message{
		ID: en.id, Record: r, Order: orderKey(en.clk, en.id), Own: en.chain.key.author == e.self,
		Late: en.late, Ahead: en.state == early, Gap: en.state == pending,
	}
}

// record is a held entry's record; nil when the store cannot give it.
func (e *Engine) record(en *entry) *wire.Record {
	if r := e.landing[en.id]; r != nil {
		return r
	}
	r, err := e.cfg.Store.Get(en.id)
	if err != nil {
		return nil
	}
	return r
}

// deliver hands a record out, once.
func (e *Engine) deliver(en *entry) {
	en.shown = true
	if !e.replayed {
		return
	}
	if r := e.record(en); r != nil {
		e.act(Deliver{e.message(en, r)})
	}
}

// History returns the last limit messages (text records) in the room's order,
// the oldest first, with those shown early at the end.
func (e *Engine) History(limit int) []Message {
	var out []Message
	take := func(en *entry) bool {
		if len(out) >= limit {
			return false
		}
		if en.typ != wire.RecordText || !en.shown {
			return true
		}
		if r := e.record(en); r != nil {
			out = append(out, e.message(en, r))
		}
		return true
	}
	for _, en := range slices.Backward(e.log.early) {
		take(en)
	}
	e.log.index.descend(take)
	slices.Reverse(out)
	return out
}

// Nick is the name an author's newest profile claims, as sent: to be cleaned
// before it is shown. nil: none known.
func (e *Engine) Nick(key crypto.PublicKey) []byte {
	if a := e.log.authors[key]; a != nil {
		return a.nick
	}
	return nil
}

// profile takes the nick of a profile if it is the newest.
func (e *Engine) profile(en *entry) {
	a := en.chain.author
	if a.nickAt != nil && compareEntries(a.nickAt, en) > 0 {
		return
	}
	r := e.record(en)
	if r == nil {
		return
	}
	if nick := r.Field(wire.FieldNick); len(nick) > 0 && len(nick) <= MaxNick {
		a.nick, a.nickAt = slices.Clone(nick), en
	}
}

// Chain is the number of the own chain that is written to; it differs from
// Config.Chain once that is forked.
func (e *Engine) Chain() uint64 { return e.own.key.number }

// Transcript counts the settled records and sums up their ids in order: equal
// on members who have the same.
func (e *Engine) Transcript() (count int, digest [32]byte) {
	h := sha256.New()
	e.log.index.descend(func(en *entry) bool {
		if en.state == settled {
			h.Write(en.id[:])
			count++
		}
		return true
	})
	h.Sum(digest[:0])
	return count, digest
}

// Stats counts what is held.
type Stats struct {
	Settled, Pending, Early int
	Wanted                  int // known of, not here yet
}

// Stats counts what is held.
func (e *Engine) Stats() Stats {
	return Stats{
		Settled: e.log.index.n - e.log.pending, Pending: e.log.pending,
		Early: len(e.log.early), Wanted: len(e.wants.byHint),
	}
}
