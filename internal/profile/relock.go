package profile

import (
	"crypto/rand"
	"errors"
	"fmt"

	"gochat/crypto"
)

// The reasons to refuse a change of the passphrase.
var (
	ErrHasPassphrase = errors.New("the profile has a passphrase already; it can be changed or removed")
	ErrHasNone       = errors.New("the profile has no passphrase")
)

// DataKey is the key for what else is to be readable with the passphrase alone,
// 32 bytes; nil if the profile has no passphrase. It stays the same until the
// passphrase is removed, however often it changes.
func (p *Profile) DataKey() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.vault.dataKey()
}

func (v *vault) dataKey() []byte {
	if v.key == nil {
		return nil
	}
	return v.derive("data")
}

// Lock gives the profile a passphrase: from then on identity, remembered keys
// and room keys are on disk in sealed form only. Before that takes hold,
// convert, if not nil, makes sealed copies of whatever else there is, under the
// DataKey to be; the originals stay until Lock has returned without an error,
// and a later start tells by DataKey which of the two counts. A crash at any
// point leaves the profile with the passphrase or without, and whole.
//
// The errors are ErrHasPassphrase, crypto.ErrNoPassphrase, convert's and the
// disk's. After one, DataKey tells whether the profile is locked.
func (p *Profile) Lock(passphrase []byte, convert func(dataKey []byte) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return err
	}
	if p.vault.key != nil {
		return ErrHasPassphrase
	}
	next := vault{folder: p.vault.folder, key: make([]byte, crypto.KeySize)}
	rand.Read(next.key)
	locked, err := crypto.Lock(crypto.LockProfile, passphrase, next.key, lockCost)
	if err != nil {
		return fmt.Errorf("lock the profile: %w", err)
	}
	if convert == nil {
		convert = func([]byte) error { return nil }
	}
	err = p.moveTo(next,
		func() error { return convert(next.dataKey()) },
		func() error { return next.write(lockedFile, locked) })
	if err != nil {
		return fmt.Errorf("lock the profile: %w", err)
	}
	return nil
}

// ChangePassphrase replaces the passphrase of a locked profile. What was sealed
// stays as it is. An old copy of the file "locked" still opens with the old
// passphrase; where that is known to others, remove it and lock anew. The errors
// are ErrHasNone, crypto.ErrNoPassphrase and the disk's.
func (p *Profile) ChangePassphrase(passphrase []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return err
	}
	if p.vault.key == nil {
		return ErrHasNone
	}
	locked, err := crypto.Lock(crypto.LockProfile, passphrase, p.vault.key, lockCost)
	if err == nil {
		err = p.vault.write(lockedFile, locked)
	}
	if err != nil {
		return fmt.Errorf("change the passphrase: %w", err)
	}
	return nil
}

// RemovePassphrase undoes Lock, with the same care: convert, if not nil, makes
// plain copies of whatever else is sealed.
func (p *Profile) RemovePassphrase(convert func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return err
	}
	if p.vault.key == nil {
		return ErrHasNone
	}
	if convert == nil {
		convert = func() error { return nil }
	}
	next := vault{folder: p.vault.folder}
	err := p.moveTo(next, convert, func() error { return next.remove(lockedFile) })
	if err != nil {
		return fmt.Errorf("remove the passphrase: %w", err)
	}
	return nil
}

// moveTo writes everything covered into another vault, makes it the one that
// counts by commit, and deletes what is left of the present one.
func (p *Profile) moveTo(next vault, convert, commit func() error) error {
	olds, err := p.vault.oldIdentities()
	if err != nil {
		return err
	}
	for _, name := range olds {
		seed, err := p.vault.readIdentity(name)
		if err == nil {
			err = next.writeIdentity(name, seed)
		}
		if err != nil {
			return err
		}
	}
	if err := next.writeIdentity(identityFile, p.identity.Seed()); err != nil {
		return err
	}
	if err := next.writeSecret(roomsFile, p.rooms.format()); err != nil {
		return err
	}
	if err := p.writeNick(&next); err != nil {
		return err
	}
	if err := next.write(next.file(pinsFile), p.pins.format(&next)); err != nil {
		return err
	}
	if err := convert(); err != nil {
		return err
	}
	if err := commit(); err != nil {
		// It may have happened all the same. Then the files that count are the
		// other ones; the present ones stay, should a crash undo it.
		if locked, lookErr := next.has(lockedFile); lookErr != nil || locked != (next.key != nil) {
			return err
		}
		p.vault = next
		return errors.Join(err, p.reopenPins())
	}
	p.vault = next
	return errors.Join(p.reopenPins(), p.vault.sweep())
}
