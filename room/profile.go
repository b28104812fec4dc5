package room

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// maxProfiles of an author, the newest, are looked through for a nick.
const maxProfiles = 4

// claims are what an author's profiles say, once somebody asked.
type claims struct {
	name  []byte
	box   crypto.BoxID // zero: none
	known bool
}

// profile takes a settled profile into account.
func (e *Engine) profile(en *entry) {
	if en.typ != wire.RecordProfile || en.state != settled {
		return
	}
	a := en.chain.author
	a.claims = claims{}
	a.profiles = insertOrdered(a.profiles, en)
	if n := len(a.profiles); n > maxProfiles {
		a.profiles = slices.Delete(a.profiles, 0, n-maxProfiles)
	}
}

func (e *Engine) unprofile(en *entry) {
	if en.typ == wire.RecordProfile {
		a := en.chain.author
		a.profiles, a.claims = removeOrdered(a.profiles, en), claims{}
	}
}

// Nick is the name an author's newest profile claims, as sent: to be cleaned
// before it is shown. nil: none known.
func (e *Engine) Nick(key crypto.PublicKey) []byte {
	a := e.log.authors[key]
	if a == nil {
		return nil
	}
	return e.claimsOf(a).name
}

// claimsOf reads an author's profiles, the newest first.
func (e *Engine) claimsOf(a *author) claims {
	if a.claims.known {
		return a.claims
	}
	a.claims = claims{known: true}
	for _, en := range slices.Backward(a.profiles) {
		r := e.record(en)
		if r == nil || en.is(void) {
			continue
		}
		if name := r.Field(wire.FieldNick); a.claims.name == nil && len(name) > 0 && len(name) <= MaxNick {
			a.claims.name = slices.Clone(name)
		}
		if box := r.Field(wire.FieldBox); a.claims.box == (crypto.BoxID{}) && len(box) == len(a.claims.box) {
			a.claims.box = crypto.BoxID(box)
		}
	}
	return a.claims
}

// Addressee is a member who can be left something at a bootnode's mailbox.
type Addressee struct {
	Peer crypto.PublicKey
	Box  crypto.BoxID
}

// Addressees are other members whose profile names a box, those with the newest
// profiles, at most limit, none with a profile older than since.
func (e *Engine) Addressees(since time.Time, limit int) (out []Addressee) {
	type newest struct {
		key crypto.PublicKey
		*author
		entry *entry
	}
	var list []newest
	for key, a := range e.log.authors {
		if n := len(a.profiles); key != e.self && n > 0 && a.profiles[n-1].clk >= clkOf(since) {
			list = append(list, newest{key, a, a.profiles[n-1]})
		}
	}
	slices.SortFunc(list, func(a, b newest) int { return compareEntries(b.entry, a.entry) })
	for _, x := range list[:min(len(list), limit)] {
		if box := e.claimsOf(x.author).box; box != (crypto.BoxID{}) {
			out = append(out, Addressee{x.key, box})
		}
	}
	return out
}

// Has reports whether a member is known to have a record of ours; of one that is
// not followed (any more), nothing is known.
func (e *Engine) Has(id wire.RecordID, peer crypto.PublicKey) bool {
	m := e.tracker.byHint[id.Hint()]
	return m != nil && m.entry.id == id && hasKey(m.has, peer)
}
