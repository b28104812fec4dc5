package portmap

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// upnpTimeout is how long a router's web server may take.
const upnpTimeout = 3 * time.Second

type igdStep int

const (
	igdUnknown   igdStep = iota
	igdDescribed         // its description was asked for
	igdAddress           // a service was asked for its outside address
	igdReady
)

// igd is what is known of the router's UPnP side. One request is under way at
// a time.
type igd struct {
	step     igdStep
	location string
	services []service // to be tried
	control  service
	address  netip.Addr // outside
	seq      uint64     // of the request that waits for its answer; 0: none
	call     upnpCall
	life     time.Duration // asked for
}

type upnpCall int

const (
	callDescription upnpCall = iota
	callAddress
	callAdd
	callDelete
)

func (m *Mapper) request(call upnpCall, url, header string, body []byte) {
	m.seq++
	m.igd.seq, m.igd.call = m.seq, call
	m.do(Request{Seq: m.seq, URL: url, Header: header, Body: body})
}

func (m *Mapper) call(call upnpCall, name string, args ...string) {
	s := m.igd.control
	if call == callDelete {
		s = m.lease.control
	}
	header, body := soapRequest(s.kind, name, args...)
	m.request(call, s.control, header, body)
}

// found takes an answer to a search; the first counts.
func (m *Mapper) found(p []byte) {
	if m.phase != seeking || m.igd.step != igdUnknown || m.failed[UPnP] != "" {
		return
	}
	location, err := parseSearch(p, m.net.Gateway)
	if err != nil {
		return
	}
	m.igd = igd{step: igdDescribed, location: location}
	m.request(callDescription, location, "", nil)
}

// response takes an answer of the web server.
func (m *Mapper) response(ev Response) {
	if ev.Seq != m.igd.seq || ev.Seq == 0 {
		return
	}
	m.igd.seq = 0
	var r soapResponse
	if m.igd.call != callDescription && ev.Status != 0 {
		var err error
		if r, err = parseSOAP(ev.Body); err != nil || ev.Status != http.StatusOK && r.fault == 0 {
			r.fault = -1
		}
	}
	switch m.igd.call {
	case callDescription:
		m.described(ev)
	case callAddress:
		m.addressed(ev, r)
	case callAdd:
		m.added(ev, r)
	case callDelete:
		if m.phase == removing && m.lease.protocol == UPnP {
			m.removed()
		}
	}
}

func (m *Mapper) described(ev Response) {
	if ev.Status == http.StatusOK {
		m.igd.services, _ = parseDescription(ev.Body, m.igd.location, m.net.Gateway)
	}
	m.nextService()
}

// nextService asks the next service for its outside address: a router may name
// several connections of which one is up.
func (m *Mapper) nextService() {
	if len(m.igd.services) == 0 {
		m.failed[UPnP] = "the router has no UPnP service that works"
		return
	}
	m.igd.step, m.igd.control, m.igd.services = igdAddress, m.igd.services[0], m.igd.services[1:]
	m.askAddress()
}

func (m *Mapper) askAddress() {
	if m.igd.seq == 0 { // else something is under way; this can wait
		m.call(callAddress, "GetExternalIPAddress")
	}
}

func (m *Mapper) addressed(ev Response, r soapResponse) {
	ok := ev.Status != 0 && r.fault == 0 && usable(r.address)
	switch {
	case m.igd.step == igdAddress && ok:
		m.igd.step, m.igd.address, m.seek.speaks[UPnP] = igdReady, r.address, true
	case m.igd.step == igdAddress:
		m.nextService()
	case m.phase != holding || m.lease.protocol != UPnP || ev.Status == 0:
		// A check of a mapping that is no more, or a router that is busy.
	case !ok:
		m.give(UPnP, "the router names no outside address")
	case r.address != m.igd.address:
		m.igd.address = r.address
		m.startAsk(UPnP)
	}
}

func (m *Mapper) addMapping() {
	m.igd.life = leaseWanted * time.Second
	if m.ask.permanent {
		m.igd.life = 0
	}
	m.call(callAdd, "AddPortMapping",
		"NewRemoteHost", "",
		"NewExternalPort", strconv.Itoa(int(m.ask.outer)),
		"NewProtocol", "UDP",
		"NewInternalPort", strconv.Itoa(int(m.inner)),
		"NewInternalClient", m.net.Local.String(),
		"NewEnabled", "1",
		"NewPortMappingDescription", "gochat",
		"NewLeaseDuration", strconv.Itoa(int(m.igd.life.Seconds())))
}

func (m *Mapper) added(ev Response, r soapResponse) {
	if m.phase != asking || m.ask.protocol != UPnP {
		return
	}
	switch {
	case ev.Status == 0: // dueAsk tries again
	case r.fault == 0:
		m.grant(UPnP, netip.AddrPortFrom(m.igd.address, m.ask.outer), m.igd.life, m.igd.control)
	case r.fault == faultPermanent && !m.ask.permanent:
		m.ask.permanent = true
		m.sendAsk()
	case r.fault == faultConflict && m.ask.conflicts < upnpTries:
		m.ask.conflicts++
		m.ask.outer = uint16(20000 + m.rng.IntN(40000))
		m.sendAsk()
	default:
		why := "the router refuses port mappings; look for UPnP in its settings"
		if r.fault > 0 {
			why = fmt.Sprintf("%s (code %d)", why, r.fault)
		}
		m.refused(UPnP, why)
	}
}
