package wire

import (
	"encoding/binary"
	"time"

	"gochat/crypto"
)

// The frames of the mailbox: what one member leaves at a bootnode for another
// that is away. What lies in a box are objects (see SealObject), which no
// bootnode can open. One longer than BoxPart travels in parts of that length,
// the last one shorter; each has a frame and an answer of its own.
const (
	BoxPart      = 1024
	MaxBoxObject = MaxSealedRecord
	MaxBoxDone   = 64 // items taken away with one BOX-GET
	MaxBoxPage   = 64 // items listed in one BOX-PAGE
)

// BoxStatus is a bootnode's answer about its mailbox.
type BoxStatus byte

// The answers.
const (
	BoxOK        BoxStatus = 0 // done
	BoxPartial   BoxStatus = 1 // the part is here, others are not
	BoxDuplicate BoxStatus = 2 // it was here before
	BoxFull      BoxStatus = 3 // the box holds as much as it may
	BoxNoSpace   BoxStatus = 4 // the mailbox as a whole does
	BoxTooLarge  BoxStatus = 5 // more than this mailbox takes
	BoxOff       BoxStatus = 6 // this bootnode has no mailbox
	BoxBusy      BoxStatus = 7 // later, perhaps
	BoxUnknown   BoxStatus = 8 // nobody ever came here for this box
)

// boxPartLen is the length of a part of an object; 0: it has no such part.
func boxPartLen(size uint32, part uint16) int {
	if size > MaxBoxObject || int(part) >= BoxParts(int(size)) {
		return 0
	}
	return min(BoxPart, int(size)-int(part)*BoxPart)
}

// BoxPut is the body of a BOX-PUT: one part of an object for a box.
type BoxPut struct {
	Transfer uint32 // the sender's number for this object and box
	Box      crypto.BoxID
	Item     crypto.BoxItemID // of the whole object
	Size     uint32           // of the whole object
	Part     uint16
	Data     []byte
}

// NewBoxPut makes the frame of one part of an object.
func NewBoxPut(transfer uint32, box crypto.BoxID, item crypto.BoxItemID, object []byte, part int) BoxPut {
	return BoxPut{transfer, box, item, uint32(len(object)), uint16(part), BoxPartOf(object, part)}
}

// BoxParts is into how many parts an object of a size is cut.
func BoxParts(size int) int { return (size + BoxPart - 1) / BoxPart }

// BoxPartOf is a part of an object; nil: it has no such part.
func BoxPartOf(object []byte, part int) []byte {
	if part < 0 || part >= BoxParts(len(object)) {
		return nil
	}
	return object[part*BoxPart : min((part+1)*BoxPart, len(object))]
}

// Append writes the body.
func (f BoxPut) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, f.Transfer)
	b = append(b, f.Box[:]...)
	b = append(b, f.Item[:]...)
	b = binary.BigEndian.AppendUint32(b, f.Size)
	b = binary.BigEndian.AppendUint16(b, f.Part)
	return append(b, f.Data...)
}

// ParseBoxPut reads the body of a BOX-PUT; Data aliases b.
func ParseBoxPut(b []byte) (f BoxPut, err error) {
	c := cursor{b: b}
	f.Transfer = c.u32()
	c.copy(f.Box[:])
	c.copy(f.Item[:])
	f.Size, f.Part = c.u32(), c.u16()
	n := boxPartLen(f.Size, f.Part)
	f.Data = c.take(n)
	if !c.done() || n == 0 {
		return BoxPut{}, ErrFrame
	}
	return f, nil
}

// BoxPutAck is the body of a BOX-PUT-ACK. Every part is answered.
type BoxPutAck struct {
	Transfer uint32
	Part     uint16
	Status   BoxStatus
	Keep     time.Duration // how long the mailbox keeps things, whole seconds; 0: unknown
}

// Append writes the body.
func (f BoxPutAck) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, f.Transfer)
	b = binary.BigEndian.AppendUint16(b, f.Part)
	b = append(b, byte(f.Status))
	return binary.BigEndian.AppendUint32(b, uint32(f.Keep/time.Second))
}

// ParseBoxPutAck reads the body of a BOX-PUT-ACK.
func ParseBoxPutAck(b []byte) (f BoxPutAck, err error) {
	c := cursor{b: b}
	f.Transfer, f.Part, f.Status = c.u32(), c.u16(), BoxStatus(c.u8())
	f.Keep = time.Duration(c.u32()) * time.Second
	if !c.done() || f.Status > BoxUnknown {
		return BoxPutAck{}, ErrFrame
	}
	return f, nil
}

// BoxGet is the body of a BOX-GET: take away what is done with, then say what
// lies in the box that the secret opens.
type BoxGet struct {
	Request uint32 // the sender's number
	Secret  crypto.BoxSecret
	After   uint64   // list the items above this number
	Done    []uint64 // numbers of items to be deleted
}

// Append writes the body.
func (f BoxGet) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, f.Request)
	b = append(b, f.Secret[:]...)
	b = binary.BigEndian.AppendUint64(b, f.After)
	b = append(b, byte(len(f.Done)))
	for _, n := range f.Done {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

// ParseBoxGet reads the body of a BOX-GET.
func ParseBoxGet(b []byte) (f BoxGet, err error) {
	c := cursor{b: b}
	f.Request = c.u32()
	c.copy(f.Secret[:])
	f.After = c.u64()
	n := int(c.u8())
	if n > MaxBoxDone || 8*n != len(c.b) {
		return BoxGet{}, ErrFrame
	}
	for range n {
		f.Done = append(f.Done, c.u64())
	}
	if !c.done() {
		return BoxGet{}, ErrFrame
	}
	return f, nil
}

// BoxEntry is one item of a box.
type BoxEntry struct {
	Seq  uint64 // rising with its arrival
	Size uint32
}

// BoxPage is the body of a BOX-PAGE, which answers a BOX-GET.
type BoxPage struct {
	Request uint32
	Status  BoxStatus     // BoxOK, BoxUnknown, BoxOff or BoxBusy; what was done with is deleted only if BoxOK
	Left    uint16        // items behind those listed
	Entries []BoxEntry    // the oldest above After, rising
	Keep    time.Duration // as in BoxPutAck
}

// Append writes the body.
func (f BoxPage) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, f.Request)
	b = append(b, byte(f.Status))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Keep/time.Second))
	b = binary.BigEndian.AppendUint16(b, f.Left)
	b = append(b, byte(len(f.Entries)))
	for _, e := range f.Entries {
		b = binary.BigEndian.AppendUint64(b, e.Seq)
		b = binary.BigEndian.AppendUint32(b, e.Size)
	}
	return b
}

// ParseBoxPage reads the body of a BOX-PAGE.
func ParseBoxPage(b []byte) (f BoxPage, err error) {
	c := cursor{b: b}
	f.Request, f.Status = c.u32(), BoxStatus(c.u8())
	f.Keep = time.Duration(c.u32()) * time.Second
	f.Left = c.u16()
	n := int(c.u8())
	if n > MaxBoxPage || 12*n != len(c.b) || f.Status > BoxUnknown {
		return BoxPage{}, ErrFrame
	}
	last := uint64(0)
	for range n {
		e := BoxEntry{c.u64(), c.u32()}
		if e.Seq <= last || e.Size == 0 || e.Size > MaxBoxObject {
			return BoxPage{}, ErrFrame
		}
		last = e.Seq
		f.Entries = append(f.Entries, e)
	}
	if !c.done() {
		return BoxPage{}, ErrFrame
	}
	return f, nil
}

// BoxFetch is the body of a BOX-FETCH: send me this part of that item.
type BoxFetch struct {
	Secret crypto.BoxSecret
	Seq    uint64
	Part   uint16
}

// Append writes the body.
func (f BoxFetch) Append(b []byte) []byte {
	b = append(b, f.Secret[:]...)
	b = binary.BigEndian.AppendUint64(b, f.Seq)
	return binary.BigEndian.AppendUint16(b, f.Part)
}

// ParseBoxFetch reads the body of a BOX-FETCH.
func ParseBoxFetch(b []byte) (f BoxFetch, err error) {
	c := cursor{b: b}
	c.copy(f.Secret[:])
	f.Seq, f.Part = c.u64(), c.u16()
	if !c.done() {
		return BoxFetch{}, ErrFrame
	}
	return f, nil
}

// BoxItem is the body of a BOX-ITEM, which answers a BOX-FETCH. Without Data it
// says that there is no such item or part.
type BoxItem struct {
	Seq  uint64
	Size uint32
	Part uint16
	Data []byte
}

// Append writes the body.
func (f BoxItem) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Seq)
	b = binary.BigEndian.AppendUint32(b, f.Size)
	b = binary.BigEndian.AppendUint16(b, f.Part)
	return append(b, f.Data...)
}

// ParseBoxItem reads the body of a BOX-ITEM; Data aliases b.
func ParseBoxItem(b []byte) (f BoxItem, err error) {
	c := cursor{b: b}
	f.Seq, f.Size, f.Part = c.u64(), c.u32(), c.u16()
	if f.Size != 0 {
		n := boxPartLen(f.Size, f.Part)
		f.Data = c.take(n)
		c.bad = c.bad || n == 0
	}
	if !c.done() {
		return BoxItem{}, ErrFrame
	}
	return f, nil
}
