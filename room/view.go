package room

import (
	"bytes"
	"time"

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
	Gap    bool // something that comes right before it is missing, and nobody here has it

	// What became of it. All but Lost follows from the set of records, and is
	// equal on every member who has the same.
	Content   Content
	Text      []byte           // what counts: the newest edit's, else the record's own; as sent
	Edited    wire.RecordID    // the edit whose text that is; zero: none
	DeletedBy crypto.PublicKey // if Content is Deleted
	ReplyTo   wire.RecordID    // zero: nothing
	Reactions []Reaction
}

// Content says whether a record's body is there.
type Content int

// The states of a record's content.
const (
	Whole     Content = iota
	Deleted           // by its author
	Expired           // its time to live is over
	Lost              // it did not come with the record; it is still asked for
	Withdrawn         // its author contradicts his own past in it: to be shown no more
)

// view is what is to be shown of a held record.
func (e *Engine) view(en *entry, r *wire.Record) Message {
	m := Message{
		ID: en.id, Record: r, Order: orderKey(en.clk, en.id), Own: en.author() == e.self,
		Late: en.late, Ahead: en.state == early, Gap: e.hasGap(en),
	}
	if m.Gap {
		en.marks |= gapTold
	}
	switch d := e.deletedBy(en); {
	case en.is(void):
		m.Content = Withdrawn
	case d != nil:
		m.Content, m.DeletedBy = Deleted, d.author()
	case en.is(expired):
		m.Content = Expired
	case en.is(bare):
		m.Content = Lost
	}
	if m.Content == Whole {
		m.Text = r.Field(wire.FieldText)
		if to := r.Field(wire.FieldReplyTo); len(to) == len(m.ReplyTo) {
			m.ReplyTo = wire.RecordID(to)
		}
	}
	if m.Content == Whole || m.Content == Lost {
		e.viewNotes(en, &m)
	}
	return m
}

func (e *Engine) viewNotes(en *entry, m *Message) {
	if edit := e.edit(en); edit != nil {
		if r := e.record(edit); r != nil {
			m.Text, m.Edited = bytes.Clone(r.Field(wire.FieldText)), edit.id
		}
	}
	m.Reactions = e.reactions(en)
}

// View returns what is to be shown of a record, which may be of any type; false
// if it is not here.
func (e *Engine) View(id wire.RecordID) (Message, bool) {
	if en := e.log.get(id); en != nil && en.held() {
		if r := e.record(en); r != nil {
			return e.view(en, r), true
		}
	}
	return Message{}, false
}

// record is a held entry's record, without a body that has to go; nil when the
// store cannot give it.
func (e *Engine) record(en *entry) *wire.Record {
	r := e.landing[en.id]
	if r == nil {
		var err error
		if r, err = e.cfg.Store.Get(en.id); err != nil {
			return nil
		}
	}
	if en.is(bare) {
		return strip(r)
	}
	return r
}

// deliver hands a record out, once.
func (e *Engine) deliver(en *entry) {
	en.shown = true
	e.typing.ended(e, en.author())
	if r := e.record(en); r != nil {
		e.act(Deliver{e.view(en, r)})
	}
}

// changes are what was shown and is to be shown anew.
type changes struct {
	set  map[*entry]bool
	list []*entry
	last time.Time // when some were told
}

// Changes are told at most so often, so many at a time: a member who reacts
// all day must not keep others from anything else.
const (
	changePause = 50 * time.Millisecond
	changeBurst = 64
)

// Telling reports whether something is yet to be told as Changed.
func (e *Engine) Telling() bool { return len(e.changes.list) > 0 }

func (e *Engine) changesDeadline() time.Time {
	if len(e.changes.list) == 0 {
		return noTime
	}
	return e.changes.last.Add(changePause)
}

func (e *Engine) flushChanges() {
	c := &e.changes
	if len(c.list) == 0 || e.now.Before(e.changesDeadline()) {
		return
	}
	n := min(len(c.list), changeBurst)
	for _, en := range c.list[:n] {
		delete(c.set, en)
		if !en.held() {
			continue
		}
		if r := e.record(en); r != nil {
			e.act(Changed{e.view(en, r)})
		}
	}
	c.list, c.last = append([]*entry(nil), c.list[n:]...), e.now
}
