// Package invite is the codec of invites: one line that carries all a friend
// needs to join a room.
//
//	gochat:aeag2aijnrxwe…
//
// Behind "gochat:" stand bytes in base32, without padding:
//
//	version(1) | length(2, of all, big endian) | fields | sum(4)
//	field: kind(1) | length(2) | value
//
// The sum is the beginning of SHA-256 of all before it. Fields come in the order
// of their kinds; a kind that is not known is passed over, and what an older
// gochat must not pass over takes another version.
//
// It knows no file, network or room: whether a name or an address may be used is
// for internal/config to say. An address with a letter in it that no address has
// is refused here, since addresses become part of what is printed.
package invite

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gochat/crypto"
)

// Scheme begins every invite.
const Scheme = "gochat:"

// Version is the one version there is.
const Version = 1

// The limits of an invite.
const (
	MaxBootnodes = 8
	MaxAddress   = 512     // bytes of a bootnode's address
	MaxValue     = 1024    // bytes of one field
	MaxBytes     = 4 << 10 // of an invite before base32
	MaxText      = 16 << 10
)

// The kinds of fields.
const (
	kindRoom     = 1
	kindSecret   = 2
	kindBootnode = 3 // key(32, zero: unknown) | address; repeated
	kindInviter  = 4
	kindNick     = 5
	kindToken    = 6
)

const (
	headLen = 3
	sumLen  = 4
	fieldLn = 3

	headLetters = 5 // the least with a whole head in them
)

// Bootnode is a bootnode to meet at.
type Bootnode struct {
	Address string
	Key     crypto.RunPublic // zero: not known
}

// Invite is what a friend needs to join a room.
type Invite struct {
	Room      string
	Secret    string           // "": an open room
	Bootnodes []Bootnode       // empty: the room is met on its own network only
	Inviter   crypto.PublicKey // zero: not told
	Nick      string           // of the inviter; "": not told
	Token     string           // for bootnodes that take only those they invited; "": none
}

// The errors of Parse. Each says what to do.
var (
	ErrNone    = errors.New("that is no invite; one looks like " + Scheme + "…")
	ErrGarbled = errors.New("the invite is mistyped somewhere; copy the whole line again")
	ErrCut     = errors.New("the invite is cut off; copy the whole line, to its last letter")
	ErrNewer   = errors.New("the invite was made by a newer gochat; update this one to read it")
	ErrTooLong = errors.New("that is longer than an invite can be")
	// ErrUnsound is of one that was copied right, by its sum: copying it again helps nobody.
	ErrUnsound = errors.New("the invite is copied right, but was made wrong; ask who sent it for another one, of gochat invite")
)

// What can be wrong with the fields of an invite.
var (
	errFields    = errors.New("its fields cannot be told apart")
	errNoRoom    = errors.New("it names no room")
	errInviter   = errors.New("the key of who invites is none")
	errBootnode  = errors.New("it names a bootnode without an address")
	errAddress   = errors.New("it names a bootnode by what no address is")
	errBootnodes = fmt.Errorf("it names more than %d bootnodes", MaxBootnodes)
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String is the line. It is "" for what is too long, has too many bootnodes or
// one by what is no address, which nothing that gochat accepts as a setting is.
func (v Invite) String() string {
	b := []byte{Version, 0, 0}
	ok := len(v.Bootnodes) <= MaxBootnodes
	add := func(kind byte, value []byte) {
		if len(value) == 0 {
			return
		}
		ok = ok && len(value) <= MaxValue
		b = append(b, kind, byte(len(value)>>8), byte(len(value)))
		b = append(b, value...)
	}
	add(kindRoom, []byte(v.Room))
	add(kindSecret, []byte(v.Secret))
	for _, n := range v.Bootnodes {
		ok = ok && isAddress(n.Address)
		add(kindBootnode, append(slices.Clone(n.Key[:]), n.Address...))
	}
	if !v.Inviter.IsZero() {
		add(kindInviter, v.Inviter[:])
	}
	add(kindNick, []byte(v.Nick))
	add(kindToken, []byte(v.Token))
	total := len(b) + sumLen
	if !ok || v.Room == "" || total > MaxBytes {
		return ""
	}
	binary.BigEndian.PutUint16(b[1:], uint16(total))
	return Scheme + encoding.EncodeToString(append(b, sum(b)...))
}

// Parse reads an invite, wherever it stands in a text that is not much longer:
// the words before it, spaces, line ends and quotation marks in it do not matter,
// nor do capitals, nor 0 and 1 for the letters they look like.
func Parse(text string) (Invite, error) {
	if len(text) > MaxText {
		return Invite{}, ErrTooLong
	}
	b, err := decode(text)
	if err != nil {
		return Invite{}, err
	}
	return parse(b)
}

// decode takes the line down to its bytes.
func decode(text string) ([]byte, error) {
	lower := strings.ToLower(text)
	at := strings.Index(lower, Scheme)
	if at < 0 {
		return nil, ErrNone
	}
	var kept strings.Builder
	for _, r := range lower[at+len(Scheme):] {
		switch {
		case r >= 'a' && r <= 'z' || r >= '2' && r <= '7':
			kept.WriteRune(r)
		case r == '0':
			kept.WriteByte('o')
		case r == '1':
			kept.WriteByte('l')
		case strings.ContainsRune(" \t\r\n\"'`‘’“”", r):
		default:
			return nil, fmt.Errorf("%w (there is no %q in one)", ErrGarbled, r)
		}
	}
	letters := kept.String()
	if len(letters) < headLetters {
		return nil, ErrCut
	}
	if n := letterCount(letters); n > 0 && len(letters) < n {
		return nil, fmt.Errorf("%w (%d of %d letters are there)", ErrCut, len(letters), n)
	}
	b, err := encoding.DecodeString(letters)
	if err != nil || encoding.EncodeToString(b) != letters {
		return nil, ErrGarbled
	}
	return b, nil
}

// letterCount is how many letters the invite says it has, by its head; 0 if no
// invite has so many.
func letterCount(letters string) int {
	head, err := encoding.DecodeString(letters[:headLetters])
	if err != nil {
		return 0
	}
	n := int(binary.BigEndian.Uint16(head[1:]))
	if n < headLen+sumLen || n > MaxBytes {
		return 0
	}
	return encoding.EncodedLen(n)
}

func parse(b []byte) (v Invite, err error) {
	if len(b) < headLen+sumLen || len(b) > MaxBytes || int(binary.BigEndian.Uint16(b[1:])) != len(b) {
		return v, ErrGarbled
	}
	body, check := b[:len(b)-sumLen], b[len(b)-sumLen:]
	switch {
	case !bytes.Equal(sum(body), check):
		return v, ErrGarbled
	case b[0] > Version:
		return v, ErrNewer
	case b[0] != Version:
		return v, unsound(fmt.Errorf("there is no version %d", b[0]))
	}
	last := byte(0)
	for rest := body[headLen:]; len(rest) > 0; {
		if len(rest) < fieldLn {
			return Invite{}, unsound(errFields)
		}
		kind, n := rest[0], int(binary.BigEndian.Uint16(rest[1:]))
		rest = rest[fieldLn:]
		if n > len(rest) || n == 0 || n > MaxValue || kind < last || kind == last && kind != kindBootnode {
			return Invite{}, unsound(errFields)
		}
		if err := v.take(kind, rest[:n]); err != nil {
			return Invite{}, unsound(err)
		}
		last, rest = kind, rest[n:]
	}
	if v.Room == "" {
		return Invite{}, unsound(errNoRoom)
	}
	return v, nil
}

func unsound(what error) error { return fmt.Errorf("%w (%w)", ErrUnsound, what) }

// take puts one field where it belongs.
func (v *Invite) take(kind byte, value []byte) error {
	switch kind {
	case kindRoom:
		v.Room = string(value)
	case kindSecret:
		v.Secret = string(value)
	case kindBootnode:
		switch {
		case len(value) <= len(crypto.RunPublic{}):
			return errBootnode
		case len(v.Bootnodes) == MaxBootnodes:
			return errBootnodes
		}
		n := Bootnode{Address: string(value[len(crypto.RunPublic{}):])}
		if !isAddress(n.Address) {
			return errAddress
		}
		copy(n.Key[:], value)
		v.Bootnodes = append(v.Bootnodes, n)
	case kindInviter:
		copy(v.Inviter[:], value)
		if len(value) != len(v.Inviter) || v.Inviter.IsZero() {
			return errInviter
		}
	case kindNick:
		v.Nick = string(value)
	case kindToken:
		v.Token = string(value)
	}
	return nil
}

// isAddress reports whether all the letters are of those that HOST:PORT and URLs
// are written with: none that a terminal obeys, and no space.
func isAddress(s string) bool {
	return s != "" && len(s) <= MaxAddress && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:sumLen]
}
