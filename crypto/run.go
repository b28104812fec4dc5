package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrRunKey says that bytes are no usable X25519 public key.
var ErrRunKey = errors.New("not a usable X25519 key")

// RunPublic is the public half of a process run's X25519 key.
type RunPublic [32]byte

// RunKey is the X25519 key of one process run (RFC 7748). Probe keys and the
// bootnode session depend on it, so they die with the process.
type RunKey struct {
	priv *ecdh.PrivateKey
	pub  RunPublic
}

// NewRunKey makes a fresh run key.
func NewRunKey() (*RunKey, error) {
	priv, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make run key: %w", err)
	}
	return &RunKey{priv, RunPublic(priv.PublicKey().Bytes())}, nil
}

// RunKeyFromSeed rebuilds a run key from 32 bytes (a bootnode's key file).
func RunKeyFromSeed(seed [32]byte) (*RunKey, error) {
	priv, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return &RunKey{priv, RunPublic(priv.PublicKey().Bytes())}, nil
}

// Public is the public half.
func (k *RunKey) Public() RunPublic { return k.pub }

// String is the key in lower-case base32, as a user writes a bootnode's key.
func (p RunPublic) String() string { return keyEncoding.EncodeToString(p[:]) }

// ParseRunPublic reads what RunPublic.String writes. The error is ErrKeyFormat.
func ParseRunPublic(s string) (RunPublic, error) {
	k, err := ParsePublicKey(s)
	return RunPublic(k), err
}

// shared is the X25519 result; it refuses low-order points.
func (k *RunKey) shared(peer RunPublic) ([]byte, error) {
	pub, err := ecdh.X25519().NewPublicKey(peer[:])
	if err != nil {
		return nil, ErrRunKey
	}
	s, err := k.priv.ECDH(pub)
	if err != nil {
		return nil, ErrRunKey
	}
	return s, nil
}

// SessionID names a registration: the first 8 bytes of
// SHA-256(run key ‖ room tag). Who does not hold the run key cannot register
// under it, and members check it against the run key in the announcement.
type SessionID [8]byte

// NewSessionID computes the id of a run key in a room.
func NewSessionID(run RunPublic, tag RoomTag) SessionID {
	h := sha256.Sum256(append(run[:], tag[:]...))
	return SessionID(h[:8])
}

// Hint is the clear mark by which a receiver finds the key of a probe.
type Hint [8]byte

// ProbeKeys are one pair's keys for sealed probes, one for each direction.
type ProbeKeys struct {
	SendHint, RecvHint Hint
	Send, Recv         Box
}

// NewProbeKeys derives the probe keys between own and peer in one room:
// HKDF(X25519(own run key, peer's run key), room disco key), split by direction.
func NewProbeKeys(own *RunKey, peer RunPublic, room *RoomKeys) (*ProbeKeys, error) {
	secret, err := own.shared(peer)
	if err != nil {
		return nil, err
	}
	prk := mac(room.Disco[:], secret)
	lowFirst := bytes.Compare(own.pub[:], peer[:]) < 0
	k := &ProbeKeys{}
	k.Send, k.SendHint = probeDirection(prk, lowFirst)
	k.Recv, k.RecvHint = probeDirection(prk, !lowFirst)
	return k, nil
}

func probeDirection(prk []byte, fromLow bool) (Box, Hint) {
	key, hint := "gochat/1 probe high", "gochat/1 probe high hint"
	if fromLow {
		key, hint = "gochat/1 probe low", "gochat/1 probe low hint"
	}
	var k Key
	var h Hint
	expand(k[:], prk, key)
	expand(h[:], prk, hint)
	return NewBox(k), h
}
