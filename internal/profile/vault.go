package profile

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"gochat/crypto"
)

// The files that a passphrase covers, besides earlier identities. Each is called
// by its name when there is no passphrase, and has sealedExt behind it, and
// nothing readable inside, when there is one.
const (
	identityFile = "identity"
	roomsFile    = "rooms"
	pinsFile     = "pins"
	nickFile     = "nick"
	sealedExt    = ".sealed"

	// oldIdentity is what earlier identities' names begin with.
	oldIdentity = "identity.old-"
)

// lockedFile holds the data key, locked with the passphrase. A profile is locked
// exactly if there is such a file: to make or delete it is the one step by
// which locking and unlocking happen.
const lockedFile = "locked"

// vault is a folder whose secrets are sealed under a data key, or not at all.
type vault struct {
	folder
	key []byte // 32 bytes; nil without a passphrase
}

// file is the name that a covered file has on disk.
func (v *vault) file(name string) string {
	if v.key == nil {
		return name
	}
	return name + sealedExt
}

// derive makes one of the keys under the data key.
func (v *vault) derive(purpose string) []byte {
	k, err := hkdf.Expand(sha256.New, v.key, "gochat/1 profile "+purpose, crypto.KeySize)
	if err != nil {
		panic("profile: " + err.Error()) // the lengths are constants
	}
	return k
}

// box seals a covered file. Identities share a key, so that an earlier one can be
// put back by renaming it, with a passphrase as without.
func (v *vault) box(name string) crypto.Box {
	if strings.HasPrefix(name, oldIdentity) {
		name = identityFile
	}
	return crypto.NewBox(crypto.Key(v.derive(name)))
}

// readSecret reads a covered file; one that does not open is errDamaged.
func (v *vault) readSecret(name string, limit int64) ([]byte, error) {
	b, err := v.read(v.file(name), limit)
	if err != nil || v.key == nil {
		return b, err
	}
	b, err = v.box(name).Open(nil, b, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.join(v.file(name)), errDamaged)
	}
	return b, nil
}

func (v *vault) writeSecret(name string, b []byte) error {
	if v.key != nil {
		b = v.box(name).Seal(nil, b, nil)
	}
	return v.write(v.file(name), b)
}

// A sealed file that grows line by line is sealed line by line, in base64.

func (v *vault) sealLine(name string, line []byte) []byte {
	if v.key != nil {
		line = base64.StdEncoding.AppendEncode(nil, v.box(name).Seal(nil, line, nil))
	}
	return append(line, '\n')
}

func (v *vault) openLine(name string, line []byte) ([]byte, bool) {
	line, ok := bytes.CutSuffix(line, []byte("\n"))
	if !ok || v.key == nil {
		return line, ok
	}
	b, err := base64.StdEncoding.AppendDecode(nil, line)
	if err == nil {
		b, err = v.box(name).Open(nil, b, nil)
	}
	return b, err == nil
}

// readIdentity reads an identity's seed; os.ErrNotExist if there is none.
func (v *vault) readIdentity(name string) (seed [32]byte, err error) {
	if v.key == nil {
		return v.readSeed(name, "identity")
	}
	b, err := v.readSecret(name, maxSeedFile)
	if err != nil && !errors.Is(err, errDamaged) {
		return seed, fmt.Errorf("read the identity: %w", err)
	}
	seed, ok := parseSeed("identity", b)
	if !ok {
		return seed, damagedSeed("identity", v.join(v.file(name)))
	}
	return seed, nil
}

func (v *vault) writeIdentity(name string, seed [32]byte) error {
	if err := v.writeSecret(name, formatSeed("identity", seed)); err != nil {
		return fmt.Errorf("keep the identity: %w", err)
	}
	return nil
}

// oldIdentities lists the earlier identities, by their names without sealedExt.
func (v *vault) oldIdentities() (names []string, err error) {
	entries, err := os.ReadDir(v.path)
	for _, e := range entries {
		name, sealed := strings.CutSuffix(e.Name(), sealedExt)
		if strings.HasPrefix(name, oldIdentity) && sealed == (v.key != nil) && !strings.HasSuffix(name, ".new") {
			names = append(names, name)
		}
	}
	return names, err
}

// sweep deletes what a passphrase that came or went left behind, also at the
// start after a crash. Only what the vault does not use is touched.
func (v *vault) sweep() error {
	entries, err := os.ReadDir(v.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, sealed := cutSealed(e.Name())
		switch covered := isCovered(name); {
		case covered && sealed && v.key == nil:
			err = v.remove(e.Name())
		case covered && !sealed && v.key != nil:
			err = v.absorb(e.Name())
		case e.Name() == lockedFile+".new":
			err = v.remove(e.Name())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// absorb deletes a readable file of a locked profile. An identity that somebody
// put there becomes an earlier one first.
func (v *vault) absorb(file string) error {
	if file != identityFile && !strings.HasPrefix(file, oldIdentity) {
		return v.shred(file)
	}
	b, err := v.read(file, maxSeedFile)
	if err != nil && !errors.Is(err, errDamaged) {
		return err
	}
	present, err := v.readIdentity(identityFile)
	if err != nil {
		return err
	}
	if seed, ok := parseSeed("identity", b); ok && seed != present {
		if _, err := v.writeOldIdentity(seed); err != nil {
			return err
		}
	}
	return v.shred(file)
}

// writeOldIdentity keeps an identity beside the one in use, and returns its name.
func (v *vault) writeOldIdentity(seed [32]byte) (name string, err error) {
	name = oldIdentity + crypto.IdentityFromSeed(seed).Public().String()[:8]
	return name, v.writeIdentity(name, seed)
}

// cutSealed tells which covered file a name belongs to, leftovers of writing and
// damaged ones included, and whether what is in it is sealed.
func cutSealed(file string) (name string, sealed bool) {
	name = strings.TrimSuffix(strings.TrimSuffix(file, ".new"), ".damaged")
	return strings.CutSuffix(name, sealedExt)
}

func isCovered(name string) bool {
	return name == identityFile || name == roomsFile || name == pinsFile || name == nickFile || strings.HasPrefix(name, oldIdentity)
}
