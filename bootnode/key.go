package bootnode

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gochat/crypto"
)

// keyPrefix begins a key file: one line, the rest of it the key's 32-byte seed
// in hexadecimal.
const keyPrefix = "gochat bootnode key 1 "

// LoadOrCreateKey reads a bootnode's key, or makes one where there is no file;
// created tells which. Only its owner may be able to read the file.
func LoadOrCreateKey(path string) (key *crypto.RunKey, created bool, err error) {
	key, err = loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	key, err = createKey(path)
	if errors.Is(err, fs.ErrExist) { // somebody was faster
		key, err = loadKey(path)
		return key, false, err
	}
	return key, err == nil, err
}

func loadKey(path string) (*crypto.RunKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the bootnode's key: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the bootnode's key: %w", err)
	}
	// Windows keeps access lists that these bits do not show.
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the bootnode's key %s can be read by other users of this machine, so it may be known to them; "+
			"if you trust them, run: chmod 600 %q", path, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return nil, fmt.Errorf("read the bootnode's key: %w", err)
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(b)), keyPrefix)
	seed, err := hex.DecodeString(text)
	if !ok || err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("the bootnode's key %s is damaged: put back a copy of it, or move it away to get a new key, "+
			"of which members will be warned", path)
	}
	return crypto.RunKeyFromSeed([32]byte(seed))
}

func createKey(path string) (*crypto.RunKey, error) {
	var seed [32]byte
	rand.Read(seed[:]) // never fails (crypto/rand)
	key, err := crypto.RunKeyFromSeed(seed)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("keep the bootnode's key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the bootnode's key: %w", err)
	}
	_, err = f.WriteString(keyPrefix + hex.EncodeToString(seed[:]) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path) // half a key would be taken for a damaged one
		return nil, fmt.Errorf("keep the bootnode's key: %w", err)
	}
	return key, nil
}
