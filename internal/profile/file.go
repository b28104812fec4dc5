package profile

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	maxSeedFile = 1 << 10
	maxRunFile  = 64
	maxRoomFile = 1 << 20
	maxPinFile  = 32 << 20
)

var errDamaged = errors.New("damaged")

// readFile reads a file of at most limit bytes; a longer one is errDamaged.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, limit)
}

func readAll(f *os.File, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is over %d bytes: %w", f.Name(), limit, errDamaged)
	}
	return b, err
}

// writeFile puts b in place of the file so that after a crash either the old
// content or all of the new is there. The lock keeps other writers out; a
// temporary file left by a crash is overwritten. O_EXCL after the removal
// keeps a planted link from being followed.
func writeFile(path string, b []byte) error {
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename durable. Windows cannot sync a directory.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// moveAside keeps a damaged file for a person to look at and says so; what an
// earlier damage left there is replaced.
func moveAside(path, consequence string) (string, error) {
	aside := path + ".damaged"
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s was damaged and is kept as %s; %s", path, filepath.Base(aside), consequence), nil
}

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

// loadSeed reads a secret that only its owner may read, or makes it.
func loadSeed(path, kind string) (seed [32]byte, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		rand.Read(seed[:]) // never fails (crypto/rand)
		if err := writeFile(path, formatSeed(kind, seed)); err != nil {
			return seed, fmt.Errorf("keep the %s: %w", kind, err)
		}
		return seed, nil
	}
	if err != nil {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	// Windows keeps access lists that these bits do not show.
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return seed, fmt.Errorf("the %s %s can be read by other users of this machine, so it may be known to them; "+
			"if you trust them, run: chmod 600 %q", kind, path, path)
	}
	b, err := readAll(f, maxSeedFile)
	if err != nil && !errors.Is(err, errDamaged) {
		return seed, fmt.Errorf("read the %s: %w", kind, err)
	}
	if err == nil {
		if seed, ok := parseSeed(kind, b); ok {
			return seed, nil
		}
	}
	return [32]byte{}, fmt.Errorf("the %s %s is %w: put back a copy of it, or move it away to get a new key, "+
		"which others will take for a stranger's", kind, path, errDamaged)
}
