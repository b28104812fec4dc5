package bootnode

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"gochat/crypto"
)

// Path is the way a packet came to the bootnode (a socket and one of its local
// addresses), numbered by the shell; answers leave by it.
type Path uint16

// member is one registration. A bootnode holds very many of them.
type member struct {
	id           crypto.SessionID
	channel      uint32
	path         Path
	hideAddress  bool
	probes       uint8 // sent since the member was last heard
	room         *room
	addr         netip.AddrPort // proven: a cookie or a token came back from it
	announcement []byte         // sealed
	version      uint64         // of the member's place in the room's log
	updated      uint64         // highest counter of an UPDATE under session

	session *crypto.Session
	attempt *attempt // how session came to be, until the member has used it
	renewal *renewal // keys to come

	due        time.Duration // when silence is acted on
	prev, next *member       // in the queue of its kind
	relay      meter
	updates    meter
}

// attempt is one REGISTER and the key it was answered with: a repeated one
// gets the same answer.
type attempt struct {
	request [sha256.Size]byte // hash of the REGISTER
	key     crypto.SessionKey
}

// renewal is a registration that takes the place of the member's present one
// as soon as the member uses it.
type renewal struct {
	attempt      attempt
	session      *crypto.Session
	addr         netip.AddrPort
	path         Path
	hideAddress  bool
	announcement []byte
}

// observed is the address that rosters show; invalid if hidden.
func (m *member) observed() netip.AddrPort {
	if m.hideAddress {
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
