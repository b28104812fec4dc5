package profile

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// seedEncoding writes secrets in lower-case base32, as keys are written.
var seedEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// A seed file is one line, "gochat <kind> 1 <base32>", of the 32-byte secret
// followed by 4 bytes of SHA-256 over what stands before them and the kind. The
// checksum tells a damaged file from another identity, which would be taken
// for a stranger.
func formatSeed(kind string, seed [32]byte) []byte {
	sum := seedSum(kind, seed[:])
	return []byte("gochat " + kind + " 1 " + seedEncoding.EncodeToString(append(seed[:], sum[:4]...)) + "\n")
}

func parseSeed(kind string, b []byte) (seed [32]byte, ok bool) {
	text, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gochat "+kind+" 1 ")
	raw, err := seedEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != len(seed)+4 {
		return seed, false
	}
	copy(seed[:], raw)
	sum := seedSum(kind, seed[:])
	return seed, string(sum[:4]) == string(raw[len(seed):])
}

func seedSum(kind string, seed []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte("gochat "+kind+"\x00"), seed...))
}

// loadSeed reads a secret, or makes it.
func (f folder) loadSeed(name, kind string) (seed [32]byte, err error) {
	seed, err = f.readSeed(name, kind)
	if !errors.Is(err, os.ErrNotExist) {
		return seed, err
	}
	rand.Read(seed[:]) // never fails (crypto/rand)
	if err := f.write(name, formatSeed(kind, seed)); err != nil {
		return seed, fmt.Errorf("keep the %s: %w", kind, err)
	}
	return seed, nil
}

// readSeed reads a secret that only its owner may read; os.ErrNotExist if there
// is none.
func (f folder) readSeed(name, kind string) (seed [32]byte, err error) {
	path := f.join(name)
	file, err := os.Open(path)
	if err != nil {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	// Windows keeps access lists that these bits do not show.
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return seed, fmt.Errorf("the %s %s can be read by other users of this machine, so it may be known to them; "+
			"if you trust them, run: chmod 600 %q", kind, path, path)
	}
	b, err := readAll(file, maxSeedFile)
	if err != nil && !errors.Is(err, errDamaged) {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	if err == nil {
		if seed, ok := parseSeed(kind, b); ok {
			return seed, nil
		}
	}
	return [32]byte{}, damagedSeed(kind, path)
}

func damagedSeed(kind, path string) error {
	return fmt.Errorf("the %s %s is %w: put back a copy of it, or move it away to get a new key, "+
		"which others will take for a stranger's", kind, path, errDamaged)
}
