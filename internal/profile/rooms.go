package profile

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"gochat/crypto"
)

// maxRooms bounds the cache; the room not asked for longest goes first.
const maxRooms = 256

// roomCache holds room keys, which take argon2id a while to make, in the order
// of their use. A room is filed under an HMAC of its name and secret, so that
// the file shows neither.
type roomCache struct {
	key     []byte // of the HMAC
	entries []cachedRoom
}

type cachedRoom struct {
	Handle string `json:"handle"` // HMAC-SHA256 in hex
	Key    string `json:"key"`    // 32 bytes in hex
}

type roomFile struct {
	Version int          `json:"version"`
	Rooms   []cachedRoom `json:"rooms"`
}

func (c *roomCache) handle(name, secret string) string {
	h := hmac.New(sha256.New, c.key)
	// The length keeps ("ab", "c") and ("a", "bc") apart.
	h.Write(binary.AppendUvarint(nil, uint64(len(name))))
	h.Write([]byte(name + secret))
	return hex.EncodeToString(h.Sum(nil))
}

func (c *roomCache) find(handle string) int {
	for i, e := range c.entries {
		if e.Handle == handle {
			return i
		}
	}
	return -1
}

// RoomKey returns the room's key E0 if it was put here earlier.
func (p *Profile) RoomKey(name, secret string) (e0 crypto.EpochKey, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.rooms.find(p.rooms.handle(name, secret))
	if i < 0 {
		return e0, false
	}
	return p.rooms.entries[i].epochKey(), true
}

// RoomKeys returns the keys E0 of all rooms kept here, the last put first: to
// find the room that something was sealed in.
func (p *Profile) RoomKeys() []crypto.EpochKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rooms.keys()
}

func (c *roomCache) keys() (keys []crypto.EpochKey) {
	for _, e := range slices.Backward(c.entries) {
		keys = append(keys, e.epochKey())
	}
	return keys
}

func (e cachedRoom) epochKey() (e0 crypto.EpochKey) {
	hex.Decode(e0[:], []byte(e.Key)) // checked when it was read
	return e0
}

// PutRoomKey keeps the room's key for the next start.
func (p *Profile) PutRoomKey(name, secret string, e0 crypto.EpochKey) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return err
	}
	handle := p.rooms.handle(name, secret)
	rest := make([]cachedRoom, 0, len(p.rooms.entries)+1)
	for _, e := range p.rooms.entries {
		if e.Handle != handle {
			rest = append(rest, e)
		}
	}
	rest = append(rest, cachedRoom{handle, hex.EncodeToString(e0[:])})
	p.rooms.entries = rest[max(0, len(rest)-maxRooms):]
	if p.fleeting {
		return nil
	}
	if err := p.vault.writeSecret(roomsFile, p.rooms.format()); err != nil {
		return fmt.Errorf("keep the room key: %w", err)
	}
	return nil
}

func (c *roomCache) format() []byte {
	b, _ := json.Marshal(roomFile{Version: 1, Rooms: c.entries}) // strings alone: cannot fail
	return b
}

func (p *Profile) loadRooms() (damage string, err error) {
	seed := p.identity.Seed()
	p.rooms.key, err = hkdf.Key(sha256.New, seed[:], nil, "gochat/1 room cache", sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive the room cache's key: %w", err)
	}
	b, err := p.vault.readSecret(roomsFile, maxRoomFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil && !errors.Is(err, errDamaged) {
		return "", fmt.Errorf("read the room keys: %w", err)
	}
	entries, ok := parseRooms(b)
	if err != nil || !ok {
		return p.vault.moveAside(p.vault.file(roomsFile), "the next join of each room takes a moment longer")
	}
	p.rooms.entries = entries
	return "", nil
}

func parseRooms(b []byte) ([]cachedRoom, bool) {
	var f roomFile
	if json.Unmarshal(b, &f) != nil || f.Version != 1 || len(f.Rooms) > maxRooms {
		return nil, false
	}
	for _, e := range f.Rooms {
		if !isHex32(e.Handle) || !isHex32(e.Key) {
			return nil, false
		}
	}
	return f.Rooms, true
}

func isHex32(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}
