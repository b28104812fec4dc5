package bootnode

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gochat/crypto"
	"gochat/internal/wire"
)

// keptNotices are told to members who missed them.
const keptNotices = 16

// textsPerMember bounds how often what a member has not got is sent again.
var textsPerMember = rate{1, 3}

// words are what the operator has to say.
type words struct {
	motd    wire.Text // ID 0: none
	notices []notice  // the oldest first
	last    uint32    // id of the latest
}

// notice is for one room, or all if its tag is zero.
type notice struct {
	tag  crypto.RoomTag
	text wire.Text
}

// newWords counts notices from the time on, so that a restarted bootnode's are
// news to its members.
func newWords(start time.Time) words { return words{last: uint32(start.Unix())} }

// CheckText says what is wrong with an operator's words.
func CheckText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("the text is empty")
	case len(text) > wire.MaxText:
		return errors.New("the text is over 1000 bytes")
	case !utf8.ValidString(text):
		return errors.New("the text is not valid UTF-8")
	}
	return nil
}

// SetMOTD has a greeting told to those who register from now on, and to those
// who are here with their next beats; "" ends that.
func (d *Directory) SetMOTD(text string) {
	d.words.motd = wire.Text{}
	if text != "" {
		d.words.motd = wire.Text{Kind: wire.TextMOTD, ID: textID(text), Text: text}
	}
}

// MOTD is the present greeting.
func (d *Directory) MOTD() string { return d.words.motd.Text }

// Notify has a notice told to all who are here, or to those in one room, and
// returns how many those are. They are asked for a beat, which shows whether
// they have it.
func (d *Directory) Notify(now time.Time, text string, tag crypto.RoomTag) (members int, out []Action) {
	d.begin(now)
	w := &d.words
	w.last++
	w.notices = append(w.notices, notice{tag, wire.Text{Kind: wire.TextNotice, ID: w.last, Text: text}})
	if len(w.notices) > keptNotices {
		w.notices = append(w.notices[:0], w.notices[1:]...)
	}
	members = d.walk(tag, func(m *member) { d.send(m, wire.TypeProbe, nil) })
	d.walkOn()
	return members, d.end()
}

// remind tells a member what its beat shows it has not got.
func (d *Directory) remind(m *member, f wire.Beat) {
	w := &d.words
	if w.motd.ID != 0 && f.MOTD != w.motd.ID {
		d.tell(m, w.motd)
	}
	for i := range w.notices {
		n := &w.notices[i]
		// Ids rise, and may come round.
		if int32(n.text.ID-f.Notice) > 0 && (n.tag == crypto.RoomTag{} || n.tag == m.room.tag) {
			d.tell(m, n.text)
			return // the next one upon the beat that names this one
		}
	}
}

func (d *Directory) tell(m *member, text wire.Text) {
	if textsPerMember.take(&m.keep().texts, d.now, 1) {
		d.body = text.Append(d.body[:0])
		d.send(m, wire.TypeText, d.body)
	}
}

// A walk sends something to very many members a few at a time: their answers
// must not drown what else there is to do.
const (
	walkStep  = 250
	walkEvery = 5 * time.Millisecond
)

type walk struct {
	ids   []crypto.SessionID // who is left to visit
	visit func(*member)
	due   time.Duration
}

// walk begins one through all members, or those of one room, and returns how
// many they are.
func (d *Directory) walk(tag crypto.RoomTag, visit func(*member)) int {
	w := &walk{visit: visit, due: d.now}
	for _, q := range []*queue{&d.heard, &d.probed} {
		for m := q.head; m != nil; m = m.next {
			if (tag == crypto.RoomTag{}) || tag == m.room.tag {
				w.ids = append(w.ids, m.id)
			}
		}
	}
	if len(w.ids) > 0 {
		d.walks = append(d.walks, w)
	}
	return len(w.ids)
}

// walkOn takes the steps that are due, one walk after the other.
func (d *Directory) walkOn() {
	for len(d.walks) > 0 && d.walks[0].due <= d.now {
		w := d.walks[0]
		n := min(walkStep, len(w.ids))
		for _, id := range w.ids[:n] {
			if m := d.sessions[id]; m != nil {
				w.visit(m)
			}
		}
		w.ids, w.due = w.ids[n:], d.now+walkEvery
		if len(w.ids) > 0 {
			return
		}
		d.walks = d.walks[1:]
	}
}

// RoomName is how operators see a room: the beginning of its tag, which tells
// nothing of its name.
func RoomName(tag crypto.RoomTag) string { return hex.EncodeToString(tag[:6]) }

// ErrNoRoom and ErrRooms say that a name fits no room, or several.
var (
	ErrNoRoom = errors.New("there is no such room here")
	ErrRooms  = errors.New("several rooms begin like that: give more letters")
)

// FindRoom is the room whose tag begins with these hexadecimal digits.
func (d *Directory) FindRoom(name string) (tag crypto.RoomTag, err error) {
	name = strings.ToLower(name)
	found := 0
	for t := range d.rooms {
		if strings.HasPrefix(hex.EncodeToString(t[:]), name) {
			tag, found = t, found+1
		}
	}
	switch {
	case found == 0 || name == "":
		return crypto.RoomTag{}, ErrNoRoom
	case found > 1:
		return crypto.RoomTag{}, ErrRooms
	}
	return tag, nil
}

// RoomInfo is what an operator sees of a room.
type RoomInfo struct {
	Tag     crypto.RoomTag
	Members int // registered here
	Present int // those of other bootnodes, too
	Opened  time.Time
	Relayed uint64 // bytes
}

// RoomList lists the largest rooms, at most so many, the largest first, and tells
// how many there are. Members wait meanwhile, so of a million rooms only those
// that may be among them are sorted.
func (d *Directory) RoomList(most int) (list []RoomInfo, total int) {
	larger := func(a, b RoomInfo) int {
		return cmp.Or(cmp.Compare(b.Members, a.Members), bytes.Compare(a.Tag[:], b.Tag[:]))
	}
	cut := func() {
		slices.SortFunc(list, larger)
		list = list[:min(len(list), most)]
	}
	full := false // the last one of list is the least that counts
	var last RoomInfo
	for _, r := range d.rooms {
		x := r.info()
		if full && larger(x, last) > 0 {
			continue
		}
		if list = append(list, x); len(list) >= 2*most {
			cut()
			full, last = true, list[most-1]
		}
	}
	cut()
	return list, len(d.rooms)
}
