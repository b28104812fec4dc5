package portmap

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	gateway = netip.MustParseAddr("192.168.1.1")
	local   = netip.MustParseAddr("192.168.1.2")
	outside = netip.MustParseAddr("5.5.5.10")
	begin   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

const inner = 41000

// entry is a mapping of the fake router, by its outside port.
type entry struct {
	inner uint16
	until time.Time
	by    Protocol
}

// router speaks what it is told to, in no time but for slow.
type router struct {
	pcp, pmp, upnp bool
	address        netip.Addr
	grant          uint32 // at most; 0: what is wanted
	refuse         int    // result code of every mapping
	permanent      bool   // UPnP: no leases
	taken          map[uint16]bool
	deaf           bool // answers nothing any more
	description    string
	location       string
	booted         time.Time
	table          map[uint16]entry
	asked          map[Protocol]int // requests for mappings
	removals       int
}

func newRouter() *router {
	return &router{pcp: true, pmp: true, upnp: true, address: outside, booted: begin.Add(-time.Hour),
		table: map[uint16]entry{}, asked: map[Protocol]int{}, taken: map[uint16]bool{}, location: "http://192.168.1.1:5000/root.xml",
		description: describe(connections[1], "/ctl/IPConn")}
}

func describe(kind, control string) string {
	return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><serviceList><service>` +
		`<serviceType>` + kind + `</serviceType><controlURL>` + control + `</controlURL></service></serviceList></device></deviceList></device></root>`
}

func (r *router) epoch(now time.Time) uint32 { return uint32(now.Sub(r.booted) / time.Second) }

func (r *router) life(want uint32) uint32 {
	if r.grant > 0 {
		return min(want, r.grant)
	}
	return want
}

func (r *router) put(now time.Time, p Protocol, outer, in uint16, life uint32) uint16 {
	r.asked[p]++
	for r.taken[outer] {
		outer++
	}
	r.table[outer] = entry{in, now.Add(seconds(life)), p}
	return outer
}

func (r *router) take(in uint16) {
	r.removals++
	for outer, e := range r.table {
		if e.inner == in {
			delete(r.table, outer)
		}
	}
}

// control answers PCP and NAT-PMP.
func (r *router) control(now time.Time, p []byte) []byte {
	switch {
	case r.deaf:
		return nil
	case p[0] == pcpVersion && r.pcp:
		return r.answerPCP(now, p)
	case p[0] == pcpVersion && r.pmp:
		return binary.BigEndian.AppendUint32([]byte{0, pmpAnswer | p[1], 0, 1}, r.epoch(now))
	case p[0] == pmpVersion && r.pmp:
		return r.answerPMP(now, p)
	}
	return nil
}

func (r *router) answerPMP(now time.Time, p []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0, pmpAnswer | p[1], 0, 0}, r.epoch(now))
	if p[1] == pmpAddress {
		return append(b, r.address.AsSlice()...)
	}
	in, outer, life := binary.BigEndian.Uint16(p[4:]), binary.BigEndian.Uint16(p[6:]), binary.BigEndian.Uint32(p[8:])
	b[3] = byte(r.refuse)
	switch {
	case life == 0:
		r.take(in)
	case r.refuse == 0:
		life = r.life(life)
		outer = r.put(now, NATPMP, outer, in, life)
	}
	b = binary.BigEndian.AppendUint16(b, in)
	b = binary.BigEndian.AppendUint16(b, outer)
	return binary.BigEndian.AppendUint32(b, life)
}

func (r *router) answerPCP(now time.Time, p []byte) []byte {
	b := append([]byte(nil), p...)
	b[1] |= pcpAnswer
	binary.BigEndian.PutUint32(b[8:], r.epoch(now))
	if p[1] == pcpAnnounce {
		return b
	}
	m := b[pcpHeader:]
	in, life := binary.BigEndian.Uint16(m[16:]), binary.BigEndian.Uint32(b[4:])
	b[3] = byte(r.refuse)
	switch {
	case life == 0:
		r.take(in)
	case r.refuse == 0:
		life = r.life(life)
		binary.BigEndian.PutUint16(m[18:], r.put(now, PCP, binary.BigEndian.Uint16(m[18:]), in, life))
		ip := r.address.As16()
		copy(m[20:], ip[:])
		binary.BigEndian.PutUint32(b[4:], life)
	}
	return b
}

func (r *router) search(p []byte) []byte {
	if !r.upnp || r.deaf || !strings.Contains(string(p), "InternetGatewayDevice:1") {
		return nil
	}
	return []byte("HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLocation: " + r.location + "\r\n\r\n")
}

var argument = regexp.MustCompile(`<New(\w+)>([^<]*)</`)

func (r *router) web(now time.Time, q Request) (int, string) {
	if r.deaf || !r.upnp || !strings.HasPrefix(q.URL, r.location[:strings.LastIndex(r.location, "/")]) {
		return 0, ""
	}
	if q.Body == nil {
		return 200, r.description
	}
	fault := func(code int) (int, string) {
		return 500, fmt.Sprintf("<s:Envelope><s:Body><s:Fault><detail><UPnPError><errorCode>%d</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>", code)
	}
	args := map[string]string{}
	for _, m := range argument.FindAllStringSubmatch(string(q.Body), -1) {
		args[m[1]] = m[2]
	}
	number := func(name string) uint16 { n, _ := strconv.Atoi(args[name]); return uint16(n) }
	switch {
	case strings.HasSuffix(q.Header, `#GetExternalIPAddress"`):
		return 200, "<r><NewExternalIPAddress>" + r.address.String() + "</NewExternalIPAddress></r>"
	case strings.HasSuffix(q.Header, `#DeletePortMapping"`):
		r.removals++
		delete(r.table, number("ExternalPort"))
		return 200, "<r></r>"
	case r.refuse != 0:
		return fault(r.refuse)
	case r.permanent && args["LeaseDuration"] != "0":
		return fault(faultPermanent)
	case r.taken[number("ExternalPort")]:
		return fault(faultConflict)
	}
	r.put(now, UPnP, number("ExternalPort"), number("InternalPort"), uint32(number("LeaseDuration")))
	return 200, "<r></r>"
}

// bench runs a mapper against a router in simulated time.
type bench struct {
	t      testing.TB
	m      *Mapper
	r      *router
	now    time.Time
	mapped netip.AddrPort
	sent   int
}

func newBench(t testing.TB, r *router) *bench {
	b := &bench{t: t, r: r, now: begin, m: NewMapper(inner, rand.New(rand.NewPCG(1, 2)), [12]byte{1, 2, 3})}
	b.step(Network{gateway, local})
	return b
}

func (b *bench) step(ev Event) {
	for queue := []Event{ev}; len(queue) > 0; queue = queue[1:] {
		for _, a := range append([]Action(nil), b.m.Step(b.now, queue[0])...) {
			b.sent++
			switch a := a.(type) {
			case Mapped:
				b.mapped = a.Addr
			case SendControl:
				if p := b.r.control(b.now, a.Packet); p != nil {
					queue = append(queue, Control{p})
				}
			case Search:
				if p := b.r.search(a.Packet); p != nil {
					queue = append(queue, Found{p})
				}
			case Request:
				status, body := b.r.web(b.now, a)
				queue = append(queue, Response{a.Seq, status, []byte(body)})
			}
		}
		if at := b.m.NextDeadline(); !at.IsZero() && !at.After(b.now) {
			b.t.Fatalf("the deadline %v is not after now %v (phase %d)", at, b.now, b.m.phase)
		}
	}
}

// run lets time pass.
func (b *bench) run(d time.Duration) {
	end := b.now.Add(d)
	for {
		at := b.m.NextDeadline()
		if at.IsZero() || at.After(end) {
			b.now = end
			return
		}
		b.now = at
		b.step(Timer{})
	}
}

func (b *bench) status() Status { return b.m.Status(b.now) }

// expect checks the protocol in use, that the mapping is there at the router,
// and that it leads to our port.
func (b *bench) expect(p Protocol) {
	b.t.Helper()
	s := b.status()
	if s.Protocol != p || b.mapped != s.External {
		b.t.Fatalf("by %v at %v, told %v; want %v (%s)", s.Protocol, s.External, b.mapped, p, s)
	}
	if p == None {
		return
	}
	e, ok := b.r.table[s.External.Port()]
	if !ok || e.inner != inner || s.External.Addr() != b.r.address {
		b.t.Fatalf("the router has %v for %v", b.r.table, s.External)
	}
}
