package portmap

import "net/netip"

// Event is an input of Mapper.Step, one of the types below.
type Event interface{ event() }

type (
	// Network tells the gateway and our own address towards it, IPv4 both; an
	// invalid gateway: there is none. All that was known before is forgotten.
	Network struct{ Gateway, Local netip.Addr }
	// Control is a packet from the gateway's control port.
	Control struct{ Packet []byte }
	// Found is an SSDP answer from the gateway's address.
	Found struct{ Packet []byte }
	// Response answers a Request. Status 0: none came.
	Response struct {
		Seq    uint64
		Status int
		Body   []byte
	}
	// Checked says whether a packet from outside came through a mapping.
	Checked struct {
		Addr  netip.AddrPort
		Works bool
	}
	// Stop removes the mapping; nothing is asked for any more.
	Stop struct{}
	// Timer is to be delivered at NextDeadline.
	Timer struct{}
)

func (Network) event()  {}
func (Control) event()  {}
func (Found) event()    {}
func (Response) event() {}
func (Checked) event()  {}
func (Stop) event()     {}
func (Timer) event()    {}

// Action is something to do, one of the types below.
type Action interface{ action() }

type (
	// SendControl goes to the gateway's control port.
	SendControl struct{ Packet []byte }
	// Search goes to the SSDP group and to the gateway's SSDP port.
	Search struct{ Packet []byte }
	// Request asks the gateway's web server for a page, or with a Body makes a
	// SOAP call.
	Request struct {
		Seq    uint64
		URL    string
		Header string // SOAPAction
		Body   []byte
	}
	// Mapped tells the outside address that leads to us; invalid: none any more.
	Mapped struct{ Addr netip.AddrPort }
)

func (SendControl) action() {}
func (Search) action()      {}
func (Request) action()     {}
func (Mapped) action()      {}
