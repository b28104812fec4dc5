package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
)

// runKey shows the key of a profile, writes it to a file or takes it from one.
func runKey(cfg config.Config, env Env) error {
	const usage = "gochat key [options] show, gochat key [options] export FILE or gochat key [options] import FILE"
	do, args := cfg.Args[0], cfg.Args[1:]
	wrong := &config.Error{Option: "arguments", Source: config.Source{Kind: config.Flag}, Allowed: usage}
	switch {
	case do == "show" && len(args) > 0:
		wrong.Value, wrong.Problem = args[0], "not expected here"
		return wrong
	case do == "show":
		warn(cfg, env)
		return showKey(cfg, env)
	case do != "export" && do != "import":
		wrong.Value, wrong.Problem = do, "not something to do with a key"
		return wrong
	case len(args) == 0:
		wrong.Problem = "a file is missing (- is standard output or input)"
		return wrong
	case do == "export":
		warn(cfg, env)
		return exportKey(cfg, env, args[0])
	}
	warn(cfg, env)
	return importKey(cfg, env, args[0])
}

// shownKey is what gochat key show --json prints.
type shownKey struct {
	Key    string `json:"key"`
	Nick   string `json:"nick"`
	Suffix string `json:"suffix"`
	Dir    string `json:"data_dir"`
	Locked bool   `json:"locked"`
}

func showKey(cfg config.Config, env Env) error {
	dir, r, err := readProfile(cfg, env)
	if err != nil {
		return err
	}
	k := shownKey{Key: r.Key().String(), Nick: cfg.Nick, Suffix: r.Key().Suffix(), Dir: dir, Locked: r.DataKey() != nil}
	if k.Nick == "" {
		k.Nick = r.OwnNick()
	}
	if k.Nick == "" {
		k.Nick = r.Key().Nickname()
	}
	if cfg.UI == config.JSON {
		return json.NewEncoder(env.Out).Encode(k)
	}
	state := "no passphrase"
	if k.Locked {
		state = "locked with a passphrase"
	}
	_, err = fmt.Fprintf(env.Out, "key      %s\nshown as %s#%s\nprofile  %s (%s)\n", k.Key, k.Nick, k.Suffix, k.Dir, state)
	return err
}

// filesPassphrase is the option that names the passphrase of an exported key's
// file; "": it is asked for. A profile's own passphrase is never it.
func filesPassphrase(cfg config.Config, env Env, locked bool) (option string, err error) {
	switch {
	case cfg.KeyPassphraseFile != "":
		return "key-passphrase-file", nil
	case cfg.PassphraseFile != "" && !locked:
		return "passphrase-file", nil
	case !canAsk(env):
		return "", noPassphrase(cfg, "key-passphrase-file", "no passphrase was given for the file with the key")
	}
	return "", nil
}

func exportKey(cfg config.Config, env Env, file string) error {
	var out output
	if file != "-" {
		var err error
		if out, err = outputFile(file, cfg.Force); err != nil {
			return err
		}
	}
	_, r, err := readProfile(cfg, env)
	if err != nil {
		return err
	}
	option, err := filesPassphrase(cfg, env, r.DataKey() != nil)
	if err != nil {
		return err
	}
	chosen, err := newPassphrase(cfg, env, option, "New passphrase for the file with the key: ")
	if err != nil {
		return err
	}
	text, err := crypto.ExportIdentity(r.Identity(), chosen)
	if err != nil {
		return err
	}
	if file == "-" {
		_, err = io.WriteString(env.Out, text)
		return err
	}
	if err := out.write(func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "the key %v is in %s, sealed with the passphrase: who has both can be you\n"+
		"gochat key import %s takes it, on any machine\n", r.Key(), file, file)
	return nil
}

func importKey(cfg config.Config, env Env, file string) error {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	sealed, err := readExported(env, file)
	if err != nil {
		return err
	}
	locked, err := profile.Locked(dir)
	if err != nil {
		return err
	}
	option, err := filesPassphrase(cfg, env, locked)
	if err != nil {
		return err
	}
	id, err := openExported(cfg, env, sealed, option)
	if err != nil {
		return err
	}
	kept, err := profile.ImportIdentity(dir, id, cfg.Force, passphrase(cfg, env))
	if errors.Is(err, profile.ErrHasIdentity) {
		return fmt.Errorf("%w; with --force it is replaced, and kept beside", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "the profile %s has the key %v\n", dir, id.Public())
	if kept != "" {
		fmt.Fprintf(env.Err, "the key it had is kept as %s\n", kept)
	}
	return nil
}

// maxExported bounds the text that an exported key is looked for in.
const maxExported = 64 << 10

func readExported(env Env, file string) (*crypto.ExportedIdentity, error) {
	in := env.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("cannot read the key: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxExported+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the key: %w", err)
	}
	sealed, err := crypto.ParseExportedIdentity(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return sealed, nil
}

// openExported asks for the passphrase of an exported key as often as it takes.
func openExported(cfg config.Config, env Env, sealed *crypto.ExportedIdentity, option string) (*crypto.Identity, error) {
	if option != "" {
		chosen, err := filePassphrase(cfg, env, option)
		if err != nil {
			return nil, err
		}
		return sealed.Open(chosen)
	}
	for attempt := 1; ; attempt++ {
		typed, err := askAgain(env, attempt, "Passphrase of the file with the key: ")
		if err != nil {
			return nil, err
		}
		id, err := sealed.Open(typed)
		if err == nil || attempt == attempts {
			return id, err
		}
	}
}
