package profile

import "gochat/crypto"

// verification is the line that says whether the user compared a key.
func verification(key crypto.PublicKey, on bool) pin { return pin{Verified: &on, Key: key.String()} }

// Verified reports whether the user compared this key with its owner.
func (p *Profile) Verified(key crypto.PublicKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pins.verified[key]
}

// Verify remembers that the user compared a key with its owner, who is called by
// the folded nick ("": it is not known). From then on the nick is that key's,
// whoever was seen with it first, unless that one is verified, too.
func (p *Profile) Verify(folded string, key crypto.PublicKey) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.setVerified(key, true); err != nil {
		return err
	}
	first, known := p.pins.nicks[folded]
	if folded == "" || known && (first == key || p.pins.verified[first]) {
		return nil
	}
	return p.pin(p.pins.nicks, folded, key, pin{Nick: folded, Key: key.String()})
}

// Unverify takes Verify back. The nick stays the key's.
func (p *Profile) Unverify(key crypto.PublicKey) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.setVerified(key, false)
}

// setVerified keeps a change. The caller holds mu.
func (p *Profile) setVerified(key crypto.PublicKey, on bool) error {
	return p.setMark(p.pins.verified, key, on, verification(key, on), "a verified key")
}

// VerifiedAs is the key that a nick, folded, is known by, if the user has
// verified it.
func (p *Profile) VerifiedAs(folded string) (key crypto.PublicKey, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pins.verifiedAs(folded)
}

func (s *pins) verifiedAs(folded string) (key crypto.PublicKey, ok bool) {
	key, known := s.nicks[folded]
	return key, known && s.verified[key]
}
