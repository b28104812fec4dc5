package udp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
)

func TestParseRoutes(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	number := func(ip string) string {
		a := netip.MustParseAddr(ip).As4()
		return fmt.Sprintf("%08X", binary.NativeEndian.Uint32(a[:]))
	}
	route := func(to, via string, flags, metric int, mask string) string {
		return fmt.Sprintf("eth0\t%s\t%s\t%04X\t0\t0\t%d\t%s\t0\t0\t0\n", number(to), number(via), flags, metric, number(mask))
	}
	for name, tc := range map[string]struct{ table, want string }{
		"one":            {head + route("0.0.0.0", "192.168.1.1", 3, 0, "0.0.0.0"), "192.168.1.1"},
		"least metric":   {head + route("0.0.0.0", "10.0.0.1", 3, 600, "0.0.0.0") + route("0.0.0.0", "192.168.1.1", 3, 100, "0.0.0.0"), "192.168.1.1"},
		"down":           {head + route("0.0.0.0", "192.168.1.1", 2, 0, "0.0.0.0"), ""},
		"no gateway":     {head + route("0.0.0.0", "0.0.0.0", 1, 0, "0.0.0.0"), ""},
		"local only":     {head + route("192.168.1.0", "0.0.0.0", 1, 0, "255.255.255.0"), ""},
		"half the world": {head + route("0.0.0.0", "10.8.0.1", 3, 0, "128.0.0.0"), ""},
		"empty":          {"", ""},
		"garbage":        {"a b c d e f g h\n\x00\n00000000 00000000 zz 3 0 0 0 00000000\n", ""},
	} {
		got := ""
		if a := parseRoutes([]byte(tc.table)); a.IsValid() {
			got = a.String()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
