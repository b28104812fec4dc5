package profile

import (
	"errors"
	"fmt"
	"math"
	"os"

	"gochat/crypto"
)

// Reading is what is read of a profile beside the process that has it open.
type Reading struct {
	vault vault
	pins  pins
	id    *crypto.Identity
}

// Read reads the profile in dir and writes nothing. Ask is as of Open. The error
// is fs.ErrNotExist if there is none, ErrLocked, crypto.ErrPassphrase, ask's or
// the disk's.
func Read(dir string, ask Passphrase) (*Reading, error) {
	r := &Reading{vault: vault{folder: folder{path: dir}}}
	if err := r.vault.unlock(ask); err != nil {
		return nil, err
	}
	seed, err := r.vault.readIdentity(identityFile)
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	r.id = crypto.IdentityFromSeed(seed)
	b, err := r.vault.read(r.vault.file(pinsFile), maxPinFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, errDamaged) {
		return nil, fmt.Errorf("read the remembered keys: %w", err)
	}
	r.pins.lines = math.MaxInt
	r.pins.parse(b, &r.vault) // of a damaged file the good lines count
	return r, nil
}

// Key is the profile's public key.
func (r *Reading) Key() crypto.PublicKey { return r.id.Public() }

// Identity is the profile's identity.
func (r *Reading) Identity() *crypto.Identity { return r.id }

// DataKey is as of Profile.
func (r *Reading) DataKey() []byte { return r.vault.dataKey() }

// Nick returns the key that a folded nick was first seen with.
func (r *Reading) Nick(folded string) (key crypto.PublicKey, known bool) {
	key, known = r.pins.nicks[folded]
	return key, known
}

// Verified is as of Profile.
func (r *Reading) Verified(key crypto.PublicKey) bool { return r.pins.verified[key] }

// VerifiedAs is as of Profile.
func (r *Reading) VerifiedAs(folded string) (key crypto.PublicKey, ok bool) {
	return r.pins.verifiedAs(folded)
}

// Ignored is as of Profile.
func (r *Reading) Ignored(key crypto.PublicKey) bool { return r.pins.ignored[key] }

// RoomKeys is as of Profile; of a damaged cache none.
func (r *Reading) RoomKeys() (keys []crypto.EpochKey, err error) {
	b, err := r.vault.readSecret(roomsFile, maxRoomFile)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errDamaged) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the room keys: %w", err)
	}
	entries, _ := parseRooms(b)
	return (&roomCache{entries: entries}).keys(), nil
}
