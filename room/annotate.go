package room

import (
	"slices"

	"gochat/internal/wire"
)

// Edits, deletes and reactions are records that name another, their target, in
// their header. What they do to it follows from the set alone, so it does not
// matter which of them comes first, or whether the target is here:
//
//	edit    of the author's own text: the greatest (clk, id) counts
//	delete  of an own record: its body is dropped everywhere, its edits' too
//	react   the newest of an author and emoji counts, and may take it back
//
// An edit or reaction that names an edit counts for what that one edits.

// Of what is about one record, so much counts; the rest costs memory in
// proportion to the set, and no time.
const (
	maxEdits    = 64   // the newest of its author
	maxReacts   = 16   // the newest of one author
	maxReactors = 1024 // authors, the lowest keys
)

// noteKey names what an author wrote about a record.
type noteKey struct {
	target wire.RecordID
	author *author
}

// notes are the records in the index that are about others.
type notes struct {
	edits   map[noteKey][]*entry // in order
	deletes map[noteKey][]*entry
	reacts  map[wire.RecordID][]react
}

func newNotes() notes {
	return notes{
		edits: make(map[noteKey][]*entry), deletes: make(map[noteKey][]*entry),
		reacts: make(map[wire.RecordID][]react),
	}
}

// isNote reports whether records of a type are about others.
func isNote(t wire.RecordType) bool {
	return t == wire.RecordEdit || t == wire.RecordDelete || t == wire.RecordReact
}

// annotate lets a record have its effect. It need not have settled: a text that
// was deleted and came without its body waits for nothing else than to be told so.
func (e *Engine) annotate(en *entry) {
	target, ok := e.targets[en]
	if !ok {
		return
	}
	e.notes.add(noteKey{target, en.chain.author}, en)
	e.targetChanged(en)
}

func (n *notes) add(key noteKey, en *entry) {
	switch en.typ {
	case wire.RecordEdit:
		n.edits[key] = insertOrdered(n.edits[key], en)
	case wire.RecordDelete:
		n.deletes[key] = insertOrdered(n.deletes[key], en)
	case wire.RecordReact:
		n.addReact(key.target, en)
	}
}

// unannotate takes a record's effect back.
func (e *Engine) unannotate(en *entry) {
	target, ok := e.targets[en]
	if !ok {
		return
	}
	key := noteKey{target, en.chain.author}
	dropNote(e.notes.edits, key, en)
	dropNote(e.notes.deletes, key, en)
	e.notes.dropReact(target, en)
	e.targetChanged(en)
	delete(e.targets, en)
}

func dropNote(from map[noteKey][]*entry, key noteKey, en *entry) {
	list, ok := from[key]
	if !ok {
		return
	}
	if list = removeOrdered(list, en); len(list) == 0 {
		delete(from, key)
	} else {
		from[key] = list
	}
}

// targetChanged looks again at what a record is about.
func (e *Engine) targetChanged(en *entry) {
	target, ok := e.targets[en]
	if !ok {
		return
	}
	if t := e.log.get(target); t != nil && t.held() {
		if en.typ == wire.RecordDelete {
			e.bodyJudged(t)
		}
		e.refresh(t)
		if of := e.targets[t]; t.typ == wire.RecordEdit {
			e.refreshID(of)
		}
	}
	if en.typ == wire.RecordDelete {
		for _, edit := range e.notes.edits[noteKey{target, en.chain.author}] {
			e.bodyJudged(edit)
		}
		for _, edit := range e.log.early { // not among the notes before it is due
			if edit.typ == wire.RecordEdit && edit.chain.author == en.chain.author && e.targets[edit] == target {
				e.bodyJudged(edit)
			}
		}
	}
}

// bodyJudged drops a body, or asks for it, after the reasons to drop it changed.
func (e *Engine) bodyJudged(en *entry) {
	switch {
	case !en.is(bare):
		e.dropBody(en)
	case e.reason(en):
		e.settleIfReady(en)
	default:
		e.awaitBody(en)
	}
}

// deleteOf is the first delete of a record by an author; nil if there is none.
func (e *Engine) deleteOf(target wire.RecordID, by *author) *entry {
	for _, d := range e.notes.deletes[noteKey{target, by}] {
		if !d.is(void) {
			return d
		}
	}
	return nil
}

// edit is the edit that counts for a text; nil if there is none.
func (e *Engine) edit(of *entry) (newest *entry) {
	if of.typ != wire.RecordText {
		return nil
	}
	consider := func(target wire.RecordID, then func(*entry)) {
		all := e.notes.edits[noteKey{target, of.chain.author}]
		for _, en := range slices.Backward(all[max(0, len(all)-maxEdits):]) {
			then(en)
			if !en.is(void|bare) && (newest == nil || compareEntries(en, newest) > 0) {
				newest = en
			}
		}
	}
	consider(of.id, func(en *entry) { consider(en.id, func(*entry) {}) })
	return newest
}

// refresh notes that something that is shown of a record may have changed.
func (e *Engine) refresh(en *entry) {
	if !en.shown || !en.held() || en.typ != wire.RecordText && en.typ != wire.RecordFile {
		return
	}
	if !e.changes.set[en] {
		e.changes.set[en] = true
		e.changes.list = append(e.changes.list, en)
	}
}

func (e *Engine) refreshID(id wire.RecordID) {
	if en := e.log.get(id); en != nil {
		e.refresh(en)
	}
}
