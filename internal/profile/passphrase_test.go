package profile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
)

// give answers every question with one passphrase.
func give(passphrase string) Passphrase {
	return func(int) ([]byte, error) { return []byte(passphrase), nil }
}

// must stops the test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openLocked(t *testing.T, dir, passphrase string) *Profile {
	t.Helper()
	p, notices, err := Open(dir, true, give(passphrase))
	must(t, err)
	if len(notices) > 0 {
		t.Fatal(notices)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// furnished is a profile with something of everything in it: identity 2, and 1
// before that; alice's key 1, bootnode b's key 2, carol's verified key 3, and
// the room lobby.
func furnished(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	importInto(t, dir, crypto.IdentityFromSeed([32]byte{1}), false, nil)
	importInto(t, dir, crypto.IdentityFromSeed([32]byte{2}), true, nil)
	p := open(t, dir)
	_, _, err := p.PinNick("alice", key(1))
	must(t, err)
	must(t, p.RepinBootnode("b", key(2)))
	must(t, p.Verify("carol", key(3)))
	_, err = p.KeepNick("wilma")
	must(t, err)
	must(t, p.PutRoomKey("lobby", "secret", crypto.EpochKey{7}))
	_, err = p.NextRun(time.UnixMilli(5))
	must(t, err)
	must(t, p.Close())
	return dir
}

// checkFurniture looks whether all of it is there.
func checkFurniture(t *testing.T, p *Profile) {
	t.Helper()
	if p.Identity().Public() != crypto.IdentityFromSeed([32]byte{2}).Public() {
		t.Error("another identity")
	}
	if known, first, _ := p.PinNick("alice", key(9)); first || known != key(1) {
		t.Error("alice's key was lost")
	}
	if p.Bootnode("b") != key(2) {
		t.Error("the bootnode's key was lost")
	}
	if !p.Verified(key(3)) || p.Verified(key(1)) {
		t.Error("who is verified was lost")
	}
	if e0, ok := p.RoomKey("lobby", "secret"); !ok || e0 != (crypto.EpochKey{7}) {
		t.Error("the room's key was lost")
	}
	if seed, err := p.vault.readIdentity(oldIdentity + crypto.IdentityFromSeed([32]byte{1}).Public().String()[:8]); err != nil || seed != [32]byte{1} {
		t.Errorf("the earlier identity was lost: %v", err)
	}
	if p.OwnNick() != "wilma" {
		t.Errorf("the own nick is %q", p.OwnNick())
	}
	if p.run < 5 {
		t.Error("the run number was lost")
	}
}

// readable lists what of the furniture the files of dir show.
func readable(t *testing.T, dir string) (found []string) {
	t.Helper()
	secrets := map[string]string{
		"nick": "alice", "own nick": "wilma", "key": key(1).String(), "room key": hex.EncodeToString([]byte{7, 0, 0, 0, 0, 0}),
	}
	for _, n := range []byte{1, 2} {
		secrets["identity "+string('0'+n)] = seedEncoding.EncodeToString([]byte{n, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		secrets["raw identity "+string('0'+n)] = string(append([]byte{n}, make([]byte, 31)...))
	}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for name, secret := range secrets {
			if strings.Contains(string(b), secret) {
				found = append(found, name+" in "+d.Name())
			}
		}
		return err
	}))
	return found
}

func TestLock(t *testing.T) {
	dir := furnished(t)
	write(t, filepath.Join(dir, "pins.damaged"), "alice") // left by an earlier damage
	if len(readable(t, dir)) < 6 {
		t.Fatalf("the test would not notice: %q", readable(t, dir))
	}
	p := open(t, dir)
	if r, err := Read(dir, nil); err != nil || r.DataKey() != nil || p.DataKey() != nil {
		t.Errorf("a data key without a passphrase: %v", err)
	}
	var converted []byte
	must(t, p.Lock([]byte("horse"), func(key []byte) error {
		converted = key
		if there, _ := p.vault.has(lockedFile); there {
			t.Error("locked before all is converted")
		}
		return nil
	}))
	if key := p.DataKey(); len(key) != 32 || !bytes.Equal(key, converted) {
		t.Errorf("data key %x, convert got %x", key, converted)
	}
	if found := readable(t, dir); len(found) > 0 {
		t.Errorf("readable: %q", found)
	}
	// What comes later is sealed, too.
	_, _, err := p.PinNick("bob", key(3))
	must(t, err)
	must(t, p.PutRoomKey("hall", "", crypto.EpochKey{8}))
	checkFurniture(t, p)
	must(t, p.Close())

	q := openLocked(t, dir, "horse\n")
	checkFurniture(t, q)
	if r, err := Read(dir, give("horse")); err != nil || !bytes.Equal(r.DataKey(), converted) || r.Identity().Public() != r.Key() {
		t.Errorf("beside the open profile: %v", err)
	}
	if _, err := Read(dir, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("beside the open profile, unasked: %v", err)
	}
	if known, first, _ := q.PinNick("bob", key(9)); first || known != key(3) {
		t.Error("bob's key was lost")
	}
	if e0, ok := q.RoomKey("hall", ""); !ok || e0 != (crypto.EpochKey{8}) {
		t.Error("the hall's key was lost")
	}
	if !bytes.Equal(q.DataKey(), converted) {
		t.Error("another data key")
	}
	if found := readable(t, dir); len(found) > 0 {
		t.Errorf("readable: %q", found)
	}
	if err := q.Lock([]byte("again"), nil); !errors.Is(err, ErrHasPassphrase) {
		t.Errorf("locked twice: %v", err)
	}
}

func TestChangePassphrase(t *testing.T) {
	dir := furnished(t)
	p := open(t, dir)
	if err := p.ChangePassphrase([]byte("mule")); !errors.Is(err, ErrHasNone) {
		t.Errorf("without one: %v", err)
	}
	must(t, p.Lock([]byte("horse"), nil))
	key := p.DataKey()
	must(t, p.ChangePassphrase([]byte("mule")))
	if err := p.ChangePassphrase(nil); !errors.Is(err, crypto.ErrNoPassphrase) {
		t.Errorf("to nothing: %v", err)
	}
	must(t, p.Close())
	if _, _, err := Open(dir, true, give("horse")); !errors.Is(err, crypto.ErrPassphrase) {
		t.Errorf("the old one: %v", err)
	}
	p = openLocked(t, dir, "mule")
	checkFurniture(t, p)
	if !bytes.Equal(p.DataKey(), key) {
		t.Error("the data key changed with the passphrase")
	}
}

func TestRemovePassphrase(t *testing.T) {
	dir := furnished(t)
	p := open(t, dir)
	if err := p.RemovePassphrase(nil); !errors.Is(err, ErrHasNone) {
		t.Errorf("without one: %v", err)
	}
	must(t, p.Lock([]byte("horse"), nil))
	key := p.DataKey()
	must(t, p.RemovePassphrase(func() error {
		if there, _ := p.vault.has(lockedFile); !there {
			t.Error("unlocked before all is converted")
		}
		return nil
	}))
	if p.DataKey() != nil {
		t.Error("still a data key")
	}
	checkFurniture(t, p)
	must(t, p.Close())
	for _, name := range names(t, dir) {
		if strings.HasSuffix(name, sealedExt) || name == lockedFile {
			t.Errorf("%s is left", name)
		}
	}
	p = open(t, dir)
	checkFurniture(t, p)
	must(t, p.Lock([]byte("horse"), nil))
	if bytes.Equal(p.DataKey(), key) {
		t.Error("a data key came back")
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestLockRefused(t *testing.T) {
	dir := furnished(t)
	p := open(t, dir)
	if err := p.Lock([]byte("\n"), nil); !errors.Is(err, crypto.ErrNoPassphrase) {
		t.Errorf("empty: %v", err)
	}
	full := errors.New("disk full")
	if err := p.Lock([]byte("horse"), func([]byte) error { return full }); !errors.Is(err, full) || p.DataKey() != nil {
		t.Errorf("convert failed: %v", err)
	}
	// Nothing of it took hold, and what comes later is kept.
	_, _, err := p.PinNick("bob", key(3))
	must(t, err)
	must(t, p.Close())
	p = open(t, dir)
	checkFurniture(t, p)
	if known, first, _ := p.PinNick("bob", key(9)); first || known != key(3) {
		t.Error("bob's key was lost")
	}
	must(t, p.Lock([]byte("horse"), nil))
	if err := p.RemovePassphrase(func() error { return full }); !errors.Is(err, full) || p.DataKey() == nil {
		t.Errorf("convert back failed: %v", err)
	}
	must(t, p.Close())
	for _, err := range []error{p.Lock([]byte("x"), nil), p.ChangePassphrase([]byte("x")), p.RemovePassphrase(nil), p.MarkRestored()} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	if found := readable(t, dir); len(found) < 5 {
		t.Fatalf("plain copies were not made before convert: %q", found)
	}
	openLocked(t, dir, "horse")
	if found := readable(t, dir); len(found) > 0 {
		t.Errorf("readable after the next start: %q", found)
	}
}

func TestAsking(t *testing.T) {
	dir := furnished(t)
	p := open(t, dir)
	must(t, p.Lock([]byte("horse"), nil))
	must(t, p.Close())
	if _, _, err := Open(dir, true, nil); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "--passphrase-file") {
		t.Errorf("nobody to ask: %v", err)
	}
	gone := errors.New("the terminal is gone")
	if _, _, err := Open(dir, true, func(int) ([]byte, error) { return nil, gone }); !errors.Is(err, gone) {
		t.Errorf("no answer: %v", err)
	}
	asked := 0
	_, _, err := Open(dir, true, func(attempt int) ([]byte, error) {
		if asked++; attempt != asked {
			t.Errorf("attempt %d is called %d", asked, attempt)
		}
		return []byte("mule"), nil
	})
	if !errors.Is(err, crypto.ErrPassphrase) || asked != maxAttempts {
		t.Errorf("%d attempts, %v", asked, err)
	}
	p, _, err = Open(dir, true, func(attempt int) ([]byte, error) { // an empty line, a mistake, and then right
		return []byte([]string{"", "mule", "horse"}[attempt-1]), nil
	})
	must(t, err)
	checkFurniture(t, p)
	must(t, p.Close())
}

func TestDamagedLock(t *testing.T) {
	locked := func(t *testing.T) string {
		dir := furnished(t)
		p := open(t, dir)
		must(t, p.Lock([]byte("horse"), nil))
		must(t, p.Close())
		return dir
	}
	spoil := func(t *testing.T, dir, name string) {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		must(t, err)
		b[len(b)/2] ^= 1
		write(t, path, string(b))
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  error
		text  string
	}{
		"lock":          {func(t *testing.T, dir string) { spoil(t, dir, lockedFile) }, crypto.ErrPassphrase, "damaged"},
		"lock emptied":  {func(t *testing.T, dir string) { write(t, filepath.Join(dir, lockedFile), "") }, errDamaged, "put back a copy"},
		"lock flooded":  {func(t *testing.T, dir string) { write(t, filepath.Join(dir, lockedFile), strings.Repeat("x", 2000)) }, errDamaged, "put back"},
		"lock missing":  {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, lockedFile))) }, nil, "is missing"},
		"identity":      {func(t *testing.T, dir string) { spoil(t, dir, "identity.sealed") }, errDamaged, "put back a copy"},
		"identity gone": {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "identity.sealed"))) }, os.ErrNotExist, "identity"},
	} {
		dir := locked(t)
		c.spoil(t, dir)
		_, _, err := Open(dir, true, give("horse"))
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"pins", "rooms"} {
		dir := locked(t)
		spoil(t, dir, name+sealedExt)
		p, notices, err := Open(dir, true, give("horse"))
		must(t, err)
		if len(notices) != 1 || notices[0].Code != CodeDamaged {
			t.Errorf("%s: %v", name, notices)
		}
		if known, first, _ := p.PinNick("alice", key(9)); name == "rooms" && (first || known != key(1)) {
			t.Error("damage to the rooms cost alice's key")
		}
		must(t, p.Close())
		openLocked(t, dir, "horse") // mended
		if found := readable(t, dir); len(found) > 0 {
			t.Errorf("%s: readable: %q", name, found)
		}
	}
}
