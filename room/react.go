package room

import (
	"bytes"
	"maps"
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Reaction is an emoji and who reacted with it.
type Reaction struct {
	Emoji string             // as sent: to be cleaned before it is shown
	By    []crypto.PublicKey // ascending
}

// reactions are the reactions to one record.
type reactions struct {
	by map[*author][]react // each in order
}

// react is a reaction; what it says is read when it is needed.
type react struct {
	entry   *entry
	read    bool
	emoji   string // "" if it says nothing
	retract bool
}

func (n *notes) addReact(key noteKey, en *entry) {
	r := n.reacts[key.target]
	if r == nil {
		r = &reactions{by: make(map[*author][]react)}
		n.reacts[key.target] = r
	}
	list := r.by[key.author]
	i, found := findReact(list, en)
	if !found {
		r.by[key.author] = slices.Insert(list, i, react{entry: en})
	}
}

func (n *notes) dropReact(key noteKey, en *entry) {
	r := n.reacts[key.target]
	if r == nil {
		return
	}
	list := r.by[key.author]
	i, found := findReact(list, en)
	if !found {
		return
	}
	if list = slices.Delete(list, i, i+1); len(list) > 0 {
		r.by[key.author] = list
		return
	}
	if delete(r.by, key.author); len(r.by) == 0 {
		delete(n.reacts, key.target)
	}
}

func findReact(list []react, en *entry) (int, bool) {
	return slices.BinarySearchFunc(list, en, func(r react, en *entry) int { return compareEntries(r.entry, en) })
}

// reactions sums up the reactions to a record.
func (e *Engine) reactions(to *entry) []Reaction {
	sums := make(map[string][]crypto.PublicKey)
	e.addReactions(sums, to.id)
	edits := e.notes.edits[noteKey{to.id, to.chain.author}]
	for _, edit := range edits[max(0, len(edits)-maxEdits):] {
		e.addReactions(sums, edit.id)
	}
	var out []Reaction
	for _, emoji := range slices.Sorted(maps.Keys(sums)) {
		slices.SortFunc(sums[emoji], crypto.PublicKey.Compare)
		out = append(out, Reaction{Emoji: emoji, By: slices.Compact(sums[emoji])})
	}
	return out
}

func (e *Engine) addReactions(sums map[string][]crypto.PublicKey, to wire.RecordID) {
	r := e.notes.reacts[to]
	if r == nil {
		return
	}
	lists := slices.SortedFunc(maps.Values(r.by), func(a, b []react) int {
		x, y := a[0].entry.author(), b[0].entry.author()
		return bytes.Compare(x[:], y[:])
	})
	for _, list := range lists[:min(len(lists), maxReactors)] {
		said := make(map[string]bool)
		for i := len(list) - 1; i >= max(0, len(list)-maxReacts); i-- {
			x := &list[i]
			e.readReact(x)
			if x.emoji == "" || x.entry.is(void|bare) || said[x.emoji] {
				continue
			}
			said[x.emoji] = true
			if !x.retract {
				sums[x.emoji] = append(sums[x.emoji], x.entry.author())
			}
		}
	}
}

func (e *Engine) readReact(x *react) {
	if x.read || x.entry.is(bare) {
		return
	}
	r := e.record(x.entry)
	if r == nil {
		return
	}
	x.read = true
	if emoji := r.Field(wire.FieldEmoji); len(emoji) <= wire.MaxEmoji {
		x.emoji, x.retract = string(emoji), r.Field(wire.FieldRetract) != nil
	}
}
