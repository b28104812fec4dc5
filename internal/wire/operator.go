package wire

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"gochat/crypto"
)

// TextKind says what a TEXT is. Unknown ones are skipped.
type TextKind byte

// The kinds of texts. MOTD and notice are told apart by their ids, which a
// member repeats in its beats: what it has not got comes again.
const (
	TextMOTD   TextKind = 1 // the operator's greeting
	TextNotice TextKind = 2 // to all who are here
	TextReason TextKind = 3 // why the registration ends; a BYE follows
)

// MaxText is how many bytes of an operator's words a TEXT holds.
const MaxText = 1000

// Text is the body of a TEXT: words of the bootnode's operator. They are the
// words of a stranger and may hold anything.
type Text struct {
	Kind TextKind
	ID   uint32 // of a greeting, or of a notice, whose ids rise; 0 for a reason
	Text string // 1 to MaxText bytes of UTF-8
}

// Append writes the body.
func (f Text) Append(b []byte) []byte {
	b = append(b, byte(f.Kind))
	return append16(binary.BigEndian.AppendUint32(b, f.ID), []byte(f.Text))
}

// ParseText reads the body of a TEXT.
func ParseText(b []byte) (f Text, err error) {
	c := cursor{b: b}
	f.Kind = TextKind(c.u8())
	f.ID = c.u32()
	f.Text = string(c.bytes16(MaxText))
	if !c.done() || f.Text == "" || !utf8.ValidString(f.Text) {
		return Text{}, ErrFrame
	}
	return f, nil
}

// Alternative is another bootnode to go to.
type Alternative struct {
	Address string           // HOST:PORT or the URL of a WebSocket, as a user writes it
	Key     crypto.RunPublic // zero: not known
}

// MaxAlternatives and MaxAlternative bound how many bootnodes are named, and the
// bytes of one's address.
const (
	MaxAlternatives = 4
	MaxAlternative  = 200
)

// Moved is the body of a MOVED: the bootnode is about to stop, or, called off,
// stays after all.
type Moved struct {
	CalledOff bool
	Seconds   uint16 // until it stops
	Elsewhere []Alternative
}

const movedCalledOff = 1

// Append writes the body.
func (f Moved) Append(b []byte) []byte {
	var flags byte
	if f.CalledOff {
		flags |= movedCalledOff
	}
	b = binary.BigEndian.AppendUint16(append(b, flags), f.Seconds)
	return appendAlternatives(b, f.Elsewhere)
}

// ParseMoved reads the body of a MOVED.
func ParseMoved(b []byte) (f Moved, err error) {
	c := cursor{b: b}
	flags := c.u8()
	f.CalledOff = flags&movedCalledOff != 0
	f.Seconds = c.u16()
	f.Elsewhere = c.alternatives()
	if !c.done() || flags&^movedCalledOff != 0 {
		return Moved{}, ErrFrame
	}
	return f, nil
}

// appendAlternatives writes at most MaxAlternatives; an address that is none
// (see ValidAlternative) is left out.
func appendAlternatives(b []byte, list []Alternative) []byte {
	at := len(b)
	b = append(b, 0)
	for _, a := range list {
		if b[at] == MaxAlternatives || !ValidAlternative(a.Address) {
			continue
		}
		b[at]++
		b = append(append(b, byte(len(a.Address))), a.Address...)
		b = append(b, a.Key[:]...)
	}
	return b
}

func (c *cursor) alternatives() (list []Alternative) {
	n := int(c.u8())
	c.bad = c.bad || n > MaxAlternatives
	for range n {
		if c.bad {
			return nil
		}
		a := Alternative{Address: string(c.take(int(c.u8())))}
		c.copy(a.Key[:])
		c.bad = c.bad || !ValidAlternative(a.Address)
		list = append(list, a)
	}
	return list
}

// ValidAlternative reports whether a text may stand for the address of a
// bootnode; whether it is one, who reads it finds out.
func ValidAlternative(s string) bool {
	return s != "" && len(s) <= MaxAlternative && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
}
