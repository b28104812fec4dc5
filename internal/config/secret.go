package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"gochat/crypto"
)

var (
	errTooLong    = errors.New("too long")
	errNotRegular = errors.New("not a regular file")
)

// readBounded reads a file of at most limit bytes; errTooLong if it has more.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAtMost(f, limit)
}

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLong
	}
	return b, err
}

// cause is what went wrong without the path, which the message has already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}

// readSecrets gives each room its secret. With one room a value is the secret,
// or the file, as it stands; with several it has to say whose.
func (c *Config) readSecrets() error {
	if len(c.Rooms) <= 1 {
		return c.readOneSecret()
	}
	if c.Source("secret-file").Kind != Flag {
		c.secretFiles = strings.Split(strings.Join(c.secretFiles, ","), ",")
	}
	for _, text := range c.secrets {
		r, secret, err := c.owner("secret", "TEXT", text)
		if err != nil {
			return err
		}
		if r.Secret, err = c.checkedSecret(secret); err != nil {
			return err
		}
	}
	for _, text := range c.secretFiles {
		if strings.TrimSpace(text) == "" {
			continue
		}
		r, file, err := c.owner("secret-file", "FILE", strings.TrimSpace(text))
		if err != nil {
			return err
		}
		if r.Secret, err = c.fileSecret(file); err != nil {
			return err
		}
	}
	return nil
}

// readOneSecret reads the secret of the one room, if there is any.
func (c *Config) readOneSecret() (err error) {
	secret := ""
	switch {
	case len(c.secrets)+len(c.secretFiles) > 1 && len(c.secretFiles) > 0:
		return c.conflict("secret-file", "the secret is given twice, here and as "+c.Source("secret").String(),
			"one of --secret and --secret-file")
	case len(c.secrets) > 1:
		return c.conflict("secret", "the secret is given twice", "one --secret")
	case len(c.secrets) == 1:
		secret, err = c.checkedSecret(c.secrets[0])
	case len(c.secretFiles) == 1:
		secret, err = c.fileSecret(c.secretFiles[0])
	}
	if len(c.Rooms) == 1 {
		c.Rooms[0].Secret = secret
	}
	return err
}

// owner finds the room whose name stands before the secret or file.
func (c *Config) owner(option, arg, text string) (owner *Room, rest string, err error) {
	for i := range c.Rooms {
		r := &c.Rooms[i]
		after, ok := strings.CutPrefix(text, r.Name+"=")
		if ok && (owner == nil || len(r.Name) > len(owner.Name)) {
			owner, rest = r, after
		}
	}
	form := "--" + option + " ROOM=" + arg
	switch {
	case owner == nil:
		return nil, "", c.conflict(option, "there are several rooms, and it does not say for which it is",
			form+", where ROOM is one of "+strings.Join(c.roomNames(), ", "))
	case rest == "":
		return nil, "", c.conflict(option, "nothing is given for the room "+quote(owner.Name), form)
	case owner.Secret != "":
		return nil, "", c.conflict(option, "the room "+quote(owner.Name)+" has a secret already", "one for each room")
	}
	return owner, rest, nil
}

func (c *Config) checkedSecret(secret string) (string, error) {
	if err := CheckSecret(secret); err != nil {
		return "", c.conflict("secret", err.Error(), secretsAllowed)
	}
	return secret, nil
}

func (c *Config) fileSecret(file string) (string, error) {
	secret, warning, err := ReadSecret(file)
	if err != nil {
		return "", c.conflict("secret-file", err.Error(), "a readable file with "+secretsAllowed)
	}
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	return secret, nil
}

// ReadSecret reads a secret file. The warning, if there is one, tells who else
// may read it.
func ReadSecret(file string) (secret, warning string, err error) {
	b, err := readBounded(file, maxSecretFile)
	if err != nil {
		return "", "", errors.New("cannot be read: " + cause(err))
	}
	secret = strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if secret == "" {
		return "", "", errors.New("holds no secret")
	}
	if err := CheckSecret(secret); err != nil {
		return "", "", err
	}
	return secret, warnReadable("secret", file), nil
}

// ReadPassphrase reads a file with a passphrase, with the line end behind it that
// package crypto leaves out. The warning is as of ReadSecret.
func ReadPassphrase(file string) (passphrase []byte, warning string, err error) {
	b, err := readBounded(file, crypto.MaxPassphrase+2)
	if err != nil {
		return nil, "", errors.New("cannot be read: " + cause(err))
	}
	if len(bytes.TrimRight(b, "\r\n")) == 0 {
		return nil, "", errors.New("holds no passphrase")
	}
	return b, warnReadable("passphrase", file), nil
}

// checkPassphraseFile refuses a file that cannot be read, also for a profile that
// turns out to need none: who named it thinks it has a passphrase. A pipe can be
// read only once, so it is left alone.
func (c *Config) checkPassphraseFile() error {
	if c.PassphraseFile == "" || c.Mode != Client {
		return nil
	}
	st, err := os.Stat(c.PassphraseFile)
	if err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		return nil
	}
	if err == nil {
		_, _, err = ReadPassphrase(c.PassphraseFile)
	} else {
		err = errors.New("cannot be read: " + cause(err))
	}
	if err != nil {
		return c.Unusable("passphrase-file", err)
	}
	return nil
}

// warnReadable warns of a file that others may read.
func warnReadable(what, file string) string {
	st, err := os.Stat(file)
	// Windows keeps access lists that these bits do not show; a pipe has one reader.
	if err != nil || !st.Mode().IsRegular() || st.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows" {
		return ""
	}
	return "other users of this machine may read the " + what + " file; run: chmod 600 " + quote(file)
}
