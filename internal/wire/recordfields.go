package wire

import "encoding/binary"

// FieldType says what a field of a record's body holds. Append only; fields of
// unknown types are kept.
type FieldType uint64

// The types of field. Texts are UTF-8 as the author sent them: uncleaned.
const (
	FieldText    FieldType = 1  // the message, or what an edit makes of it
	FieldReplyTo FieldType = 2  // RecordID, 32 bytes
	FieldKind    FieldType = 3  // one byte: KindAction; absent: plain message
	FieldNick    FieldType = 4  // the name a profile claims
	FieldEmoji   FieldType = 5  // of a reaction: 1 to MaxEmoji bytes
	FieldRetract FieldType = 6  // empty: the reaction with this emoji is taken back
	FieldBox     FieldType = 7  // of a profile: the author's box, crypto.BoxID
	FieldGroup   FieldType = 16 // Group
)

// MaxEmoji bounds a reaction's emoji, in bytes: enough for a joined sequence.
const MaxEmoji = 64

// KindAction marks a message told in the third person ("/me waves").
const KindAction = 1

// Field is one typed value of a record's body.
type Field struct {
	Type  FieldType
	Value []byte
}

// AppendFields appends fields as type uvarint | len uvarint | value each.
func AppendFields(b []byte, fields ...Field) []byte {
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(f.Type))
		b = binary.AppendUvarint(b, uint64(len(f.Value)))
		b = append(b, f.Value...)
	}
	return b
}

// ParseFields reads a body: at most MaxFields fields that fill b and alias it.
// The error is ErrFrame.
func ParseFields(b []byte) ([]Field, error) {
	if len(b) > MaxBody {
		return nil, ErrFrame
	}
	var fields []Field
	c := cursor{b: b}
	for len(c.b) > 0 {
		t := FieldType(c.uvarint(MaxRecordNumber))
		v := c.take(int(c.uvarint(MaxBody)))
		if c.bad || len(fields) == MaxFields {
			return nil, ErrFrame
		}
		fields = append(fields, Field{t, v})
	}
	return fields, nil
}

// Field returns the first field of a type in the record's body, aliasing it;
// nil if the record has no such field or no well-formed body.
func (r *Record) Field(t FieldType) []byte {
	fields, err := ParseFields(r.Body)
	if err != nil {
		return nil
	}
	for _, f := range fields {
		if f.Type == t {
			return f.Value
		}
	}
	return nil
}
