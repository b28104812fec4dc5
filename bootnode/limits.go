package bootnode

import (
	"encoding/binary"
	"net/netip"
)

// Limits bound what members, addresses and strangers may use. A zero field
// means its default.
type Limits struct {
	Members           int // in all rooms; default 250,000
	MembersPerRoom    int // default 2,000
	MembersPerAddress int // of an IPv4 address or an IPv6 /64; default 1,024; loopback exempt
	RelayRate         int // bytes a second each member may send through the relay; default 512 KiB
	RelayBurst        int // bytes; default 2 MiB
	HellosPerSecond   int // answered in all; default 20,000
	RegistersPerSec   int // public-key work in all; default 3,000
	GonesPerSecond    int // answers to unknown sessions in all; default 20,000

	// LimitLoopback ends the exemption of loopback addresses.
	LimitLoopback bool
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Members, 250_000},
		{&l.MembersPerRoom, 2_000},
		{&l.MembersPerAddress, 1_024},
		{&l.RelayRate, 512 << 10},
		{&l.RelayBurst, 2 << 20},
		{&l.HellosPerSecond, 20_000},
		{&l.RegistersPerSec, 3_000},
		{&l.GonesPerSecond, 20_000},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return l
}

// What one address may ask for. The bursts let a full address (1,024 members
// behind one NAT) come back at once after a restart.
var (
	helloPerAddress    = rate{100, 4096}
	registerPerAddress = rate{50, 2048}
	// updatesPerMember bounds what one member can make a room's bootnode send.
	updatesPerMember = rate{5, 20}
)

// sources limits how often addresses may ask, in constant memory: addresses
// share meters, chosen by bytes of their cookies. Nobody without the cookie
// key can aim at another's meter, and who shares one changes each period.
type sources struct{ hello, register [4096]meter }

func sourceIndex(cookie []byte) int {
	return int(binary.BigEndian.Uint16(cookie[len(cookie)-2:]) % 4096)
}

// addrBytes is the canonical form of an address in cookies and tokens.
func addrBytes(a netip.AddrPort) []byte {
	ip := a.Addr().As16()
	return binary.BigEndian.AppendUint16(ip[:], a.Port())
}

// site is who a limit per address counts: an IPv4 address or an IPv6 /64, the
// least that a provider gives one customer.
type site [16]byte

func siteOf(a netip.Addr) site {
	s := site(a.As16())
	if a.Unmap().Is6() {
		clear(s[8:])
	}
	return s
}

// exempt reports whether an address is excused from limits per address.
func (l *Limits) exempt(a netip.Addr) bool { return a.IsLoopback() && !l.LimitLoopback }
