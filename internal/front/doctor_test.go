package front_test

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

func TestDoctor(t *testing.T) {
	boot := func(state peer.BootnodeState, s peer.TCPAnswer, clock time.Duration) []peer.BootnodeView {
		return []peer.BootnodeView{{Address: "b:1", State: state, RTT: 20 * time.Millisecond, Clock: clock, TCP: s, Observed: "203.0.113.10:4000"}}
	}
	up := boot(peer.BootnodeRegistered, peer.TCPWorks, 0)
	outside := []string{"203.0.113.10:4000"}
	for _, tc := range []struct {
		d        peer.Diagnosis
		want     string // parts in this order, by |
		refuse   string
		reaching bool
	}{
		{peer.Diagnosis{}, "bootnode   none was named|UDP        unknown|people on this network are met directly|To do: name a bootnode", "", true},
		{peer.Diagnosis{Isolated: true}, "no network interface but loopback is up, so only programs on this machine can be met|To do: connect this machine", "people on this network are met", true},
		{peer.Diagnosis{Isolated: true, Bootnodes: boot(peer.BootnodeUnreachable, 0, 0)}, "no network interface but loopback is up|To do: connect this machine", "", false},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingNone, External: outside, Bootnodes: up}, "b:1 registered, 20 ms, sees you at 203.0.113.10:4000; TCP works, too|NAT        none|others reach you directly", "To do", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingNone, External: []string{"127.0.0.1:1", "192.168.1.1:2"}, Bootnodes: up}, "what the Internet sees of you is not known", "reach you directly", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingEndpointIndependent, OneServer: true, Filtering: peer.FilteringAddressDependent, Hairpin: peer.No, External: outside, Bootnodes: up},
			"endpoint-independent mapping|as far as one server can tell|at least every port of hosts that were written to|address-dependent filtering, or endpoint-independent|no hairpin|direct paths to nearly everybody|To do: to be sure", "", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingAddressAndPortDependent, Step: 2, External: outside, Bootnodes: up}, "symmetric|counted by +2|can be foretold|forward a port", "", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingAddressDependent, Block: [2]int{1000, 2000}, Hairpin: peer.Yes, External: outside, Bootnodes: up}, "address-dependent mapping|ports from 1000 to 2000|(hairpin)|must be guessed|forward a port", "", true},
		{peer.Diagnosis{UDP: peer.No, Bootnodes: up}, "is blocked: nothing comes back|over TCP|allow outgoing UDP", "", true},
		{peer.Diagnosis{UDP: peer.No, Bootnodes: boot(peer.BootnodeUnreachable, peer.TCPForeign, 0)}, "by TCP something else answers there|no bootnode has taken you in|log in to this network", "healthcheck", false},
		{peer.Diagnosis{Bootnodes: boot(peer.BootnodeUnreachable, peer.TCPSilent, 0)}, "b:1 unreachable; by TCP nothing answers|gochat healthcheck --bootnode b:1", "", false},
		{peer.Diagnosis{UDP: peer.Yes, IPv6: peer.Yes, Mapping: peer.MappingNone, Bootnodes: boot(peer.BootnodeRegistered, 0, 90*time.Second)}, "its clock differs from yours by 1m30s|IPv6       works|your clock is 1m30s behind that of b:1", "", true},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: boot(peer.BootnodeRegistered, 0, -time.Hour)}, "how your NAT maps is not known|ahead of", "", true},
		{peer.Diagnosis{Disclose: peer.ToNobody, Bootnodes: up}, "UDP        not looked at|NAT        not looked at|you asked for --relay-only", "", true},
		{peer.Diagnosis{Disclose: peer.ToNobody, Proxy: "ALL_PROXY", Bootnodes: boot(peer.BootnodeUnreachable, peer.TCPSilent, 0)}, "does the proxy of ALL_PROXY let you through", "healthcheck", false},
		{peer.Diagnosis{UDP: peer.Yes, Disclose: peer.ToVerified, Mapping: peer.MappingNone, Proxy: "HTTPS_PROXY", PortMap: "none", Bootnodes: up}, "HTTPS_PROXY is set|router     asked to forward a port: none|--direct verified", "", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingAddressAndPortDependent, PortMap: "asking the router", PortAsked: true, External: outside, Bootnodes: up}, "router     asked to forward a port: no answer yet|bootnode relays", "UPnP", true},
		{peer.Diagnosis{UDP: peer.Yes, Mapping: peer.MappingAddressAndPortDependent, PortMap: "x leads here", PortOpen: true, External: outside, Bootnodes: up}, "asked to forward a port: x leads here", "UPnP", true},
		{peer.Diagnosis{UDP: peer.No, Servers: []peer.ServerView{{Address: "s:1"}}}, "no server has answered|check the addresses given with --stun", "the bootnode carries", true},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{{Address: "wss://b", State: peer.BootnodeRegistered, Via: peer.ViaTCP, TCP: peer.TCPWorks}}}, "registered over TCP|only a WebSocket was named|name it as HOST:PORT", "TCP works, too", true},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{{Address: "wss://b", State: peer.BootnodeUnreachable, Reason: "over TCP: bad certificate; mend it", TCP: peer.TCPSilent, TCPWhat: "bad certificate", TCPDo: "mend it"}}},
			"unreachable: over TCP: bad certificate|taken you in|To do: for wss://b: mend it.", "UDP port", false},
		{peer.Diagnosis{Proxy: "HTTPS_PROXY", Bootnodes: []peer.BootnodeView{{Address: "b:1", State: peer.BootnodeUnreachable, TCP: peer.TCPSilent, TCPWhat: "the proxy p:1 refuses", TCPDo: "check HTTPS_PROXY"}}},
			"by TCP: the proxy p:1 refuses|healthcheck|To do: for TCP: check HTTPS_PROXY.", "by TCP nothing answers", false},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: []peer.BootnodeView{{Address: "b:1", State: peer.BootnodeUnreachable, WrongKey: true}}}, "UDP works, but no bootnode|ask the operator of b:1 for its key", "UDP port", false},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: []peer.BootnodeView{{Address: "b:1", State: peer.BootnodeUnreachable, Refused: true, Reason: "only those invited: give a token with --bootnode-token"}}},
			"no bootnode has taken you in|To do: b:1 answers, and its operator does not take you in: only those invited: give a token with --bootnode-token.", "healthcheck", false},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: []peer.BootnodeView{{Address: "b:1", State: peer.BootnodeUnreachable, Refused: true, Reason: peer.ServesOthers}}},
			"b:1 unreachable: it serves another room|To do: b:1 runs inside somebody's gochat, for the rooms of that one: name another", "operator", false},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: []peer.BootnodeView{{Address: "b:1", Embedded: true, State: peer.BootnodeUnreachable, Refused: true, Reason: peer.ServesOthers}}},
			"b:1 unreachable: it serves another room", "b:1 runs", false},
		{peer.Diagnosis{UDP: peer.Yes, Bootnodes: []peer.BootnodeView{{Address: "b:1", State: peer.BootnodeRegistered, Limited: "its quota is used up"}}}, "registered; its quota is used up", "", true},
	} {
		got := front.DoctorText(tc.d)
		rest := got
		for want := range strings.SplitSeq(tc.want, "|") {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%q is missing, or not in its place:\n%s", want, got)
			}
			rest = after
		}
		if tc.refuse != "" && strings.Contains(got, tc.refuse) {
			t.Errorf("%q is there:\n%s", tc.refuse, got)
		}
		if front.Reaches(tc.d) != tc.reaching {
			t.Errorf("reaching is %v:\n%s", !tc.reaching, got)
		}
	}
}
