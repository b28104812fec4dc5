package crypto

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// SessionKey is the secret between one registered member and one bootnode.
type SessionKey [32]byte

// NewSessionKey draws a session key.
func NewSessionKey() (k SessionKey) {
	rand.Read(k[:])
	return k
}

// Lane separates the counter spaces of one session, so that a lost relay frame
// never makes a beat look old.
type Lane byte

// The lanes of a session.
const (
	LaneControl Lane = iota
	LaneRelay
	lanes
)

// Session seals the frames of one registration in both directions, each with
// its own key, and refuses counters it has seen. Not safe for concurrent use.
type Session struct {
	send, recv cipher.AEAD
	next       [lanes]uint64
	seen       [lanes]ReplayFilter
}

// NewSession derives both directions of a session. RoleClient is the member,
// RoleServer the bootnode. Control counters begin at a random number, so that
// nobody off the path can guess the one a GONE has to echo.
func NewSession(k SessionKey, role Role) *Session {
	var up, down Key
	expand(up[:], k[:], "gochat/1 session up")
	expand(down[:], k[:], "gochat/1 session down")
	if role == RoleServer {
		up, down = down, up
	}
	var start [8]byte
	rand.Read(start[:])
	s := &Session{send: newGCM(up), recv: newGCM(down)}
	s.next[LaneControl] = binary.BigEndian.Uint64(start[:])>>2 + 1
	s.next[LaneRelay] = 1
	return s
}

// Next returns the counter for the next frame to be sealed on a lane.
func (s *Session) Next(l Lane) uint64 {
	n := s.next[l]
	s.next[l]++
	return n
}

// Counters returns the counter that Next will give on a lane and the highest
// one received on it.
func (s *Session) Counters(l Lane) (next, highest uint64) {
	return s.next[l], s.seen[l].top
}

// Seal appends the sealed plain to dst under a counter from Next; ad is bound.
func (s *Session) Seal(dst []byte, l Lane, counter uint64, plain, ad []byte) []byte {
	nonce := laneNonce(l, counter)
	return s.send.Seal(dst, nonce[:], plain, ad)
}

// Open appends the plaintext to dst if it is authentic and its counter new.
// The error is ErrSeal.
func (s *Session) Open(dst []byte, l Lane, counter uint64, sealed, ad []byte) ([]byte, error) {
	if !s.seen[l].Fresh(counter) {
		return nil, ErrSeal
	}
	nonce := laneNonce(l, counter)
	out, err := s.recv.Open(dst, nonce[:], sealed, ad)
	if err != nil {
		return nil, ErrSeal
	}
	s.seen[l].Mark(counter)
	return out, nil
}

func laneNonce(l Lane, counter uint64) (n [NonceSize]byte) {
	n[0] = byte(l)
	binary.BigEndian.PutUint64(n[4:], counter)
	return n
}

// ReplayFilter remembers which counters were seen in a window of 64 below the
// highest (RFC 4303 §3.4.3, RFC 6479). The zero value is empty; counter 0 is
// never fresh.
type ReplayFilter struct {
	top  uint64
	seen uint64 // bit i: top-i was seen
}

// Fresh reports whether a counter is new enough and not seen.
func (f *ReplayFilter) Fresh(n uint64) bool {
	if n == 0 {
		return false
	}
	if n > f.top {
		return true
	}
	d := f.top - n
	return d < 64 && f.seen>>d&1 == 0
}

// Mark records a counter whose frame was authentic.
func (f *ReplayFilter) Mark(n uint64) {
	if n > f.top {
		if d := n - f.top; d < 64 {
			f.seen <<= d
		} else {
			f.seen = 0
		}
		f.top = n
		f.seen |= 1
		return
	}
	if d := f.top - n; d < 64 {
		f.seen |= 1 << d
	}
}

// mac is HMAC-SHA256.
func mac(key []byte, parts ...[]byte) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}
