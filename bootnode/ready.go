package bootnode

import "gochat/crypto"

// readySessions may have their ciphers prepared at a time: 1 MB. Those who relay
// stay among them from packet to packet; for the rare frames of all others they
// are prepared, which takes less than a microsecond, and forgotten.
const readySessions = 1024

// awake returns a session that is about to be used, and lets the one rest whose
// ciphers were prepared the longest ago. Whatever has ciphers stands in the ring.
func (d *Directory) awake(s *crypto.Session) *crypto.Session {
	if s.Ready() {
		return s
	}
	if old := d.ready[d.readyAt]; old != nil {
		old.Rest()
	}
	d.ready[d.readyAt] = s
	d.readyAt = (d.readyAt + 1) % readySessions
	return s
}
