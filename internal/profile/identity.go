package profile

import (
	"errors"
	"fmt"
	"os"

	"gochat/crypto"
)

// ErrHasIdentity says that an import would replace an identity.
var ErrHasIdentity = errors.New("the profile has another identity already")

// restoredFile marks a profile whose identity may have written more than this
// directory knows of.
const restoredFile = "restored"

// ImportIdentity makes an identity that of the profile in dir, making the
// directory if need be. Another one that is there is replaced only if replace is
// set, else the error is ErrHasIdentity, and then kept beside as identity.old-
// and the beginning of its key; kept is that file, or "". Ask is as of Open. The
// profile must not be open.
func ImportIdentity(dir string, id *crypto.Identity, replace bool, ask Passphrase) (kept string, err error) {
	path, _, lock, err := acquire(dir, "profile", true)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	v := vault{folder: folder{path: path}}
	if err := v.unlock(ask); err != nil {
		return "", err
	}
	return v.importIdentity(id, replace)
}

func (v *vault) importIdentity(id *crypto.Identity, replace bool) (kept string, err error) {
	seed, err := v.readIdentity(identityFile)
	switch old := crypto.IdentityFromSeed(seed); {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return "", err
	case old.Public() == id.Public():
		return "", nil
	case !replace:
		return "", fmt.Errorf("%s: %w (%v)", v.path, ErrHasIdentity, old.Public())
	default:
		name, err := v.writeOldIdentity(seed)
		if err != nil {
			return "", err
		}
		kept = v.join(v.file(name))
	}
	// Marked before it is there, so that no crash leaves it there unmarked. The
	// room keys are filed under the old identity and would never be found.
	if err := v.mark(); err != nil {
		return "", fmt.Errorf("mark the identity as imported: %w", err)
	}
	if err := v.remove(v.file(roomsFile)); err != nil {
		return "", fmt.Errorf("forget the old identity's rooms: %w", err)
	}
	return kept, v.writeIdentity(identityFile, id.Seed())
}

// loadIdentity reads the identity or, in a new profile, makes it.
func (p *Profile) loadIdentity() error {
	seed, err := p.vault.readIdentity(identityFile)
	if errors.Is(err, os.ErrNotExist) && p.vault.key == nil {
		if err := p.vault.beginRuns(); err != nil {
			return fmt.Errorf("keep the run number: %w", err)
		}
		seed, err = p.vault.loadSeed(identityFile, "identity")
	}
	if err != nil {
		return err
	}
	p.identity = crypto.IdentityFromSeed(seed)
	return nil
}

// beginRuns makes sure of a run number before there is an identity, so that an
// identity without one is known to be copied here.
func (v *vault) beginRuns() error {
	if there, err := v.has(runFile); there || err != nil {
		return err
	}
	return v.write(runFile, formatRun(0))
}

// mark says for good that the identity is not from here.
func (v *vault) mark() error {
	if err := v.write(restoredFile, nil); err != nil {
		return err
	}
	return v.beginRuns()
}

// Restored reports whether the identity may have written more than is known
// here: it was imported or copied into this directory, or MarkRestored was
// called. Who writes then asks others for the own chain first, and calls
// ClearRestored when it has been told. A whole directory put back from a copy
// cannot be told from one that was never away.
func (p *Profile) Restored() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.restored
}

// MarkRestored makes Restored true, also for later starts: for who finds that
// the history is gone or older than it was.
func (p *Profile) MarkRestored() error { return p.setRestored(true) }

// ClearRestored makes Restored false, also for later starts.
func (p *Profile) ClearRestored() error { return p.setRestored(false) }

func (p *Profile) setRestored(on bool) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return err
	}
	if on {
		err = p.vault.write(restoredFile, nil)
	} else {
		err = p.vault.remove(restoredFile)
	}
	if err != nil {
		return fmt.Errorf("keep whether the identity was restored: %w", err)
	}
	p.restored = on
	return nil
}

// loadRestored reads the mark, and makes it if the identity is not from here.
func (p *Profile) loadRestored() (err error) {
	p.restored, err = p.vault.has(restoredFile)
	if err != nil {
		return fmt.Errorf("read whether the identity was restored: %w", err)
	}
	ran, err := p.vault.has(runFile)
	if err == nil && !ran {
		p.restored = true
		err = p.vault.mark()
	}
	if err != nil {
		return fmt.Errorf("mark the identity as restored: %w", err)
	}
	return nil
}
