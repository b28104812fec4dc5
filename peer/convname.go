package peer

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/internal/text"
)

// A conversation is called after the others in it, sorted: @bob, @bob,carol. The sign
// in front is no other room's. A nick is a claim, so it
// stands alone only for the key that used it first; for another key the
// suffix follows.

// maxName bounds the name of a conversation in bytes, but for what tells it
// apart from one of the same name.
const maxName = 56

// isConversationName reports whether a name that was kept is one of ours.
func isConversationName(name string) bool {
	return len(name) > 1 && name[0] == '@' && text.Clean(name, len(name)) == name && !strings.ContainsAny(name, " \n\t")
}

// called is what somebody is called in a name.
type called struct {
	key   crypto.PublicKey
	nick  string // cleaned
	first bool   // the key used this nick first
}

// conversationNames lists the names that a conversation may have, best first.
// The last one is nobody else's.
func conversationNames(c *conversation, others []called) []string {
	others = slices.SortedFunc(slices.Values(others), func(a, b called) int {
		return cmp.Or(cmp.Compare(text.Fold(a.nick), text.Fold(b.nick)), a.key.Compare(b.key))
	})
	name := "@"
	for i, o := range others {
		handle := o.nick
		if !o.first {
			handle += "#" + o.key.Suffix()
		}
		if i > 0 {
			handle = "," + handle
		}
		rest := fmt.Sprintf(",+%d", len(others)-i)
		if len(name)+len(handle)+len(rest) > maxName {
			name += rest
			break
		}
		name += handle
	}
	id := hex.EncodeToString(c.keys.ID[:])
	names := []string{name}
	if c.isPair() {
		names = append(names, "@"+others[0].nick+"#"+others[0].key.Suffix())
	}
	return append(names, name+"#"+id[:4], name+"#"+id[:12], "@"+id)
}

// chooseName takes the first name that does not look like one in use. The folded
// names in use are the keys.
func chooseName(names []string, used map[string]bool) string {
	for _, name := range names[:len(names)-1] {
		if !used[text.Fold(name)] {
			return name
		}
	}
	return names[len(names)-1]
}
