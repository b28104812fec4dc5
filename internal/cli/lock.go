package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/store"
)

// runLock gives the profile a passphrase, or another one.
func runLock(cfg config.Config, env Env) error {
	p, err := openProfile(cfg, env)
	if err != nil {
		return err
	}
	defer p.Close()
	if p.DataKey() != nil {
		return changePassphrase(p, cfg, env)
	}
	option := ""
	switch {
	case cfg.NewPassphraseFile != "":
		option = "new-passphrase-file"
	case cfg.PassphraseFile != "":
		option = "passphrase-file"
	case !canAsk(env):
		return noPassphrase(cfg, "passphrase-file", "no passphrase was given")
	}
	chosen, err := newPassphrase(cfg, env, option, "New passphrase for the profile: ")
	if err != nil {
		return err
	}
	err = p.Lock(chosen, func(key []byte) error { return copyHistory(p.Dir(), nil, key) })
	if err != nil {
		return err
	}
	if err := settleHistory(p.Dir(), p.DataKey()); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "the profile %s is locked: gochat asks for the passphrase at each start, or reads it with --passphrase-file\n"+
		"keep it well: nobody can open the profile without it\n", p.Dir())
	return nil
}

func changePassphrase(p *profile.Profile, cfg config.Config, env Env) error {
	option := ""
	switch {
	case cfg.NewPassphraseFile != "":
		option = "new-passphrase-file"
	case !canAsk(env):
		return noPassphrase(cfg, "new-passphrase-file", "the profile is locked already, no other passphrase was given")
	}
	chosen, err := newPassphrase(cfg, env, option, "The profile is locked. New passphrase: ")
	if err != nil {
		return err
	}
	if err := p.ChangePassphrase(chosen); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "the profile %s has the new passphrase\n"+
		"an old copy of its file \"locked\" still opens with the old one: if somebody may have both, run gochat unlock, then gochat lock\n", p.Dir())
	return nil
}

// runUnlock takes the passphrase away.
func runUnlock(cfg config.Config, env Env) error {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	// Asked before it is opened, which would make a profile where there is none.
	if locked, err := profile.Locked(dir); err != nil {
		return err
	} else if !locked {
		return fmt.Errorf("%s: %w", dir, profile.ErrHasNone)
	}
	p, err := openProfile(cfg, env)
	if err != nil {
		return err
	}
	defer p.Close()
	key := p.DataKey()
	if err := p.RemovePassphrase(func() error { return copyHistory(dir, key, nil) }); err != nil {
		return err
	}
	if err := settleHistory(dir, nil); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "the profile %s has no passphrase any more: who can read its files can read its messages and be you\n", dir)
	return nil
}

// openProfile opens the profile that was named, or the default one and never the
// next that is free: a change must not hit another than the user thinks of.
func openProfile(cfg config.Config, env Env) (*profile.Profile, error) {
	warn(cfg, env)
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return nil, err
	}
	p, notices, err := profile.Open(dir, true, passphrase(cfg, env))
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		fmt.Fprintln(env.Err, "gochat:", n.Text)
	}
	if err := settleHistory(p.Dir(), p.DataKey()); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// warn tells what is odd about the settings.
func warn(cfg config.Config, env Env) {
	for _, w := range cfg.Warnings {
		fmt.Fprintln(env.Err, "gochat:", w)
	}
}

// The files with messages. A profile that is being locked or unlocked has both.
const (
	plainHistory  = "history.db"
	sealedHistory = "history.sealed.db"
)

// historyPath is where a profile's messages are.
func historyPath(dir string, key []byte) string {
	if key != nil {
		return filepath.Join(dir, sealedHistory)
	}
	return filepath.Join(dir, plainHistory)
}

// copyHistory makes the file that is to count from the one that does, if there
// is one.
func copyHistory(dir string, from, to []byte) error {
	err := store.Copy(historyPath(dir, from), from, historyPath(dir, to), to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// settleHistory ends what a change of the passphrase left, whether it happened or
// was interrupted: the key tells which of the two files counts, and the other
// one is destroyed.
func settleHistory(dir string, key []byte) error {
	if key == nil {
		return store.Destroy(filepath.Join(dir, sealedHistory)) // its key is gone
	}
	// A plain file alone was put there by hand: it is taken in, not lost.
	if _, err := os.Stat(historyPath(dir, key)); errors.Is(err, fs.ErrNotExist) {
		if err := copyHistory(dir, nil, key); err != nil {
			return err
		}
	}
	return store.Destroy(filepath.Join(dir, plainHistory))
}
