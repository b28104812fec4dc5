package bootnode

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Limits bound what members, addresses and strangers may use. A zero field
// means its default.
type Limits struct {
	Members           int // in all rooms; default 1,000,000, which take 1 GB
	MembersPerRoom    int // default 2,000
	MembersPerAddress int // of an IPv4 address or an IPv6 /64; default 1,024; loopback exempt
	MembersPerNetwork int // of an IPv4 /24 or an IPv6 /48; default 8,192; loopback exempt
	Rooms             int // default 1,000,000
	Streams           int // connections over TCP in all; default 20,000
	StreamsPerAddress int // of an IPv4 address or an IPv6 /64; default 256; loopback exempt
	RelayRate         int // bytes a second each member may send through the relay; default 512 KiB
	RelayBurst        int // bytes; default 2 MiB
	RelayTotal        int // bytes a second that the relay carries in all; 0: no limit
	NodeRelayRate     int // bytes a second each other node may bring through the relay; default 64 MiB
	NodeRelayBurst    int // bytes; default 16 MiB
	HellosPerSecond   int // answered in all; default 20,000
	RegistersPerSec   int // public-key work in all; default 3,000
	GonesPerSecond    int // answers to unknown sessions in all; default 20,000

	// MailPerNetwork is how many bytes members of an IPv4 /24 or an IPv6 /48 may
	// put into boxes in a day, with mailSpare for each object; default 64 MiB;
	// loopback exempt.
	MailPerNetwork int

	// RelayQuota is what each member may send through the relay in a QuotaPeriod;
	// 0: no limit.
	RelayQuota  int64
	QuotaPeriod time.Duration // default 24 h

	// LimitLoopback ends the exemption of loopback addresses.
	LimitLoopback bool
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Members, 1_000_000},
		{&l.MembersPerRoom, 2_000},
		{&l.MembersPerAddress, 1_024},
		{&l.MembersPerNetwork, 8_192},
		{&l.Rooms, 1_000_000},
		{&l.Streams, 20_000},
		{&l.StreamsPerAddress, 256},
		{&l.RelayRate, 512 << 10},
		{&l.RelayBurst, 2 << 20},
		{&l.NodeRelayRate, 64 << 20},
		{&l.NodeRelayBurst, 16 << 20},
		{&l.HellosPerSecond, 20_000},
		{&l.RegistersPerSec, 3_000},
		{&l.GonesPerSecond, 20_000},
		{&l.MailPerNetwork, 64 << 20},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	if l.QuotaPeriod <= 0 {
		l.QuotaPeriod = 24 * time.Hour
	}
	return l
}

// What one address may ask for. The bursts let a full address (1,024 members
// behind one NAT) come back at once after a restart.
var (
	helloPerAddress    = rate{100, 4096}
	registerPerAddress = rate{50, 2048}
	// What all addresses of a network may ask for, which one who rents it has all of.
	helloPerNetwork    = rate{800, 16_384}
	registerPerNetwork = rate{400, 16_384}
	// updatesPerMember bounds what one member can make a room's bootnode send.
	updatesPerMember = rate{5, 20}
)

// How many pages of its roster a room is told that asks for them, shared evenly
// by its members. In a room of 1,000 each hears of a few dozen others at once and
// of the rest little by little; rooms of a hundred never notice. All that all
// of a room of 1,000 have to hear of all are a quarter of a million pages.
const (
	rosterPerSecond = 4_000
	rosterBurst     = 2 * time.Second // of these
	rosterLeast     = 4               // pages at once, however large the room
)

// takeRoster takes a page for one of so many members.
func takeRoster(m *meter, now time.Duration, members int) bool {
	cost := time.Duration(members) * time.Second / rosterPerSecond
	return m.take(now, cost, max(rosterBurst, rosterLeast*cost))
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
