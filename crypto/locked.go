package crypto

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Data locked with a passphrase:
//
//	magic(4) "GCL1" | kind(1) | passes(4) | memory KiB(4) | lanes(1) | salt(16)
//	| nonce(12) | ciphertext | tag(16)
//
// The key is argon2id (RFC 9106) of the passphrase with the salt and the cost
// that stand in front; everything before the nonce is bound.

// LockCost is what one try at a passphrase costs, in the terms of RFC 9106.
type LockCost struct {
	Passes uint32
	Memory uint32 // KiB
	Lanes  uint8
}

// The costs that gochat locks with; docs/decisions/015-passphrase.md has the
// reasons. What locked data asks for is read from the data.
var (
	// StartCost is paid whenever a program starts.
	StartCost = LockCost{Passes: 3, Memory: 64 << 10, Lanes: 4}
	// KeepCost is paid rarely, for what may lie in a drawer for years.
	KeepCost = LockCost{Passes: 4, Memory: 256 << 10, Lanes: 4}
)

// Bounds of the cost that is paid for somebody else's data.
const (
	maxLockMemory = 512 << 10 // KiB
	maxLockWork   = 2 << 20   // passes × KiB: some seconds
	maxLockLanes  = 16
)

// LockKind says what is locked, so that one thing cannot stand for another.
type LockKind byte

// The kinds of locked data.
const (
	LockIdentity LockKind = 1 // an exported identity
	LockProfile  LockKind = 2 // the key that seals a profile
)

// MaxPassphrase bounds a passphrase in bytes.
const MaxPassphrase = 4096

// The reasons why data is not locked or unlocked.
var (
	// ErrPassphrase says that locked data does not open. A wrong passphrase
	// and damage look alike: the same seal notices both.
	ErrPassphrase = errors.New("the passphrase is wrong or the data is damaged " +
		"(letters, case and spaces all count; is the keyboard layout the one you chose it with?)")
	// ErrNotLocked says that data was not made by Lock, or for another purpose.
	ErrNotLocked = errors.New("not data that this gochat locked with a passphrase")
	// ErrNoPassphrase says that a passphrase is empty or longer than MaxPassphrase.
	ErrNoPassphrase = fmt.Errorf("a passphrase has 1 to %d bytes", MaxPassphrase)
)

const (
	lockMagic  = "GCL1"
	lockSalt   = 16
	lockHeader = len(lockMagic) + 1 + 4 + 4 + 1 + lockSalt
)

// LockOverhead is what Lock adds.
const LockOverhead = lockHeader + SealOverhead

// Lock seals plain under a passphrase, taken byte for byte but for one line end
// behind it, which files have and keyboards do not. It takes the time and
// memory of the cost. The error is ErrNoPassphrase.
func Lock(kind LockKind, passphrase, plain []byte, cost LockCost) ([]byte, error) {
	passphrase, err := trimPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, LockOverhead+len(plain)), lockMagic...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint32(b, cost.Passes)
	b = binary.BigEndian.AppendUint32(b, cost.Memory)
	b = append(b, cost.Lanes)
	b = b[:lockHeader]
	salt := b[lockHeader-lockSalt:]
	rand.Read(salt)
	return cost.box(passphrase, salt).Seal(b, plain, b), nil
}

// Unlock opens what Lock made, as often as wanted. The errors are ErrPassphrase,
// ErrNotLocked and ErrNoPassphrase.
func Unlock(kind LockKind, passphrase, locked []byte) ([]byte, error) {
	passphrase, err := trimPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	head, ok := bytes.CutPrefix(locked, []byte(lockMagic))
	if !ok || len(locked) < LockOverhead || LockKind(head[0]) != kind {
		return nil, ErrNotLocked
	}
	cost := LockCost{binary.BigEndian.Uint32(head[1:]), binary.BigEndian.Uint32(head[5:]), head[9]}
	if !cost.bearable() {
		return nil, ErrPassphrase
	}
	header := locked[:lockHeader]
	plain, err := cost.box(passphrase, header[lockHeader-lockSalt:]).Open(nil, locked[lockHeader:], header)
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}

func (c LockCost) box(passphrase, salt []byte) Box {
	return NewBox(Key(argon2.IDKey(passphrase, salt, c.Passes, c.Memory, c.Lanes, KeySize)))
}

// bearable keeps hostile data from asking for gigabytes or hours. Memory below
// 8 KiB a lane is none of argon2's (RFC 9106 §3.1).
func (c LockCost) bearable() bool {
	return c.Passes > 0 && c.Lanes > 0 && c.Lanes <= maxLockLanes &&
		c.Memory >= 8*uint32(c.Lanes) && c.Memory <= maxLockMemory &&
		uint64(c.Passes)*uint64(c.Memory) <= maxLockWork
}

func trimPassphrase(b []byte) ([]byte, error) {
	if line, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		b = bytes.TrimSuffix(line, []byte("\r"))
	}
	if len(b) == 0 || len(b) > MaxPassphrase {
		return nil, ErrNoPassphrase
	}
	return b, nil
}
