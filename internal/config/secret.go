package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

var errTooLong = errors.New("too long")

// readBounded reads a file of at most limit bytes; errTooLong if it has more.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
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

// readSecret fills Secret from the secret file, if one is named.
func (c *Config) readSecret() error {
	if c.SecretFile == "" {
		return nil
	}
	if c.Secret != "" {
		return c.conflict("secret-file", "the secret is given twice, here and as "+c.Source("secret").String(),
			"one of --secret and --secret-file")
	}
	b, err := readBounded(c.SecretFile, maxSecretFile)
	if err != nil {
		return c.secretError("cannot be read: " + cause(err))
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if secret == "" {
		return c.secretError("holds no secret")
	}
	if err := checkSecret(secret); err != nil {
		return c.secretError(err.Error())
	}
	c.Secret = secret
	// Windows keeps access lists that these bits do not show.
	if st, err := os.Stat(c.SecretFile); err == nil && st.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"other users of this machine may read the secret file; run: chmod 600 %s", quote(c.SecretFile)))
	}
	return nil
}

func (c *Config) secretError(problem string) error {
	return c.conflict("secret-file", problem, "a readable file with "+secretsAllowed)
}
