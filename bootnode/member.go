package bootnode

import (
	"encoding/binary"
	"net/netip"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Path is the way a packet came to the bootnode, numbered by the shell; answers
// leave by it. Below firstStream it is a UDP socket and one of its local
// addresses; from there on it is one connection over TCP, numbered once.
type Path uint32

const firstStream Path = 1 << 16

// isStream reports whether it is a connection over TCP.
func (p Path) isStream() bool { return p >= firstStream }

// place is where a packet came from: what a cookie or a token proves. A port
// over TCP is not that port over UDP, and the next connection is another place,
// behind a proxy perhaps that of another client.
func (ev *Event) place() []byte {
	b := addrBytes(ev.From)
	if ev.Path.isStream() {
		b = binary.BigEndian.AppendUint32(b, uint32(ev.Path))
	}
	return b
}

// isAt reports whether an event comes from a member's proven place.
func (m *member) isAt(ev *Event) bool {
	if ev.Path.isStream() || m.path.isStream() {
		return ev.Path == m.path
	}
	return ev.From == m.addr
}

// member is one registration. A bootnode holds very many of them, so what few
// members need at a time stands apart, and the size of this is 256 bytes, a
// class of the allocator.
type member struct {
	id           crypto.SessionID
	channel      uint32
	path         Path
	addr         netip.AddrPort // proven: a cookie or a token came back from it
	room         *room
	announcement []byte // sealed
	version      uint64 // of the member's place in the room's log
	updated      uint64 // highest counter of an UPDATE under session
	session      crypto.Session
	due          time.Duration // when silence is acted on
	prev, next   *member       // in the queue of its kind
	hideAddress  bool
	probes       uint8    // sent since the member was last heard
	since        uint32   // seconds from the directory's start to its last change
	apart        *passing // nil: none of it
}

// passing is what a member has only for a while.
type passing struct {
	attempt      *attempt // how session came to be, until the member has used it
	renewal      *renewal // keys to come
	relay        meter
	updates      meter
	reaches      meter
	rosters      meter
	texts        meter
	mailBytes    meter
	mailRequests meter
	quota        quota
	noticed      time.Duration // when a NOTICE may go again
	backlog      *backlog      // what waits for the relay; nil: nothing
}

// passing is what the member has of that at present.
func (m *member) passing() passing {
	if m.apart == nil {
		return passing{}
	}
	return *m.apart
}

// keep is passing to be written to.
func (m *member) keep() *passing {
	if m.apart == nil {
		m.apart = &passing{}
	}
	return m.apart
}

// used notes that the member uses its session: how it came to be is past.
func (m *member) used() {
	if m.apart != nil {
		m.apart.attempt = nil
	}
}

// tidy frees what is over: a meter that is paid for is as good as a new one.
func (m *member) tidy(now time.Duration) {
	p := m.apart
	if p != nil && p.attempt == nil && p.renewal == nil && p.backlog == nil &&
		max(p.noticed, p.quota.until, time.Duration(p.relay), time.Duration(p.updates), time.Duration(p.reaches), time.Duration(p.rosters),
			time.Duration(p.texts), time.Duration(p.mailBytes), time.Duration(p.mailRequests)) <= now {
		m.apart = nil
	}
}

// attempt is one REGISTER and the key it was answered with: a repeated one
// gets the same answer.
type attempt struct {
	request wire.Request
	key     crypto.SessionKey
}

// renewal is a registration that takes the place of the member's present one
// as soon as the member uses it.
type renewal struct {
	attempt      attempt
	session      crypto.Session
	addr         netip.AddrPort
	path         Path
	hideAddress  bool
	announcement []byte
}

// observed is the address that rosters show; invalid if hidden, and over TCP,
// where no UDP packet would arrive.
func (m *member) observed() netip.AddrPort {
	if m.hideAddress || m.path.isStream() {
		return netip.AddrPort{}
	}
	return m.addr
}

// queue holds members in the order of their deadlines: all that enter one wait
// equally long, so the last to enter is the last due.
type queue struct{ head, tail *member }

func (q *queue) push(m *member) {
	m.prev, m.next = q.tail, nil
	if q.tail == nil {
		q.head = m
	} else {
		q.tail.next = m
	}
	q.tail = m
}

func (q *queue) remove(m *member) {
	if m.prev == nil {
		q.head = m.next
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		q.tail = m.prev
	} else {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
}
