package crypto

import (
	"crypto/ed25519"
	"fmt"
)

const armorIdentity = "IDENTITY"

// ExportIdentity writes an identity as text that only the passphrase opens; see
// Armor and Lock. It holds the 32-byte seed and nothing else. It takes
// KeepCost. The error is ErrNoPassphrase.
func ExportIdentity(id *Identity, passphrase []byte) (string, error) {
	seed := id.Seed()
	locked, err := Lock(LockIdentity, passphrase, seed[:], KeepCost)
	if err != nil {
		return "", fmt.Errorf("export identity: %w", err)
	}
	return Armor(armorIdentity, locked), nil
}

// ExportedIdentity is an exported identity before it is opened, so that a
// mistyped one is noticed before anybody is asked for a passphrase.
type ExportedIdentity struct{ locked []byte }

// ParseExportedIdentity finds what ExportIdentity wrote in a text. The errors
// are ErrArmor and ErrNotLocked.
func ParseExportedIdentity(text string) (*ExportedIdentity, error) {
	locked, err := Unarmor(armorIdentity, text)
	if err != nil {
		return nil, fmt.Errorf("import identity: %w", err)
	}
	if len(locked) != LockOverhead+ed25519.SeedSize {
		return nil, fmt.Errorf("import identity: %w", ErrNotLocked)
	}
	return &ExportedIdentity{locked}, nil
}

// Open gives the identity, as often as wanted. The errors are ErrPassphrase,
// ErrNotLocked and ErrNoPassphrase.
func (x *ExportedIdentity) Open(passphrase []byte) (*Identity, error) {
	seed, err := Unlock(LockIdentity, passphrase, x.locked)
	if err != nil {
		return nil, fmt.Errorf("import identity: %w", err)
	}
	return IdentityFromSeed([ed25519.SeedSize]byte(seed)), nil
}
