package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/store"
)

var errCrash = errors.New("the process ends here")

// said is what stands for messages in these tests.
const said = "the xylophone of quartz"

// openedProfile opens a profile with the passphrase "horse", if it has one.
func openedProfile(t *testing.T, dir string) *profile.Profile {
	t.Helper()
	p, _, err := profile.Open(dir, true, func(int) ([]byte, error) { return []byte("horse"), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// nextStart opens the history as the next start does, checks that it has what was
// said, and returns the files with messages.
func nextStart(t *testing.T, dir string) (files []string) {
	t.Helper()
	p := openedProfile(t, dir)
	defer p.Close()
	h, err := openHistory(p, config.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.db.Meta("said")
	if err != nil || string(got) != said || h.db.Restored() {
		t.Errorf("the history has %q, %v, restored %v", got, err, h.db.Restored())
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(dir, "history*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("xylophone")) && p.DataKey() != nil {
			t.Errorf("%s can be read", f)
		}
		if !strings.HasSuffix(f, "-lock") {
			files = append(files, filepath.Base(f))
		}
	}
	return files
}

// spoken is a profile in which something was said, locked if it is to be.
func spoken(t *testing.T, locked bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	p := openedProfile(t, dir)
	defer p.Close()
	db, err := store.Open(historyPath(dir, nil), store.Options{Self: p.Identity().Public()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.SetMeta("said", []byte(said)), db.Close()); err != nil {
		t.Fatal(err)
	}
	if !locked {
		return dir
	}
	if err := p.Lock([]byte("horse"), func(key []byte) error { return copyHistory(dir, nil, key) }); err != nil {
		t.Fatal(err)
	}
	if err := settleHistory(dir, p.DataKey()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Wherever locking and unlocking stop, the next start has all that was said, in
// the form that counts and in no other.
func TestInterruptedChange(t *testing.T) {
	plain, sealed := []string{plainHistory}, []string{sealedHistory}
	lock := func(then error) func(p *profile.Profile) error {
		return func(p *profile.Profile) error {
			return p.Lock([]byte("horse"), func(key []byte) error {
				return errors.Join(copyHistory(p.Dir(), nil, key), then)
			})
		}
	}
	unlock := func(then error) func(p *profile.Profile) error {
		return func(p *profile.Profile) error {
			key := p.DataKey()
			return p.RemovePassphrase(func() error { return errors.Join(copyHistory(p.Dir(), key, nil), then) })
		}
	}
	for name, c := range map[string]struct {
		locked bool
		change func(*profile.Profile) error
		fails  error
		want   []string
	}{
		"nothing":                          {false, func(*profile.Profile) error { return nil }, nil, plain},
		"nothing, locked":                  {true, func(*profile.Profile) error { return nil }, nil, sealed},
		"sealed copy made, not locked":     {false, lock(errCrash), errCrash, plain},
		"locked, plain file not destroyed": {false, lock(nil), nil, sealed},
		"plain copy made, not unlocked":    {true, unlock(errCrash), errCrash, sealed},
		"unlocked, sealed not destroyed":   {true, unlock(nil), nil, plain},
		"locked, and a plain one put there": {true, func(p *profile.Profile) error {
			key := p.DataKey()
			return errors.Join(copyHistory(p.Dir(), key, nil), os.Remove(historyPath(p.Dir(), key)))
		}, nil, sealed},
	} {
		t.Run(name, func(t *testing.T) {
			dir := spoken(t, c.locked)
			p := openedProfile(t, dir)
			if err := c.change(p); !errors.Is(err, c.fails) {
				t.Fatal(err)
			}
			p.Close()
			if got := nextStart(t, dir); !slices.Equal(got, c.want) {
				t.Errorf("the files are %q, want %q", got, c.want)
			}
		})
	}
}

// A change beside somebody who reads or writes there does not happen.
func TestLockBesideReader(t *testing.T) {
	dir := spoken(t, false)
	reader, err := store.Open(historyPath(dir, nil), store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	p := openedProfile(t, dir)
	err = p.Lock([]byte("horse"), func(key []byte) error { return copyHistory(dir, nil, key) })
	if !errors.Is(err, store.ErrInUse) || p.DataKey() != nil {
		t.Errorf("%v, data key %x", err, p.DataKey())
	}
	if got, err := reader.Meta("said"); string(got) != said || err != nil {
		t.Errorf("the reader has %q, %v", got, err)
	}
	reader.Close()
	p.Close()
	if got := nextStart(t, dir); !slices.Equal(got, []string{plainHistory}) {
		t.Errorf("the files are %q", got)
	}
}
