package portmap

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestSearchAnswers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:2\r\n"
	for answer, want := range map[string]string{
		head + "LOCATION: http://192.168.1.1:5000/x.xml\r\n\r\n":                       "http://192.168.1.1:5000/x.xml",
		head + "Location:http://192.168.1.1/x\r\n":                                     "http://192.168.1.1/x",
		head + "LOCATION: http://192.168.1.9/x\r\n":                                    "",
		head + "LOCATION: http://router.lan/x\r\n":                                     "",
		head + "LOCATION: https://192.168.1.1/x\r\n":                                   "",
		head + "LOCATION: http://u:p@192.168.1.1/x\r\n":                                "",
		head + "LOCATION: file:///etc/passwd\r\n":                                      "",
		head + "LOCATION: http://[::1]/\r\n":                                           "",
		head:                                                                           "",
		"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://192.168.1.1/x\r\n": "",
		"HTTP/1.1 404 no\r\n":                                                          "",
		head + "LOCATION: http://192.168.1.1/" + strings.Repeat("x", ssdpMax) + "\r\n": "",
	} {
		if got, _ := parseSearch([]byte(answer), gateway); got != want {
			t.Errorf("%.120q: %q, want %q", answer, got, want)
		}
	}
}

func TestHostileDescriptions(t *testing.T) {
	many := strings.Repeat("<service><serviceType>"+connections[1]+"</serviceType><controlURL>/c</controlURL></service>", 50)
	for name, tc := range map[string]struct {
		body string
		want int
	}{
		"many services":  {"<r>" + many + "</r>", maxService},
		"deep":           {strings.Repeat("<a>", 1000) + many, 0},
		"entities":       {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;` + many + "</r>", 0},
		"external":       {`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><serviceType>&a;</serviceType>`, 0},
		"long":           {"<r>" + strings.Repeat(" ", maxBody) + many + "</r>", 0},
		"base elsewhere": {"<r><URLBase>http://10.0.0.1/</URLBase>" + many + "</r>", maxService}, // not believed
		"other scheme":   {"<r><serviceType>" + connections[0] + "</serviceType><controlURL>ftp://192.168.1.1/</controlURL></r>", 0},
	} {
		got, _ := parseDescription([]byte(tc.body), "http://192.168.1.1:5000/", gateway)
		if len(got) != tc.want {
			t.Errorf("%s: %d services, want %d", name, len(got), tc.want)
		}
		for _, s := range got {
			if !strings.HasPrefix(s.control, "http://192.168.1.1:5000/") {
				t.Errorf("%s: leads to %s", name, s.control)
			}
		}
	}
	two := "<r><serviceType>" + connections[2] + "</serviceType><controlURL>ppp</controlURL><serviceType>" + connections[0] + "</serviceType><controlURL>ip</controlURL></r>"
	got, err := parseDescription([]byte(two), "http://192.168.1.1/d/x.xml", gateway)
	if err != nil || len(got) != 2 || got[0].control != "http://192.168.1.1/d/ip" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRoundTrips(t *testing.T) {
	if got := pmpMapRequest(41000, 5000, 7200); !bytes.Equal(got, []byte{0, 1, 0, 0, 0xa0, 0x28, 0x13, 0x88, 0, 0, 0x1c, 0x20}) {
		t.Errorf("NAT-PMP request %x", got)
	}
	want := pcpMapping{nonce: [12]byte{9, 8, 7}, inner: 1, outer: 2, address: outside, lifetime: 3}
	p := pcpMapRequest(local, want)
	p[1] |= pcpAnswer
	if r, err := parsePCP(p); err != nil || r.pcpMapping != want || len(p) != 60 {
		t.Errorf("PCP %+v, %v, %d bytes", r, err, len(p))
	}
}

func FuzzPMP(f *testing.F) {
	f.Add([]byte{0, 128, 0, 0, 0, 0, 0, 9, 5, 5, 5, 10})
	f.Add([]byte{0, 129, 0, 0, 0, 0, 0, 9, 0xa0, 0x28, 0xa0, 0x28, 0, 0, 0x1c, 0x20})
	f.Add([]byte{0, 129, 0, 3, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, p []byte) { parsePMP(p) })
}

func FuzzPCP(f *testing.F) {
	p := pcpMapRequest(local, pcpMapping{inner: 1, outer: 2, address: outside, lifetime: 3})
	p[1] |= pcpAnswer
	f.Add(p)
	f.Fuzz(func(t *testing.T, p []byte) { parsePCP(p) })
}

func FuzzSearch(f *testing.F) {
	f.Add(newRouter().search(searches()[0]))
	f.Fuzz(func(t *testing.T, p []byte) {
		if at, err := parseSearch(p, gateway); err == nil && !strings.HasPrefix(at, "http://192.168.1.1") {
			t.Errorf("leads to %s", at)
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(describe(connections[0], "/ctl")))
	f.Add([]byte("<r><URLBase>http://192.168.1.1:1/</URLBase><serviceType>" + connections[1] + "</serviceType><controlURL>//x/y</controlURL></r>"))
	f.Fuzz(func(t *testing.T, p []byte) {
		list, _ := parseDescription(p, "http://192.168.1.1:5000/", gateway)
		for _, s := range list {
			if _, err := atGateway(s.control, "", gateway); err != nil {
				t.Errorf("leads to %s", s.control)
			}
		}
		parseSOAP(p)
	})
}

// FuzzMapper lets a router say anything at any time: the mapper keeps its
// deadlines, claims only usable addresses and ends when told to.
func FuzzMapper(f *testing.F) {
	f.Add(uint64(1), []byte("\x00\x80\x00\x00\x00\x00\x00\x01\x05\x05\x05\x05"))
	f.Fuzz(func(t *testing.T, seed uint64, noise []byte) {
		rng := rand.New(rand.NewPCG(seed, 1))
		b := newBench(t, newRouter())
		for range 60 {
			if b.r.pcp, b.r.pmp, b.r.upnp = rng.IntN(2) == 0, rng.IntN(2) == 0, rng.IntN(2) == 0; rng.IntN(4) == 0 {
				b.r.refuse = rng.IntN(20)
			}
			switch rng.IntN(8) {
			case 0:
				b.step(Control{noise})
			case 1:
				b.step(Found{noise})
			case 2:
				b.step(Response{b.m.seq, rng.IntN(2) * 200, noise})
			case 3:
				b.step(Checked{b.mapped, rng.IntN(2) == 0})
			case 4:
				b.step(Network{gateway, netip.AddrFrom4([4]byte{10, 0, 0, byte(rng.IntN(3))})})
			case 5:
				b.r.deaf = !b.r.deaf
			}
			b.run(time.Duration(rng.Int64N(int64(upnpTimeout * 100))))
			if b.mapped.IsValid() && !usable(b.mapped.Addr()) {
				t.Fatalf("claims %v", b.mapped)
			}
		}
		b.step(Stop{})
		b.run(exitWait)
		if !b.m.Stopped() || b.mapped.IsValid() {
			t.Fatalf("did not stop: phase %d, %v", b.m.phase, b.mapped)
		}
	})
}
