package portmap

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// phase is what a Mapper is about.
type phase int

const (
	idle     phase = iota // no gateway, or nothing it can be asked for
	seeking               // which protocols does it speak?
	asking                // a mapping was asked for
	holding               // and granted
	removing              // it is being taken away
	stopped
)

// Mapper keeps one UDP port mapped. It is not safe for concurrent use.
type Mapper struct {
	inner uint16 // our port: what is mapped, also by renewals
	rng   *rand.Rand
	nonce [12]byte // of PCP; authorizes changes of the mapping

	now     time.Time
	out     []Action
	phase   phase
	net     Network
	seek    seek
	ask     ask
	lease   lease
	remove  remove
	igd     igd
	epochs  [protocols]epoch
	failed  [protocols]string // why a protocol is of no use in this network
	pmpAddr netip.Addr        // outside, as NAT-PMP tells it
	seq     uint64            // of the latest request
	retryAt time.Time         // idle: when to look again
}

// lease is a mapping that was granted.
type lease struct {
	protocol Protocol // None: there is none
	addr     netip.AddrPort
	control  service   // UPnP: where it was made
	expires  time.Time // zero: never
	renewAt  time.Time
	checkAt  time.Time
	verified Verdict
	remade   bool // removed and made again because nothing came through
}

// NewMapper returns a mapper for our UDP port inner. rng draws ports; nonce is
// PCP's, a secret.
func NewMapper(inner uint16, rng *rand.Rand, nonce [12]byte) *Mapper {
	return &Mapper{inner: inner, rng: rng, nonce: nonce}
}

// Step takes one event at a time now and returns what to do. The slice is valid
// until the next Step.
func (m *Mapper) Step(now time.Time, ev Event) []Action {
	m.now, m.out = now, m.out[:0]
	if m.phase == stopped {
		return nil
	}
	switch ev := ev.(type) {
	case Network:
		m.setNetwork(ev)
	case Control:
		m.control(ev.Packet)
	case Found:
		m.found(ev.Packet)
	case Response:
		m.response(ev)
	case Checked:
		m.checked(ev)
	case Stop:
		m.stop()
	case Timer:
	}
	m.due()
	return m.out
}

func (m *Mapper) do(a Action) { m.out = append(m.out, a) }

// Stopped reports whether nothing is left to be done after Stop.
func (m *Mapper) Stopped() bool { return m.phase == stopped }

// NextDeadline is when Timer is due; zero: never.
func (m *Mapper) NextDeadline() (at time.Time) {
	earlier := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	switch m.phase {
	case idle:
		earlier(m.retryAt)
	case seeking:
		earlier(m.seek.next)
		earlier(m.seek.chooseAt(m.now))
	case asking:
		earlier(m.ask.resendAt)
		earlier(m.lease.expires)
	case holding:
		earlier(m.lease.expires)
		earlier(m.lease.renewAt)
		earlier(m.lease.checkAt)
	case removing:
		earlier(m.remove.resendAt)
	case stopped:
	}
	return at
}

// due does what has become due.
func (m *Mapper) due() {
	if l := &m.lease; l.protocol != None && isDue(l.expires, m.now) && m.phase != removing {
		m.drop()
		if m.phase == holding {
			m.startSeek()
		}
	}
	// What ends one phase begins another, which may have something due, too.
	for before := phase(-1); m.phase != before; {
		before = m.phase
		m.duePhase()
	}
}

func (m *Mapper) duePhase() {
	switch m.phase {
	case idle:
		if isDue(m.retryAt, m.now) {
			m.failed = [protocols]string{}
			m.forget()
			m.startSeek()
		}
	case seeking:
		m.dueSeek()
	case asking:
		m.dueAsk()
	case holding:
		m.dueHold()
	case removing:
		m.dueRemove()
	case stopped:
	}
}

// setNetwork begins anew. A mapping of the former network is out of reach; it
// ends by itself.
func (m *Mapper) setNetwork(n Network) {
	if n == m.net || m.phase == removing && m.remove.then == thenStop {
		return
	}
	m.drop()
	*m = Mapper{inner: m.inner, rng: m.rng, nonce: m.nonce, seq: m.seq, now: m.now, out: m.out, net: n}
	// A host with an address of the Internet needs no mapping, and its gateway
	// is no home router.
	if n.Gateway.Is4() && n.Local.Is4() && !isPublic(n.Local) {
		m.startSeek()
	}
}

// drop forgets the mapping.
func (m *Mapper) drop() {
	if m.lease.protocol != None {
		m.lease = lease{}
		m.do(Mapped{})
	}
}

// grant takes a mapping the router has made or renewed.
func (m *Mapper) grant(p Protocol, addr netip.AddrPort, life time.Duration, control service) {
	if !usable(addr.Addr()) || addr.Port() == 0 {
		m.lease.protocol, m.lease.addr, m.lease.control = p, addr, control // to be removed
		m.give(p, "the router names no outside address ("+addr.Addr().String()+")")
		return
	}
	old := m.lease
	l := &m.lease
	l.protocol, l.addr, l.control = p, addr, control
	switch {
	case life == 0:
		l.expires, l.renewAt = time.Time{}, m.now.Add(permanentRenew)
	default:
		life = min(life, maxLease)
		l.expires, l.renewAt = m.now.Add(life), m.now.Add(max(life/2, minRenew))
	}
	m.setCheck()
	m.phase = holding
	if old.addr != addr {
		l.verified = Unknown
		m.do(Mapped{addr})
	}
}

func (m *Mapper) setCheck() {
	every := checkEvery
	if m.lease.protocol == UPnP {
		every = checkEveryUPnP
	}
	m.lease.checkAt = m.now.Add(every)
}

// dueHold renews and looks whether the router is still the one it was.
func (m *Mapper) dueHold() {
	switch l := &m.lease; {
	case isDue(l.renewAt, m.now):
		m.startAsk(l.protocol)
	case isDue(l.checkAt, m.now):
		m.setCheck()
		switch l.protocol {
		case PCP:
			m.do(SendControl{pcpAnnounceRequest(m.net.Local)})
		case NATPMP:
			m.do(SendControl{pmpAddressRequest()})
		case UPnP:
			m.askAddress()
		}
	}
}

// checked takes word from outside. What is listed but does not forward is
// removed and made again, once, which heals some routers.
func (m *Mapper) checked(ev Checked) {
	l := &m.lease
	if l.protocol == None || ev.Addr != l.addr || m.phase != holding {
		return
	}
	switch {
	case ev.Works:
		l.verified = Yes
	case l.verified == Yes: // it did work: some packets got lost
	case !l.remade:
		l.remade, l.verified = true, No
		m.startRemove(thenAsk)
	default:
		m.give(l.protocol, "the router lists the mapping but lets nothing through")
	}
}

// give gives a protocol up for this network, and the mapping with it.
func (m *Mapper) give(p Protocol, why string) {
	m.failed[p] = why
	if m.lease.protocol == p {
		m.startRemove(thenSeek)
		return
	}
	m.startSeek()
}

// stop takes the mapping away for good.
func (m *Mapper) stop() {
	switch {
	case m.lease.protocol != None:
		m.startRemove(thenStop)
	case m.phase == asking: // it may have been granted
		m.lease = lease{protocol: m.ask.protocol, addr: netip.AddrPortFrom(netip.Addr{}, m.ask.outer), control: m.igd.control}
		m.startRemove(thenStop)
	default:
		m.phase = stopped
	}
}

// Status tells how it stands.
func (m *Mapper) Status(now time.Time) Status {
	s := Status{Gateway: m.net.Gateway, Inner: m.inner, Seeking: m.phase == seeking || m.phase == asking}
	if l := &m.lease; l.protocol != None && m.phase != removing && m.phase != stopped {
		s.Protocol, s.External, s.Verified, s.DoubleNAT = l.protocol, l.addr, l.verified, !isPublic(l.addr.Addr())
		if !l.expires.IsZero() {
			s.Lease = l.expires.Sub(now)
		}
	}
	if s.Protocol == None {
		s.Err = m.reason()
	}
	return s
}

// reason says why there is no mapping.
func (m *Mapper) reason() string {
	for p := PCP; p < protocols; p++ {
		if m.failed[p] != "" {
			return p.String() + ": " + m.failed[p]
		}
	}
	switch {
	case !m.net.Gateway.IsValid():
		return "no IPv4 router was found"
	case isPublic(m.net.Local):
		if documentation(m.net.Local) {
			return "not needed: this host's address is of a range for examples, behind no router"
		}
		return "not needed: this host has a public address"
	case m.phase == idle:
		return "the router speaks none of PCP, NAT-PMP and UPnP, or they are switched off"
	}
	return ""
}

// isDue reports whether a time is set and has come.
func isDue(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
