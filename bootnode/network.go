package bootnode

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"

	"gochat/crypto"
)

// networkOf is who a limit per network counts: an IPv4 /24 or an IPv6 /48, the
// least that is routed on the internet, and what one who has many addresses has
// at least.
func networkOf(a netip.Addr) site {
	s := site(a.As16())
	if a.Unmap().Is6() {
		clear(s[6:])
	} else {
		s[15] = 0
	}
	return s
}

func (d *Directory) enterSite(m *member) {
	a := m.addr.Addr()
	d.sites[siteOf(a)]++
	d.networks[networkOf(a)]++
}

func (d *Directory) leaveSite(m *member) {
	a := m.addr.Addr()
	s, n := siteOf(a), networkOf(a)
	if d.sites[s]--; d.sites[s] == 0 {
		delete(d.sites, s)
	}
	if d.networks[n]--; d.networks[n] == 0 {
		delete(d.networks, n)
	}
}

// sources limits how often addresses and networks may ask, in constant memory:
// they share meters, chosen by bytes of cookies and by a keyed hash. Nobody
// without the key can aim at another's meter; which addresses share one changes
// each period.
type sources struct{ hello, register *pace }

func newSources() sources {
	return sources{&pace{seed: maphash.MakeSeed()}, &pace{seed: maphash.MakeSeed()}}
}

type pace struct {
	seed     maphash.Seed
	address  [4096]meter
	networks [4096]meter
}

// take reports whether both the address and its network may ask now. The
// network pays for what the address may not, too: else a flood from many
// addresses would cost it nothing.
func (p *pace) take(now time.Duration, cookie crypto.Cookie, a netip.Addr, perAddress, perNetwork rate) bool {
	n := networkOf(a)
	index := binary.BigEndian.Uint16(cookie[len(cookie)-2:]) % 4096
	address := perAddress.take(&p.address[index], now, 1)
	return perNetwork.take(&p.networks[maphash.Bytes(p.seed, n[:])%4096], now, 1) && address
}
