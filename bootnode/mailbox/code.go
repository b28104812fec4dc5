package mailbox

import (
	"encoding/binary"
	"errors"

	"gochat/bootnode"
	"gochat/internal/wire"
)

// A request between nodes, and its answer:
//
//	version 1 | op 1 | box 16 | item 16 | secret 32 | after 8 | seq 8 | admit 1 | number 1 | done 8 each | object
//	version 1 | status 1 | left 4 | new 1 | number 1 | { seq 8 | size 4 } | object
//
// Integers are big-endian. The object fills what is left.
const codeVersion = 2

var errCode = errors.New("malformed request or answer of a mailbox")

const (
	requestHead = 2 + 16 + 16 + 32 + 8 + 8 + 1 + 1
	answerHead  = 2 + 4 + 1 + 1
)

func appendRequest(b []byte, r *bootnode.MailRequest) []byte {
	b = append(b, codeVersion, byte(r.Op))
	b = append(b, r.Box[:]...)
	b = append(b, r.Item[:]...)
	b = append(b, r.Secret[:]...)
	b = binary.BigEndian.AppendUint64(b, r.After)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = append(b, bit(r.Admit), byte(len(r.Done)))
	for _, seq := range r.Done {
		b = binary.BigEndian.AppendUint64(b, seq)
	}
	return append(b, r.Object...)
}

func bit(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// parseRequest reads what appendRequest wrote. The error is errCode.
func parseRequest(b []byte) (r bootnode.MailRequest, err error) {
	if len(b) < requestHead || b[0] != codeVersion || bootnode.MailOp(b[1]) > bootnode.MailRead {
		return r, errCode
	}
	r.Op = bootnode.MailOp(b[1])
	copy(r.Box[:], b[2:])
	copy(r.Item[:], b[18:])
	copy(r.Secret[:], b[34:])
	r.After, r.Seq = binary.BigEndian.Uint64(b[66:]), binary.BigEndian.Uint64(b[74:])
	r.Admit = b[82] == 1
	n, rest := int(b[83]), b[requestHead:]
	if b[82] > 1 || n > wire.MaxBoxDone || len(rest) < 8*n || len(rest)-8*n > wire.MaxBoxObject {
		return bootnode.MailRequest{}, errCode
	}
	for range n {
		r.Done, rest = append(r.Done, binary.BigEndian.Uint64(rest)), rest[8:]
	}
	if r.Object = rest; (len(rest) > 0) != (r.Op == bootnode.MailPut) {
		return bootnode.MailRequest{}, errCode
	}
	return r, nil
}

func appendAnswer(b []byte, a *bootnode.MailAnswer) []byte {
	b = append(b, codeVersion, byte(a.Status))
	b = binary.BigEndian.AppendUint32(b, uint32(a.Left))
	b = append(b, bit(a.New), byte(len(a.Entries)))
	for _, e := range a.Entries {
		b = binary.BigEndian.AppendUint64(b, e.Seq)
		b = binary.BigEndian.AppendUint32(b, e.Size)
	}
	return append(b, a.Object...)
}

// parseAnswer reads what appendAnswer wrote. The error is errCode.
func parseAnswer(b []byte) (a bootnode.MailAnswer, err error) {
	if len(b) < answerHead || b[0] != codeVersion || wire.BoxStatus(b[1]) > wire.BoxUnknown || b[6] > 1 || wire.BoxStatus(b[1]) == wire.BoxPartial {
		return a, errCode
	}
	a.Status, a.Left = wire.BoxStatus(b[1]), int(binary.BigEndian.Uint32(b[2:]))
	a.New = b[6] == 1
	n, rest := int(b[7]), b[answerHead:]
	if n > wire.MaxBoxPage || len(rest) < 12*n || len(rest)-12*n > wire.MaxBoxObject {
		return bootnode.MailAnswer{}, errCode
	}
	last := uint64(0)
	for range n {
		e := wire.BoxEntry{Seq: binary.BigEndian.Uint64(rest), Size: binary.BigEndian.Uint32(rest[8:])}
		if e.Seq <= last || e.Size == 0 || e.Size > wire.MaxBoxObject {
			return bootnode.MailAnswer{}, errCode
		}
		last = e.Seq
		a.Entries, rest = append(a.Entries, e), rest[12:]
	}
	if len(rest) > 0 {
		a.Object = rest
	}
	return a, nil
}
