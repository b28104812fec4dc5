package room

import (
	"cmp"
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

// react is a reaction; what it says is read when it is needed.
type react struct {
	entry   *entry
	emoji   string // "" if it says nothing
	read    bool
	retract bool
}

// findReact finds a reaction's place among those to one record, which are
// sorted by author and then in order.
func findReact(list []react, en *entry) (int, bool) {
	return slices.BinarySearchFunc(list, en, func(r react, en *entry) int {
		return cmp.Or(r.entry.author().Compare(en.author()), compareEntries(r.entry, en))
	})
}

func (n *notes) addReact(target wire.RecordID, en *entry) {
	list := n.reacts[target]
	if i, found := findReact(list, en); !found {
		n.reacts[target] = slices.Insert(list, i, react{entry: en})
	}
}

func (n *notes) dropReact(target wire.RecordID, en *entry) {
	list := n.reacts[target]
	i, found := findReact(list, en)
	if !found {
		return
	}
	if list = slices.Delete(list, i, i+1); len(list) == 0 {
		delete(n.reacts, target)
	} else {
		n.reacts[target] = list
	}
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
	list := e.notes.reacts[to]
	for n := 0; n < maxReactors && len(list) > 0; n++ {
		of := list[0].entry.chain.author
		end := 1
		for end < len(list) && list[end].entry.chain.author == of {
			end++
		}
		said := make(map[string]bool)
		for i := end - 1; i >= max(0, end-maxReacts); i-- {
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
		list = list[end:]
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
