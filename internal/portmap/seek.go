package portmap

import (
	"net/netip"
	"time"
)

// seek is the search for a protocol.
type seek struct {
	began  time.Time
	next   time.Time // questions, or the end
	tries  int
	speaks [protocols]bool
}

// startSeek asks by all protocols that have not failed. What is known of the
// router stays.
func (m *Mapper) startSeek() {
	speaks := m.seek.speaks
	m.phase = seeking
	m.seek = seek{began: m.now, next: m.now, speaks: speaks}
}

// forget drops what is known of the router: one that restarted may have its web
// server at another port, and speak something else.
func (m *Mapper) forget() { m.seek.speaks, m.igd = [protocols]bool{}, igd{} }

// chooseAt is when a protocol that has answered need wait no longer for a
// better one.
func (s *seek) chooseAt(now time.Time) time.Time {
	for _, wait := range []time.Duration{pcpGrace, upnpGrace} {
		if at := s.began.Add(wait); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

func (m *Mapper) dueSeek() {
	if isDue(m.seek.next, m.now) && m.seek.tries < maxTries {
		m.question()
		m.seek.next = m.now.Add(firstResend << m.seek.tries)
		m.seek.tries++
	}
	if p := m.choice(); p != None {
		m.startAsk(p)
		return
	}
	switch {
	case !isDue(m.seek.next, m.now) || m.seek.tries < maxTries:
	case m.igd.step < igdReady && m.igd.seq != 0: // a slow web server; each request of it ends
		m.seek.next = m.now.Add(time.Second)
	default:
		m.phase, m.retryAt = idle, m.now.Add(seekAgain)
	}
}

// question asks by each protocol that has not answered.
func (m *Mapper) question() {
	if m.seek.wants(PCP, m) {
		m.do(SendControl{pcpAnnounceRequest(m.net.Local)})
	}
	if m.seek.wants(NATPMP, m) {
		m.do(SendControl{pmpAddressRequest()})
	}
	if m.seek.wants(UPnP, m) && m.igd.step == igdUnknown {
		for _, p := range searches() {
			m.do(Search{p})
		}
	}
}

func (s *seek) wants(p Protocol, m *Mapper) bool { return !s.speaks[p] && m.failed[p] == "" }

// choice is the protocol to use, or None as long as there is nothing, or
// something better may still come.
func (m *Mapper) choice() Protocol {
	grace := [protocols]time.Duration{NATPMP: pcpGrace, UPnP: upnpGrace}
	for p := PCP; p < protocols; p++ {
		if m.failed[p] != "" || !m.seek.speaks[p] {
			continue
		}
		better := true // than p is out of the question
		for q := PCP; q < p; q++ {
			better = better && m.failed[q] != ""
		}
		if better || m.now.Sub(m.seek.began) >= grace[p] {
			return p
		}
	}
	return None
}

// ask is a request for a mapping that has not been answered.
type ask struct {
	protocol  Protocol
	outer     uint16 // wanted
	tries     int
	resendAt  time.Time
	permanent bool // UPnP: without end
	conflicts int
}

// startAsk asks for a mapping, or for the one there is again. The inner port is
// always our own.
func (m *Mapper) startAsk(p Protocol) {
	m.ask = ask{protocol: p, outer: m.inner, permanent: m.ask.protocol == p && m.ask.permanent}
	if m.lease.protocol == p {
		m.ask.outer = m.lease.addr.Port()
	}
	m.phase = asking
	m.sendAsk()
}

func (m *Mapper) sendAsk() {
	switch m.ask.protocol {
	case PCP:
		wanted := pcpMapping{nonce: m.nonce, inner: m.inner, outer: m.ask.outer, lifetime: leaseWanted}
		if m.lease.protocol == PCP {
			wanted.address = m.lease.addr.Addr()
		}
		m.do(SendControl{pcpMapRequest(m.net.Local, wanted)})
	case NATPMP:
		if !m.pmpAddr.IsValid() {
			m.do(SendControl{pmpAddressRequest()})
		}
		m.do(SendControl{pmpMapRequest(m.inner, m.ask.outer, leaseWanted)})
	case UPnP:
		m.addMapping()
	}
	m.ask.resendAt = m.now.Add(firstResend << m.ask.tries)
	if m.ask.protocol == UPnP {
		m.ask.resendAt = m.now.Add(upnpTimeout)
	}
	m.ask.tries++
}

func (m *Mapper) dueAsk() {
	switch {
	case !isDue(m.ask.resendAt, m.now):
	case m.ask.tries < maxTries:
		m.sendAsk()
	case m.lease.protocol != None && m.lease.expires.IsZero():
		m.drop() // nothing else would ever end it
		m.forget()
		m.startSeek()
	case m.lease.protocol != None:
		// The mapping may well be there: try again halfway to its end.
		m.phase = holding
		m.lease.renewAt = m.now.Add(max(m.lease.expires.Sub(m.now)/2, minRenew))
	default:
		m.give(m.ask.protocol, "the router did not answer to the request for a mapping")
	}
}

// control takes a packet of PCP or NAT-PMP.
func (m *Mapper) control(p []byte) {
	switch {
	case len(p) == 0:
	case p[0] == pmpVersion:
		if r, err := parsePMP(p); err == nil {
			m.pmp(&r)
		}
	case p[0] == pcpVersion:
		if r, err := parsePCP(p); err == nil {
			m.pcp(&r)
		}
	}
}

func (m *Mapper) pmp(r *pmpResponse) {
	if r.result == 1 && m.phase == seeking {
		// How a router without PCP answers to it (RFC 6887 §9); it does speak
		// NAT-PMP then, and tells so itself.
		m.failed[PCP] = pmpReason(1)
		return
	}
	lost := m.age(NATPMP, r.epoch)
	switch r.opcode {
	case pmpAddress:
		if r.result != 0 {
			m.refused(NATPMP, pmpReason(r.result))
			return
		}
		moved := m.pmpAddr != r.address
		m.pmpAddr, m.seek.speaks[NATPMP] = r.address, true
		if m.phase == holding && m.lease.protocol == NATPMP && (moved || lost) {
			m.startAsk(NATPMP)
		}
	case pmpMapUDP:
		switch {
		case m.phase == removing && m.lease.protocol == NATPMP && r.inner == m.inner && r.lifetime == 0:
			m.removed()
		case m.phase != asking || m.ask.protocol != NATPMP:
		case r.result != 0:
			m.refused(NATPMP, pmpReason(r.result))
		case r.inner == m.inner && r.lifetime > 0 && m.pmpAddr.IsValid():
			m.grant(NATPMP, netip.AddrPortFrom(m.pmpAddr, r.outer), seconds(r.lifetime), service{})
		}
	}
}

func (m *Mapper) pcp(r *pcpResponse) {
	lost := m.age(PCP, r.epoch)
	if r.opcode == pcpAnnounce {
		if r.result != 0 {
			m.refused(PCP, pcpReason(r.result))
			return
		}
		m.seek.speaks[PCP] = true
		if lost && m.phase == holding && m.lease.protocol == PCP {
			m.startAsk(PCP)
		}
		return
	}
	if r.nonce != m.nonce || r.inner != m.inner {
		return
	}
	switch {
	case m.phase == removing && m.lease.protocol == PCP && r.lifetime == 0:
		m.removed()
	case m.phase != asking || m.ask.protocol != PCP:
	case r.result != 0:
		m.refused(PCP, pcpReason(r.result))
	case r.lifetime > 0:
		m.grant(PCP, netip.AddrPortFrom(r.address, r.outer), seconds(r.lifetime), service{})
	}
}

// age takes a router's count of seconds.
func (m *Mapper) age(p Protocol, count uint32) (lost bool) { return m.epochs[p].learn(m.now, count) }

// refused ends a protocol's use when it was refused while it mattered.
func (m *Mapper) refused(p Protocol, why string) {
	switch {
	case m.phase == seeking:
		m.failed[p] = why
	case m.phase == asking && m.ask.protocol == p:
		m.drop()
		m.give(p, why)
	}
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }
