package room

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// maxProfiles of an author, the newest, are looked through for a nick.
const maxProfiles = 4

// nick is what an author's profiles claim, once somebody asked.
type nick struct {
	name  []byte
	known bool
}

// profile takes a settled profile into account.
func (e *Engine) profile(en *entry) {
	if en.typ != wire.RecordProfile || en.state != settled {
		return
	}
	a := en.chain.author
	a.nick = nick{}
	a.profiles = insertOrdered(a.profiles, en)
	if n := len(a.profiles); n > maxProfiles {
		a.profiles = slices.Delete(a.profiles, 0, n-maxProfiles)
	}
}

func (e *Engine) unprofile(en *entry) {
	if en.typ == wire.RecordProfile {
		a := en.chain.author
		a.profiles, a.nick = removeOrdered(a.profiles, en), nick{}
	}
}

// Nick is the name an author's newest profile claims, as sent: to be cleaned
// before it is shown. nil: none known.
func (e *Engine) Nick(key crypto.PublicKey) []byte {
	a := e.log.authors[key]
	if a == nil {
		return nil
	}
	if !a.nick.known {
		a.nick = nick{known: true}
		for _, en := range slices.Backward(a.profiles) {
			if r := e.record(en); r != nil && !en.is(void) {
				if name := r.Field(wire.FieldNick); len(name) > 0 && len(name) <= MaxNick {
					a.nick.name = slices.Clone(name)
					break
				}
			}
		}
	}
	return a.nick.name
}
