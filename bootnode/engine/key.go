package engine

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/nats-io/nkeys"

	"gochat/crypto"
)

// NodeKey is the key that a node is known by.
type NodeKey struct {
	private ed25519.PrivateKey
	id      crypto.NodeID
}

// NewNodeKey makes the key of a 32-byte seed.
func NewNodeKey(seed [ed25519.SeedSize]byte) *NodeKey {
	private := ed25519.NewKeyFromSeed(seed[:])
	return &NodeKey{private: private, id: crypto.NodeID(private.Public().(ed25519.PublicKey))}
}

// ID is the public key.
func (k *NodeKey) ID() crypto.NodeID { return k.id }

const maxKeyFile = 4096

// ErrKeyFile is what is wrong with a node key's file, other than reading it.
var ErrKeyFile = errors.New("not a node key")

// LoadNodeKey reads the key in a file, or makes both. The file holds the seed of
// a user's nkey, SU…, as the tool nk of NATS writes it; comments begin with #.
func LoadNodeKey(path string) (*NodeKey, error) {
	k, err := readNodeKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := createNodeKey(path); err != nil {
		return nil, fmt.Errorf("make the node key: %w", err)
	}
	return readNodeKey(path)
}

func readNodeKey(path string) (*NodeKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the node key: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the node key: %w", err)
	}
	// Windows keeps access lists that these bits do not show.
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the node key %s can be read by other users of this machine, so it may be known to them; "+
			"if you trust them, run: chmod 600 %q", path, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the node key: %w", err)
	}
	k, err := parseNodeKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s is %w: put back a copy of it, or move it away to get a new key, which other bootnodes will not know", path, err)
	}
	return k, nil
}

// parseNodeKey reads the one line of a key file that is not a comment.
func parseNodeKey(b []byte) (*NodeKey, error) {
	if len(b) > maxKeyFile {
		return nil, ErrKeyFile
	}
	var found *NodeKey
	for line := range bytes.Lines(b) {
		line, _, _ = bytes.Cut(line, []byte("#"))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		prefix, raw, err := nkeys.DecodeSeed(line)
		if err != nil || prefix != nkeys.PrefixByteUser || len(raw) != ed25519.SeedSize || found != nil {
			return nil, ErrKeyFile
		}
		found = NewNodeKey([ed25519.SeedSize]byte(raw))
	}
	if found == nil {
		return nil, ErrKeyFile
	}
	return found, nil
}

// createNodeKey writes a new key beside the path and moves it there, so that a
// file under that name is always whole.
func createNodeKey(path string) error {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	seed, err := pair.Seed()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(seed, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
