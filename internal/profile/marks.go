package profile

import (
	"fmt"

	"gochat/crypto"
)

// setMark keeps a change of what the user thinks of a key. The caller holds mu.
func (p *Profile) setMark(marks map[crypto.PublicKey]bool, key crypto.PublicKey, on bool, line pin, what string) error {
	switch {
	case marks[key] == on:
		return nil
	case key.IsZero():
		return fmt.Errorf("remember %s: %w", what, errNotPinnable)
	case on && len(marks) >= maxPins:
		return fmt.Errorf("remember %s: %w", what, ErrPinsFull)
	}
	if err := p.check(); err != nil {
		return err
	}
	if on {
		marks[key] = true
	} else {
		delete(marks, key)
	}
	if err := p.addLine(line); err != nil || p.fleeting {
		return err
	}
	if err := p.pins.file.Sync(); err != nil { // the user decided: no crash undoes it
		return fmt.Errorf("remember %s: %w", what, err)
	}
	return nil
}

// parseMark reads a line about what the user thinks of a key.
func (s *pins) parseMark(l pin) bool {
	marks, on := s.verified, l.Verified
	if l.Ignored != nil {
		marks, on = s.ignored, l.Ignored
	}
	key, err := crypto.ParsePublicKey(l.Key)
	if err != nil || key.IsZero() || l.Nick != "" || l.Bootnode != "" || l.Verified != nil && l.Ignored != nil {
		return false
	}
	if !*on {
		delete(marks, key)
		return true
	}
	if len(marks) >= maxPins && !marks[key] {
		return false
	}
	marks[key] = true
	return true
}
