package natlab

import (
	"encoding/binary"

	"gochat/internal/wire"
)

// Probes is how many of gochat's path probes were put on the public Internet
// so far. What passes within a home, or is relayed, does not count. It needs
// an impaired lab.
func (l *Lab) Probes() int { return int(l.bridge.probes.Load()) }

// isProbe tells whether an Ethernet frame of an IP packet carries a probe.
func isProbe(f []byte) bool {
	const udp, udpHeader = 17, 8
	ip := f[ethernet:]
	var payload []byte
	switch binary.BigEndian.Uint16(f[12:]) {
	case typeIPv4:
		if start := int(ip[0]&0x0f)*4 + udpHeader; ip[9] == udp && start < len(ip) {
			payload = ip[start:]
		}
	case typeIPv6:
		if start := 40 + udpHeader; ip[6] == udp && start < len(ip) {
			payload = ip[start:]
		}
	}
	return len(payload) > 0 && payload[0] == wire.MagicDisco
}
