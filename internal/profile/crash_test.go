package profile

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"gochat/crypto"
)

var errCrash = errors.New("the machine is gone")

// crashAfter lets n steps happen and none after them.
func crashAfter(n int) (fault func() error, happened func() bool) {
	left := n
	return func() error {
			if left--; left < 0 {
				return errCrash
			}
			return nil
		},
		func() bool { return left < 0 }
}

// atEveryStep runs change on a furnished profile, each time with a crash one
// step later, until there is none; after each crash look is called.
func atEveryStep(t *testing.T, prepare func(t *testing.T, dir string), change func(dir string, fault func() error) error, look func(dir string, crashed bool)) {
	t.Helper()
	for n := 0; ; n++ {
		dir := furnished(t)
		prepare(t, dir)
		fault, happened := crashAfter(n)
		err := change(dir, fault)
		if happened() != (err != nil) || err != nil && !errors.Is(err, errCrash) {
			t.Fatalf("crash at step %d: %v", n, err)
		}
		look(dir, happened())
		if t.Failed() {
			t.Fatalf("after a crash at step %d: %v holds %q", n, dir, names(t, dir))
		}
		if !happened() {
			if n < 5 {
				t.Fatalf("only %d steps: is the fault injected?", n)
			}
			return
		}
	}
}

func nothing(*testing.T, string) {}

func locked(t *testing.T, dir string) {
	p := open(t, dir)
	must(t, p.Lock([]byte("horse"), nil))
	must(t, p.Close())
}

// using runs f on the open profile under the fault.
func using(t *testing.T, ask Passphrase, f func(p *Profile) error) func(string, func() error) error {
	return func(dir string, fault func() error) error {
		p, _, err := Open(dir, true, ask)
		must(t, err)
		p.vault.fault = fault
		err = f(p)
		must(t, p.Close())
		return err
	}
}

// reopen opens the profile as it is found, by one of the passphrases, and checks
// that it is whole, and only in one form.
func reopen(t *testing.T, dir string, passphrases ...string) (p *Profile, with string) {
	t.Helper()
	ask := func(attempt int) ([]byte, error) {
		if attempt > len(passphrases) {
			return nil, crypto.ErrPassphrase
		}
		with = passphrases[attempt-1]
		return []byte(with), nil
	}
	p, notices, err := Open(dir, true, ask)
	must(t, err)
	if len(notices) > 0 {
		t.Error(notices)
	}
	checkFurniture(t, p)
	for _, name := range names(t, dir) {
		if cut, sealed := cutSealed(name); isCovered(cut) && sealed != (with != "") {
			t.Errorf("%s is left over", name)
		}
	}
	if found := readable(t, dir); with != "" && len(found) > 0 {
		t.Errorf("readable: %q", found)
	}
	return p, with
}

func TestCrashWhileLocking(t *testing.T) {
	var before, after int
	change := using(t, nil, func(p *Profile) error { return p.Lock([]byte("horse"), nil) })
	atEveryStep(t, nothing, change, func(dir string, crashed bool) {
		p, with := reopen(t, dir, "horse")
		if !crashed && with == "" {
			t.Error("not locked")
		}
		if with == "" {
			before++
			must(t, p.Lock([]byte("horse"), nil)) // can be tried again
		} else {
			after++
		}
		must(t, p.Close())
		p, _ = reopen(t, dir, "horse")
		must(t, p.Close())
	})
	if before < 10 || after < 5 {
		t.Errorf("%d crashes before and %d after the profile was locked", before, after)
	}
}

func TestCrashWhileUnlocking(t *testing.T) {
	var before, after int
	change := using(t, give("horse"), func(p *Profile) error { return p.RemovePassphrase(nil) })
	atEveryStep(t, locked, change, func(dir string, crashed bool) {
		p, with := reopen(t, dir, "horse")
		if !crashed && with != "" {
			t.Error("not unlocked")
		}
		if with != "" {
			before++
			must(t, p.RemovePassphrase(nil))
		} else {
			after++
		}
		must(t, p.Close())
		p, _ = reopen(t, dir)
		must(t, p.Close())
	})
	if before < 10 || after < 5 {
		t.Errorf("%d crashes before and %d after the profile was unlocked", before, after)
	}
}

func TestCrashWhileChanging(t *testing.T) {
	change := using(t, give("horse"), func(p *Profile) error { return p.ChangePassphrase([]byte("mule")) })
	atEveryStep(t, locked, change, func(dir string, crashed bool) {
		p, with := reopen(t, dir, "mule", "horse")
		if !crashed && with != "mule" {
			t.Error("not changed")
		}
		must(t, p.Close())
	})
}

// A lock that took hold but could not be made durable counts for the process,
// too, or its later words would go to the files that no longer do.
func TestHalfCommit(t *testing.T) {
	dir := furnished(t)
	p := open(t, dir)
	renamed := false
	p.vault.fault = func() error {
		if there, _ := p.vault.has(lockedFile); there {
			renamed = true
			return errCrash
		}
		return nil
	}
	err := p.Lock([]byte("horse"), nil)
	if !errors.Is(err, errCrash) || !renamed || p.DataKey() == nil {
		t.Fatalf("%v; locked: %v", err, p.DataKey() != nil)
	}
	p.vault.fault = nil
	_, _, err = p.PinNick("bob", key(3))
	must(t, err)
	must(t, p.Close())
	p, with := reopen(t, dir, "horse")
	if known, first, _ := p.PinNick("bob", key(9)); with == "" || first || known != key(3) {
		t.Error("bob's key was lost")
	}
	must(t, p.Close())
}

func TestCrashWhileImporting(t *testing.T) {
	newcomer := crypto.IdentityFromSeed([32]byte{3})
	for _, passphrase := range []string{"", "horse"} {
		prepare := nothing
		if passphrase != "" {
			prepare = locked
		}
		change := func(dir string, fault func() error) error {
			v := vault{folder: folder{path: dir}}
			must(t, v.unlock(give(passphrase)))
			v.fault = fault
			_, err := v.importIdentity(newcomer, true)
			return err
		}
		atEveryStep(t, prepare, change, func(dir string, crashed bool) {
			p, _, err := Open(dir, true, give(passphrase))
			must(t, err)
			defer p.Close()
			switch p.Identity().Public() {
			case newcomer.Public():
				old := crypto.IdentityFromSeed([32]byte{2})
				seed, err := p.vault.readIdentity(oldIdentity + old.Public().String()[:8])
				if err != nil || seed != old.Seed() || !p.Restored() {
					t.Errorf("the old identity: %v; restored: %v", err, p.Restored())
				}
			case crypto.IdentityFromSeed([32]byte{2}).Public():
				if !crashed {
					t.Error("not imported")
				}
			default:
				t.Error("neither the old nor the new identity")
			}
			if found := readable(t, dir); passphrase != "" && len(found) > 0 {
				t.Errorf("readable: %q", found)
			}
		})
	}
}

// What a crash leaves half written is not read as a whole.
func TestTornWrite(t *testing.T) {
	f := folder{path: t.TempDir()}
	must(t, f.write("x", []byte("old")))
	for n := range 5 {
		f.fault, _ = crashAfter(n)
		if err := f.write("x", []byte("new")); !errors.Is(err, errCrash) {
			t.Fatalf("step %d: %v", n, err)
		}
		b, err := os.ReadFile(f.join("x"))
		if err != nil || !bytes.Equal(b, []byte("old")) && !bytes.Equal(b, []byte("new")) {
			t.Errorf("step %d: %q, %v", n, b, err)
		}
	}
	f.fault = nil
	must(t, f.write("x", []byte("new")))
	if got := strings.Join(names(t, f.path), " "); got != "x" {
		t.Errorf("left: %s", got)
	}
}
