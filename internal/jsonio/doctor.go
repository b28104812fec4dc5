package jsonio

import (
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// doctorFields are the answer to doctor, and of the event that gochat doctor
// --json prints.
type doctorFields struct {
	OK        bool             `json:"ok"`
	UDP       string           `json:"udp"`
	Mapping   string           `json:"mapping"`
	OneServer bool             `json:"one_server"`
	Step      int              `json:"step,omitempty"`
	Block     []int            `json:"block,omitempty"`
	Filtering string           `json:"filtering"`
	Hairpin   string           `json:"hairpin"`
	IPv6      string           `json:"ipv6"`
	External  []string         `json:"external"`
	Bootnodes []bootnodeFields `json:"bootnodes"`
	Servers   []serverFields   `json:"servers"`
	PortMap   string           `json:"portmap,omitempty"`
	Proxy     string           `json:"proxy,omitempty"`
	Isolated  bool             `json:"isolated,omitempty"`
	Means     string           `json:"means"`
	Words     []string         `json:"words"`
}

// bootnodeFields are one of its bootnodes.
type bootnodeFields struct {
	Address  string   `json:"address"`
	State    string   `json:"state"`
	Reason   string   `json:"reason,omitempty"`
	Observed string   `json:"observed,omitempty"`
	RTT      float64  `json:"rtt_ms"`
	Clock    *float64 `json:"clock_ms,omitempty"`
	TCP      string   `json:"tcp"`
	TCPWhy   string   `json:"tcp_reason,omitempty"`
	Limited  string   `json:"limited,omitempty"`
}

// serverFields are one of its STUN servers.
type serverFields struct {
	Address  string  `json:"address"`
	Observed string  `json:"observed,omitempty"`
	RTT      float64 `json:"rtt_ms"`
}

type doctorEvent struct {
	head
	doctorFields
}

func doctor(d peer.Diagnosis) doctorFields {
	means, _ := front.Prospect(d)
	f := doctorFields{
		OK: front.Reaches(d), UDP: d.UDP.String(), Mapping: d.Mapping.String(), OneServer: d.OneServer, Step: d.Step,
		Filtering: d.Filtering.String(), Hairpin: d.Hairpin.String(), IPv6: d.IPv6.String(), PortMap: d.PortMap, Proxy: d.Proxy, Isolated: d.Isolated,
		External: append([]string{}, d.External...), Bootnodes: []bootnodeFields{}, Servers: []serverFields{},
		Means: means, Words: front.Doctor(d),
	}
	if d.Block != [2]int{} {
		f.Block = d.Block[:]
	}
	for _, b := range d.Bootnodes {
		x := bootnodeFields{Address: b.Address, State: b.State.String(), Reason: b.Reason, Observed: b.Observed, RTT: milliseconds(b.RTT), TCP: b.TCP.String(), TCPWhy: b.TCPWhat, Limited: b.Limited}
		if b.RTT > 0 {
			clock := float64(b.Clock.Milliseconds())
			x.Clock = &clock
		}
		f.Bootnodes = append(f.Bootnodes, x)
	}
	for _, s := range d.Servers {
		f.Servers = append(f.Servers, serverFields{s.Address, s.Observed, milliseconds(s.RTT)})
	}
	return f
}

// Doctor is the one line that gochat doctor --json prints.
func Doctor(d peer.Diagnosis, now time.Time) ([]byte, error) {
	line, err := encode(doctorEvent{head{Version, "doctor", timeText(now)}, doctor(d)})
	return append(line, '\n'), err
}
