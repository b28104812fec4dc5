package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"gochat/crypto"
)

// The signed record: the only thing a room replicates.
//
//	ver 1 | type 1 | author 32 | chain uvarint | seq uvarint | clk 6 | prev 32
//	| n 1 | n × parent 32 | [ target 32 ] | ttl uvarint | bodyLen uvarint | bodyHash 32 | sig 64
//	| has 1 | [ salt 16 | body bodyLen ]            (the part after sig is no part of the id)
//
// The highest bit of n says that there is a target: the record that an edit, a
// delete or a reaction is about. It stands in the header, so that what a record
// does to another is known without bodies, and remains known when they are dropped.
//
// sig is Ed25519 over RecordContext and roomID ‖ everything before sig; the id
// is SHA-256 of everything up to and including sig; bodyHash is SHA-256(salt ‖ body).
// Numbers are minimal LEB128 uvarints, clk is big-endian, parents are strictly
// ascending: one record has one encoding.
const (
	RecordVersion   = 1
	RecordContext   = "gochat/rec/1"
	MaxParents      = 8
	MaxBody         = 128 << 10 // bytes of encoded fields
	MaxFields       = 64        // fields in one body
	MaxRecordNumber = 1<<62 - 1 // chain and seq
	MaxTTL          = 1<<32 - 1 // seconds
	MaxClk          = Clk(1<<48 - 1)

	recordFixed = 1 + 1 + 32 + 6 + 32 + 1 + 32 + 64
	hasTarget   = 0x80
	// MaxRecord is the longest encoded record in bytes.
	MaxRecord = recordFixed + 9 + 9 + 32*MaxParents + 32 + 5 + 3 + 1 + 16 + MaxBody
)

// RecordType says what a record is for. Append only; unknown types are stored
// and passed on.
type RecordType byte

// The types of record.
const (
	RecordText    RecordType = 1
	RecordEdit    RecordType = 2
	RecordDelete  RecordType = 3
	RecordReact   RecordType = 4
	RecordProfile RecordType = 5
	RecordAdmin   RecordType = 6
	RecordFile    RecordType = 7
	RecordInvite  RecordType = 16 // into a conversation of several: FieldGroup
)

// Clk is the room's hybrid clock: Unix milliseconds, raised above everything
// the author had seen; 48 bits on the wire. MaxClk itself is never a record's.
type Clk uint64

// RecordID is the SHA-256 of a record's header with its signature.
type RecordID [32]byte

// ShortID is the first half of a RecordID, as reconciliation lists carry it.
type ShortID [16]byte

// Hint is the first quarter of a RecordID: enough to announce, ask for and
// acknowledge records on one link. Whoever is asked for a hint that two
// records share sends both.
type Hint [8]byte

// String is the id in hexadecimal, 64 digits.
func (id RecordID) String() string { return hex.EncodeToString(id[:]) }

// Short is the id's first 16 bytes.
func (id RecordID) Short() ShortID { return ShortID(id[:16]) }

// Hint is the id's first 8 bytes.
func (id RecordID) Hint() Hint { return Hint(id[:8]) }

// Hint is the id's first 8 bytes.
func (s ShortID) Hint() Hint { return Hint(s[:8]) }

// IsZero reports whether the id means "no record": a chain's first prev, no target.
func (id RecordID) IsZero() bool { return id == RecordID{} }

// The reasons to refuse a well-formed record.
var (
	ErrRecordSignature = errors.New("record signature does not verify")
	ErrRecordBody      = errors.New("record body does not fit its hash")
)

// Record is one signed record, with or without its body.
type Record struct {
	Type     RecordType
	Author   crypto.PublicKey
	Chain    uint64 // the author's chains are numbered; a fork or a lost store begins a new one
	Seq      uint64 // from 1 in each chain
	Clk      Clk
	Prev     RecordID   // the record before in this chain; zero at Seq 1
	Parents  []RecordID // newest records of others the author had seen, ascending, at most MaxParents
	Target   RecordID   // what an edit, delete or reaction is about, held or not; zero: nothing
	TTL      uint32     // seconds; 0: the room's policy
	BodyLen  uint32
	BodyHash [32]byte
	Sig      [64]byte

	HasBody bool // false: the body was dropped, the header stays
	Salt    [16]byte
	Body    []byte // AppendFields' form
}

// SetBody puts the body in place and fills BodyLen and BodyHash. The salt keeps
// a dropped body from being guessed from its hash.
func (r *Record) SetBody(salt [16]byte, body []byte) {
	r.HasBody, r.Salt, r.Body = true, salt, body
	r.BodyLen, r.BodyHash = uint32(len(body)), bodyHash(salt, body)
}

// Sign fills Author and Sig for the given room.
func (r *Record) Sign(id *crypto.Identity, room crypto.RoomID) {
	r.Author = id.Public()
	copy(r.Sig[:], id.Sign(RecordContext, r.appendSigned(room[:])))
}

// Verify checks the signature for the given room and, if there is one, the
// body's hash and form. The errors are ErrRecordSignature, ErrRecordBody and ErrFrame.
func (r *Record) Verify(room crypto.RoomID) error {
	if !r.Author.Verify(RecordContext, r.appendSigned(room[:]), r.Sig[:]) {
		return ErrRecordSignature
	}
	if !r.HasBody {
		return nil
	}
	return r.VerifyBody()
}

// VerifyBody checks the body of a record whose header is known to be good. The
// errors are ErrRecordBody and ErrFrame.
func (r *Record) VerifyBody() error {
	if int(r.BodyLen) != len(r.Body) || bodyHash(r.Salt, r.Body) != r.BodyHash {
		return ErrRecordBody
	}
	_, err := ParseFields(r.Body)
	return err
}

// ID is the record's identity; it covers the signature, not the body.
func (r *Record) ID() RecordID { return sha256.Sum256(r.AppendHeader(nil)) }

// AppendHeader appends the header with its signature.
func (r *Record) AppendHeader(b []byte) []byte { return append(r.appendSigned(b), r.Sig[:]...) }

// Append appends the whole record.
func (r *Record) Append(b []byte) []byte {
	b = slices.Grow(b, recordFixed+64+32*len(r.Parents)+len(r.Body))
	b = r.AppendHeader(b)
	if !r.HasBody {
		return append(b, 0)
	}
	return append(append(append(b, 1), r.Salt[:]...), r.Body...)
}

func (r *Record) appendSigned(b []byte) []byte {
	// The capacity is clipped: the prefix may be somebody else's array.
	b = append(b[:len(b):len(b)], RecordVersion, byte(r.Type))
	b = append(b, r.Author[:]...)
	b = binary.AppendUvarint(b, r.Chain)
	b = binary.AppendUvarint(b, r.Seq)
	b = appendClk(b, r.Clk)
	b = append(b, r.Prev[:]...)
	n := byte(len(r.Parents))
	if !r.Target.IsZero() {
		n |= hasTarget
	}
	b = append(b, n)
	for i := range r.Parents {
		b = append(b, r.Parents[i][:]...)
	}
	if !r.Target.IsZero() {
		b = append(b, r.Target[:]...)
	}
	b = binary.AppendUvarint(b, uint64(r.TTL))
	b = binary.AppendUvarint(b, uint64(r.BodyLen))
	return append(b, r.BodyHash[:]...)
}

// ParseRecord reads one record that fills b. It checks the form only; see
// Verify. Body aliases b. The error is ErrFrame.
func ParseRecord(b []byte) (*Record, error) {
	r := &Record{}
	if err := r.Parse(b); err != nil {
		return nil, err
	}
	return r, nil
}

// Parse is ParseRecord into a record that is there already, and the memory of its
// parents. After an error there is no telling what is in it.
func (r *Record) Parse(b []byte) error {
	c := cursor{b: b}
	*r = Record{Parents: r.Parents[:0]}
	version := c.u8()
	r.Type = RecordType(c.u8())
	copy(r.Author[:], c.take(32))
	r.Chain = c.uvarint(MaxRecordNumber)
	r.Seq = c.uvarint(MaxRecordNumber)
	r.Clk = c.clk()
	copy(r.Prev[:], c.take(32))
	flags := c.u8()
	n := int(flags &^ hasTarget)
	if c.bad || version != RecordVersion || n > MaxParents || r.Seq == 0 ||
		r.Clk == MaxClk || r.Prev.IsZero() != (r.Seq == 1) {
		return ErrFrame
	}
	for i := range n {
		var p RecordID
		copy(p[:], c.take(32))
		if i > 0 && slices.Compare(r.Parents[i-1][:], p[:]) >= 0 {
			return ErrFrame
		}
		r.Parents = append(r.Parents, p)
	}
	if flags&hasTarget != 0 {
		copy(r.Target[:], c.take(32))
		c.bad = c.bad || r.Target.IsZero()
	}
	r.TTL = uint32(c.uvarint(MaxTTL))
	r.BodyLen = uint32(c.uvarint(MaxBody))
	copy(r.BodyHash[:], c.take(32))
	copy(r.Sig[:], c.take(64))
	switch c.u8() {
	case 0:
	case 1:
		r.HasBody = true
		copy(r.Salt[:], c.take(16))
		r.Body = c.take(int(r.BodyLen))
	default:
		return ErrFrame
	}
	if !c.done() {
		return ErrFrame
	}
	return nil
}

func bodyHash(salt [16]byte, body []byte) (h [32]byte) {
	d := sha256.New()
	d.Write(salt[:])
	d.Write(body)
	d.Sum(h[:0])
	return h
}
