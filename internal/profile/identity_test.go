package profile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
)

// importInto returns the file that the identity before is kept in.
func importInto(t *testing.T, dir string, id *crypto.Identity, replace bool, ask Passphrase) string {
	t.Helper()
	kept, err := ImportIdentity(dir, id, replace, ask)
	must(t, err)
	return kept
}

func TestImportIdentity(t *testing.T) {
	first, second := crypto.IdentityFromSeed([32]byte{1}), crypto.IdentityFromSeed([32]byte{2})
	dir := filepath.Join(t.TempDir(), "new")
	importInto(t, dir, first, false, nil)
	p := open(t, dir)
	if p.Identity().Public() != first.Public() || !p.Restored() {
		t.Errorf("identity %v, restored %v", p.Identity().Public(), p.Restored())
	}
	if _, err := ImportIdentity(dir, second, true, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("into an open profile: %v", err)
	}
	must(t, p.ClearRestored())
	must(t, p.Close())

	importInto(t, dir, first, false, nil) // is there already
	_, err := ImportIdentity(dir, second, false, nil)
	if !errors.Is(err, ErrHasIdentity) || !strings.Contains(err.Error(), first.Public().String()) {
		t.Errorf("over another: %v", err)
	}
	p = open(t, dir)
	if p.Identity().Public() != first.Public() || p.Restored() {
		t.Error("a refused import changed something")
	}
	must(t, p.Close())

	kept := importInto(t, dir, second, true, nil)
	p = open(t, dir)
	if p.Identity().Public() != second.Public() || !p.Restored() {
		t.Error("not replaced")
	}
	must(t, p.Close())
	// The old one is put back by hand.
	must(t, os.Rename(kept, filepath.Join(dir, identityFile)))
	if open(t, dir).Identity().Public() != first.Public() {
		t.Error("the old identity was not kept")
	}
}

func TestImportIntoDamaged(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, identityFile), "nonsense")
	if _, err := ImportIdentity(dir, crypto.IdentityFromSeed([32]byte{1}), true, nil); !errors.Is(err, errDamaged) {
		t.Errorf("%v", err)
	}
}

func TestImportIntoLocked(t *testing.T) {
	dir := furnished(t)
	locked(t, dir)
	id := crypto.IdentityFromSeed([32]byte{3})
	if _, err := ImportIdentity(dir, id, true, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("without the passphrase: %v", err)
	}
	importInto(t, dir, id, true, give("horse"))
	if found := readable(t, dir); len(found) > 0 {
		t.Errorf("readable: %q", found)
	}
	p := openLocked(t, dir, "horse")
	if p.Identity().Public() != id.Public() {
		t.Error("not imported")
	}
	if olds, err := p.vault.oldIdentities(); err != nil || len(olds) != 2 {
		t.Errorf("earlier identities: %q, %v", olds, err)
	}
	must(t, p.Close())
	// The last one is put back by hand.
	old := crypto.IdentityFromSeed([32]byte{2}).Public()
	must(t, os.Rename(filepath.Join(dir, oldIdentity+old.String()[:8]+sealedExt), filepath.Join(dir, identityFile+sealedExt)))
	if openLocked(t, dir, "horse").Identity().Public() != old {
		t.Error("not put back")
	}
}

// An identity that somebody puts into a locked profile by hand is sealed, not
// lost.
func TestStrayIdentity(t *testing.T) {
	dir := furnished(t)
	locked(t, dir)
	stray := crypto.IdentityFromSeed([32]byte{3})
	write(t, filepath.Join(dir, identityFile), string(formatSeed("identity", stray.Seed())))
	p := openLocked(t, dir, "horse")
	checkFurniture(t, p)
	if there, err := p.vault.has(identityFile); there || err != nil {
		t.Errorf("still readable: %v", err)
	}
	if seed, err := p.vault.readIdentity(oldIdentity + stray.Public().String()[:8]); err != nil || seed != stray.Seed() {
		t.Errorf("lost: %v", err)
	}
}

func TestRestored(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	if p.Restored() {
		t.Error("a new profile is restored")
	}
	must(t, p.Close())
	p = open(t, dir) // never ran, but is from here
	if p.Restored() {
		t.Error("restored without a reason")
	}
	must(t, p.MarkRestored())
	must(t, p.Close())
	p = open(t, dir)
	if !p.Restored() {
		t.Error("the mark was lost")
	}
	must(t, p.ClearRestored())
	must(t, p.ClearRestored())
	if _, err := p.NextRun(time.UnixMilli(1)); err != nil || p.Restored() {
		t.Error(err)
	}
	must(t, p.Close())

	// Somebody copies the identity alone to another machine.
	b, err := os.ReadFile(filepath.Join(dir, identityFile))
	must(t, err)
	copied := t.TempDir()
	write(t, filepath.Join(copied, identityFile), string(b))
	p = open(t, copied)
	if !p.Restored() {
		t.Error("a copied identity is not restored")
	}
	if _, err := p.NextRun(time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	must(t, p.Close())
	if !open(t, copied).Restored() {
		t.Error("forgotten with the next start, though nobody was asked")
	}
}
