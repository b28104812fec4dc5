package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gochat/crypto"
	"gochat/internal/filelock"
)

// Passphrase gives the passphrase of a locked profile. Attempt counts from 1; a
// higher one means that the last passphrase was wrong. An error ends the
// attempts, for instance when the passphrase comes from a file and a second
// look would find the same.
type Passphrase func(attempt int) ([]byte, error)

const maxAttempts = 3

// ErrLocked says that a profile has a passphrase and nobody was there to give it.
var ErrLocked = errors.New("locked with a passphrase: " +
	"name a file that holds it with --passphrase-file, or start gochat in a terminal, where it asks")

// lockCost is what a start with a passphrase takes; tests take less.
var lockCost = crypto.StartCost

// Locked reports whether the profile in dir, if there is one, has a passphrase.
func Locked(dir string) (bool, error) { return folder{path: dir}.has(lockedFile) }

// OthersInUse are the further profiles of a base directory that processes have: its
// profile-2 and so on, which Open takes while the default one is in use.
func OthersInUse(base string) (dirs []string) {
	for number := 2; number <= maxProfiles; number++ {
		dir := numbered(base, "profile", number)
		if _, err := os.Stat(dir); err == nil && InUse(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// InUse reports whether a process has the directory.
func InUse(dir string) bool {
	path := filepath.Join(dir, "lock")
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock, err := filelock.Lock(path)
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, ErrInUse)
}

// unlock opens the data key if there is one.
func (v *vault) unlock(ask Passphrase) error {
	b, err := v.read(lockedFile, maxLockedFile)
	if errors.Is(err, os.ErrNotExist) {
		return v.checkUnlocked()
	}
	if err != nil && !errors.Is(err, errDamaged) {
		return fmt.Errorf("open the locked profile: %w", err)
	}
	if ask == nil {
		return fmt.Errorf("the profile %s is %w", v.path, ErrLocked)
	}
	for attempt := 1; ; attempt++ {
		passphrase, err := ask(attempt)
		if err != nil {
			return fmt.Errorf("open the locked profile %s: %w", v.path, err)
		}
		key, err := crypto.Unlock(crypto.LockProfile, passphrase, b)
		switch {
		case errors.Is(err, crypto.ErrNotLocked), err == nil && len(key) != crypto.KeySize:
			return fmt.Errorf("%s is %w, and without it the profile cannot be opened: put back a copy of it",
				v.join(lockedFile), errDamaged)
		case err == nil:
			v.key = key
			return nil
		case attempt == maxAttempts:
			return fmt.Errorf("open the locked profile %s: %w", v.path, err)
		}
	}
}

// checkUnlocked notices that a locked profile has lost its key, before a new
// identity is made beside the sealed one.
func (v *vault) checkUnlocked() error {
	sealed, err := v.has(identityFile + sealedExt)
	if err != nil || !sealed {
		return err
	}
	plain, err := v.has(identityFile)
	if err != nil || plain {
		return err
	}
	return fmt.Errorf("the profile %s was locked with a passphrase, but its file %q is missing: put back a copy of it",
		v.path, lockedFile)
}
