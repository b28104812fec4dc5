package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"

	"github.com/pion/stun/v3"
)

// RFC 5769 §2.2 and §2.3: sample responses with all trimmings.
const (
	rfc5769IPv4 = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
		"002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
	rfc5769IPv6 = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
		"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)

func decodeHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSTUNRFC5769(t *testing.T) {
	for in, want := range map[string]string{
		rfc5769IPv4: "192.0.2.1:32853",
		rfc5769IPv6: "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
	} {
		id, addr, err := ParseSTUNResponse(decodeHex(t, in))
		if err != nil || addr.String() != want || hex.EncodeToString(id[:]) != "b7e7a701bc34d686fa87dfae" {
			t.Errorf("%x: %v, %v", id, addr, err)
		}
	}
}

func TestSTUNRoundTrip(t *testing.T) {
	id := TxID(seq(1, 12))
	req := STUNRequest(id)
	want := "000100" + "2c" + "2112a442" + hex.EncodeToString(id[:]) + "80220028" + hex.EncodeToString([]byte("gochat"+string(bytes.Repeat([]byte(" "), 34))))
	if got := hex.EncodeToString(req); got != want || len(req) != STUNRequestSize {
		t.Errorf("request %s\nwant    %s", got, want)
	}
	if got, err := ParseSTUNRequest(req); err != nil || got != id {
		t.Errorf("%x, %v", got, err)
	}
	for _, a := range []netip.AddrPort{addr4, addr6, netip.MustParseAddrPort("[::ffff:192.0.2.1]:9595")} {
		resp := STUNResponse(id, a)
		if len(resp) > len(req) {
			t.Errorf("an answer of %d bytes to %d", len(resp), len(req))
		}
		if Classify(resp) != ClassSTUN || Classify(req) != ClassSTUN {
			t.Error("not of the STUN class")
		}
		got, addr, err := ParseSTUNResponse(resp)
		if err != nil || got != id || addr != netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) {
			t.Errorf("%v becomes %v, %v", a, addr, err)
		}
		for i := range resp {
			if _, _, err := ParseSTUNResponse(resp[:i:i]); !errors.Is(err, ErrSTUN) {
				t.Errorf("cut to %d: %v", i, err)
			}
		}
		if _, err := ParseSTUNRequest(resp); !errors.Is(err, ErrSTUN) {
			t.Error("an answer is taken for a request")
		}
	}
	if _, _, err := ParseSTUNResponse(req); !errors.Is(err, ErrSTUN) {
		t.Error("a request is taken for an answer")
	}
	if STUNResponse(id, netip.AddrPort{}) != nil {
		t.Error("an answer without an address")
	}
}

// Crafted answers: GHSA-34rh-wp3j-6cxc and its kin.
func TestSTUNCrafted(t *testing.T) {
	xor := uint16(stun.AttrXORMappedAddress)
	for name, value := range map[string][]byte{
		"empty":                 {},
		"one byte":              {0},
		"family only":           {0, 1},
		"no address":            {0, 1, 0x21, 0x13},
		"short address":         {0, 1, 0x21, 0x13, 1, 2, 3},
		"IPv6 of 4 bytes":       {0, 2, 0x21, 0x13, 1, 2, 3, 4},
		"IPv4 of 16 bytes":      append([]byte{0, 1, 0x21, 0x13}, seq(0, 16)...),
		"IPv6 of 17 bytes":      append([]byte{0, 2, 0x21, 0x13}, seq(0, 17)...),
		"unknown family":        {0, 3, 0x21, 0x13, 1, 2, 3, 4},
		"family of two bytes":   {1, 1, 0x21, 0x13, 1, 2, 3, 4},
		"port 0":                {0, 1, 0x21, 0x12, 1, 2, 3, 4},
		"nothing but a surplus": bytes.Repeat([]byte{0xff}, 40),
	} {
		p := decodeHex(t, "01010000"+"2112a442"+zeros(12))
		p = append(p, byte(xor>>8), byte(xor), 0, byte(len(value)))
		p = append(p, value...)
		for len(p)%4 != 0 {
			p = append(p, 0)
		}
		p[3] = byte(len(p) - 20)
		if _, addr, err := ParseSTUNResponse(p); !errors.Is(err, ErrSTUN) {
			t.Errorf("%s: %v, %v", name, addr, err)
		}
	}
	good := STUNResponse(TxID{}, addr4)
	if _, _, err := ParseSTUNResponse(append(bytes.Clone(good), 0, 0, 0, 0)); err == nil {
		t.Error("more than the length says: accepted")
	}
	if _, _, err := ParseSTUNResponse(decodeHex(t, "01010000"+"2112a442"+zeros(12))); err == nil {
		t.Error("no attribute: accepted")
	}
	if _, err := ParseSTUNRequest(make([]byte, MaxPacket+1)); err == nil {
		t.Error("an oversized packet: accepted")
	}
}

func FuzzSTUN(f *testing.F) {
	f.Add(STUNRequest(TxID{1}))
	f.Add(STUNRequestOtherPort(TxID{1}))
	f.Add(STUNResponse(TxID{1}, addr4))
	f.Add(STUNResponse(TxID{1}, addr6))
	f.Add(decodeHex(f, rfc5769IPv4))
	f.Add(decodeHex(f, rfc5769IPv6))
	f.Add(decodeHex(f, "010100042112a442"+zeros(12)+"00200000"))
	f.Fuzz(func(t *testing.T, p []byte) {
		_, _ = ParseSTUNRequest(p)
		_, _ = STUNChange(p)
		id, addr, err := ParseSTUNResponse(p)
		if err != nil {
			return
		}
		again, same, err := ParseSTUNResponse(STUNResponse(id, addr))
		if err != nil || again != id || same != addr {
			t.Errorf("%v becomes %v, %v", addr, same, err)
		}
	})
}
