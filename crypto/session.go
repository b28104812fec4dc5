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

// Session seals the frames of one registration in both directions and refuses
// counters it has seen. One key serves both: the nonce says which way a frame
// goes, so no two frames share one. Not safe for concurrent use.
//
// It prepares its cipher when it first needs it. That is ten times as large as
// all the rest, so whoever holds very many sessions lets those Rest that have
// nothing to do.
type Session struct {
	key   Key
	ready cipher.AEAD // nil: not prepared
	next  [lanes]uint64
	seen  [lanes]ReplayFilter
	sends direction
}

// direction is the way a frame goes, as it stands in the nonce.
type direction byte

// The directions.
const (
	up   direction = iota // from a member to its bootnode
	down                  // from a bootnode to a member
)

// NewSession derives a session. RoleClient is the member, RoleServer the
// bootnode. Control counters begin at a random number, so that nobody off the
// path can guess the one a GONE has to echo.
func NewSession(k SessionKey, role Role) *Session {
	s := &Session{sends: up}
	if role == RoleServer {
		s.sends = down
	}
	expand(s.key[:], k[:], "gochat/1 session")
	var start [8]byte
	rand.Read(start[:])
	s.next[LaneControl] = binary.BigEndian.Uint64(start[:])>>2 + 1
	s.next[LaneRelay] = 1
	return s
}

// Ready reports whether the cipher is prepared.
func (s *Session) Ready() bool { return s.ready != nil }

// Rest frees the cipher; it is prepared anew when it is needed.
func (s *Session) Rest() { s.ready = nil }

func (s *Session) cipher() cipher.AEAD {
	if s.ready == nil {
		s.ready = newGCM(s.key)
	}
	return s.ready
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
	nonce := sessionNonce(l, s.sends, counter)
	return s.cipher().Seal(dst, nonce[:], plain, ad)
}

// Open appends the plaintext to dst if it is authentic and its counter new.
// The error is ErrSeal.
func (s *Session) Open(dst []byte, l Lane, counter uint64, sealed, ad []byte) ([]byte, error) {
	if !s.seen[l].Fresh(counter) {
		return nil, ErrSeal
	}
	nonce := sessionNonce(l, s.sends^1, counter)
	out, err := s.cipher().Open(dst, nonce[:], sealed, ad)
	if err != nil {
		return nil, ErrSeal
	}
	s.seen[l].Mark(counter)
	return out, nil
}

func sessionNonce(l Lane, d direction, counter uint64) (n [NonceSize]byte) {
	n[0], n[1] = byte(l), byte(d)
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
