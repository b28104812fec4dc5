package portmap

import (
	"strconv"
	"time"
)

// then is what follows a removal.
type then int

const (
	thenStop then = iota
	thenAsk       // the same once more
	thenSeek      // another protocol
)

// remove is a removal under way; nobody waits for it for long.
type remove struct {
	then     then
	tries    int
	resendAt time.Time
}

func (m *Mapper) startRemove(t then) {
	m.phase, m.remove = removing, remove{then: t}
	m.do(Mapped{})
	m.sendRemove()
}

func (m *Mapper) sendRemove() {
	m.remove.tries++
	m.remove.resendAt = m.now.Add(removeTry)
	switch m.lease.protocol {
	case PCP:
		m.do(SendControl{pcpMapRequest(m.net.Local, pcpMapping{nonce: m.nonce, inner: m.inner})})
	case NATPMP:
		m.do(SendControl{pmpMapRequest(m.inner, 0, 0)})
	case UPnP:
		if m.remove.tries == 1 { // the connection repeats by itself
			m.call(callDelete, "DeletePortMapping",
				"NewRemoteHost", "",
				"NewExternalPort", strconv.Itoa(int(m.lease.addr.Port())),
				"NewProtocol", "UDP")
		}
	}
}

func (m *Mapper) dueRemove() {
	switch {
	case !isDue(m.remove.resendAt, m.now):
	case m.remove.tries < removeMax:
		m.sendRemove()
	default:
		m.removed()
	}
}

// removed goes on after a removal, answered or not.
func (m *Mapper) removed() {
	l := m.lease
	m.lease = lease{}
	switch m.remove.then {
	case thenStop:
		m.phase = stopped
	case thenAsk:
		m.startAsk(l.protocol)
		m.lease.remade = true
	case thenSeek:
		m.startSeek()
	}
}
