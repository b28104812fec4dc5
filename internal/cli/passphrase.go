package cli

import (
	"bytes"
	"errors"
	"fmt"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
)

// passphrase gives the passphrase of a locked profile: from the file that was
// named, else asked for at the terminal; nil if there is neither.
func passphrase(cfg config.Config, env Env) profile.Passphrase {
	if cfg.PassphraseFile != "" {
		return func(attempt int) ([]byte, error) {
			if attempt > 1 {
				return nil, fmt.Errorf("with what is in %s: %w", cfg.PassphraseFile, crypto.ErrPassphrase)
			}
			return filePassphrase(cfg, env, "passphrase-file")
		}
	}
	if !canAsk(env) {
		return nil
	}
	return func(attempt int) ([]byte, error) {
		return askAgain(env, attempt, "Passphrase of the profile: ")
	}
}

// filePassphrase reads the file that one of the options names.
func filePassphrase(cfg config.Config, env Env, option string) ([]byte, error) {
	file := map[string]string{
		"passphrase-file":     cfg.PassphraseFile,
		"new-passphrase-file": cfg.NewPassphraseFile,
		"key-passphrase-file": cfg.KeyPassphraseFile,
	}[option]
	b, warning, err := config.ReadPassphrase(file)
	if err != nil {
		return nil, cfg.Unusable(option, err)
	}
	if warning != "" {
		fmt.Fprintln(env.Err, "gochat:", warning)
	}
	return b, nil
}

// askAgain asks, and says if the answer before was wrong.
func askAgain(env Env, attempt int, prompt string) ([]byte, error) {
	if attempt > 1 {
		fmt.Fprintln(env.Err, "That did not open it: letters, case and spaces all count.")
	}
	return askSecret(env, prompt)
}

// attempts is how often a user may answer a question.
const attempts = 3

// newPassphrase lets a user choose a passphrase: the file's that option names,
// if it is not "", else typed twice the same.
func newPassphrase(cfg config.Config, env Env, option, prompt string) ([]byte, error) {
	if option != "" {
		return filePassphrase(cfg, env, option)
	}
	for range attempts {
		first, err := askSecret(env, prompt)
		if err != nil {
			return nil, err
		}
		if len(first) == 0 || len(first) > crypto.MaxPassphrase {
			fmt.Fprintf(env.Err, "%v.\n", crypto.ErrNoPassphrase)
			continue
		}
		again, err := askSecret(env, "The same again: ")
		if err != nil {
			return nil, err
		}
		if bytes.Equal(first, again) {
			return first, nil
		}
		fmt.Fprintln(env.Err, "The two were not the same.")
	}
	return nil, errors.New("no passphrase was chosen; nothing was changed")
}

// noPassphrase is the error for a command that needs another passphrase and has
// neither file nor terminal.
func noPassphrase(cfg config.Config, option, what string) error {
	return &config.Error{Option: "--" + option, Source: cfg.Source(option), Problem: what + ", and there is no terminal to ask at",
		Allowed: "a file that holds it, or gochat in a terminal"}
}
