package monitor

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/presence"
)

// Prefix begins every metric's name.
const Prefix = "gochat_bootnode_"

// Metric is a line of the table of all that /metrics shows.
type Metric struct {
	Name  string // with Prefix
	Kind  string // gauge or counter, as Prometheus has them
	Label string // that tells several values apart; "": there is one
	Help  string

	values func(s *sample, show func(label string, value float64))
}

// sample is the state all metrics of one answer are of.
type sample struct {
	bootnode.Stats
	mesh    *Mesh // nil: there are no other bootnodes
	mail    *Mail // nil: nothing is kept here
	version string
	started time.Time
	ready   bool
	dropped uint64 // hooks' events
	process process
}

func gauge(name, help string, value func(*sample) float64) Metric {
	return single(name, "gauge", help, value)
}

func counter(name, help string, value func(*sample) uint64) Metric {
	return single(name+"_total", "counter", help, func(s *sample) float64 { return float64(value(s)) })
}

// meshed is only shown where there are other bootnodes.
func meshed(name, kind, help string, value func(*Mesh) uint64) Metric {
	return Metric{Name: Prefix + name, Kind: kind, Help: help, values: func(s *sample, show func(string, float64)) {
		if s.mesh != nil {
			show("", float64(value(s.mesh)))
		}
	}}
}

func single(name, kind, help string, value func(*sample) float64) Metric {
	return Metric{Name: Prefix + name, Kind: kind, Help: help,
		values: func(s *sample, show func(string, float64)) { show("", value(s)) }}
}

// Mesh is what is counted of the links to other bootnodes.
type Mesh struct {
	Links, Missing             int // now
	Strangers, Overasked       uint64
	LinksLost, Loops, Refused  uint64
	SlowConsumers, Disconnects uint64
	PresenceDropped            uint64
	FramesDropped              uint64
	Unheard, FramesLost        uint64 // of other bootnodes
}

// Mail is what lies in the mailbox: in a cluster, of all nodes together.
type Mail struct {
	Objects, Bytes uint64
	Failing        time.Time // since when it does not work; zero: it does
}

// kept is only shown where there is a mailbox.
func kept(name, help string, value func(*Mail) uint64) Metric {
	return Metric{Name: Prefix + name, Kind: "gauge", Help: help, values: func(s *sample, show func(string, float64)) {
		if s.mail != nil {
			show("", float64(value(s.mail)))
		}
	}}
}

// Metrics lists all in the order in which they are shown.
func Metrics() []Metric { return table }

var table = []Metric{
	{Name: Prefix + "info", Kind: "gauge", Label: "version", Help: "1, with the version of the program",
		values: func(s *sample, show func(string, float64)) { show(s.version, 1) }},
	gauge("start_time_seconds", "when the process was started, in seconds since 1970",
		func(s *sample) float64 { return float64(s.started.Unix()) }),
	gauge("ready", "1 while newcomers are taken, as /readyz says", func(s *sample) float64 {
		if s.ready {
			return 1
		}
		return 0
	}),
	gauge("members", "members registered now", func(s *sample) float64 { return float64(s.Members) }),
	gauge("rooms", "rooms with a member now", func(s *sample) float64 { return float64(s.Rooms) }),
	gauge("streams", "connections over TCP now", func(s *sample) float64 { return float64(s.Streams) }),
	counter("joins", "registrations begun", func(s *sample) uint64 { return s.Joined }),
	counter("leaves", "registrations ended by a farewell", func(s *sample) uint64 { return s.Left }),
	counter("timeouts", "registrations ended by silence", func(s *sample) uint64 { return s.TimedOut }),
	counter("refusals", "registrations refused by a limit or by the operator", func(s *sample) uint64 { return s.Refused }),
	counter("dismissals", "registrations ended by the operator", func(s *sample) uint64 { return s.Dismissed }),
	counter("received_packets", "packets received, STUN left out", func(s *sample) uint64 { return s.Received }),
	counter("sent_packets", "packets sent, STUN left out", func(s *sample) uint64 { return s.Sent }),
	counter("send_errors", "packets the system did not take", func(s *sample) uint64 { return s.SendErrors }),
	counter("stun_requests", "STUN binding requests answered", func(s *sample) uint64 { return s.STUN }),
	counter("relayed_packets", "packets carried between members", func(s *sample) uint64 { return s.Relayed }),
	counter("relayed_bytes", "bytes carried between members", func(s *sample) uint64 { return s.RelayedBytes }),
	counter("mail_stored", "objects put into boxes of members who are away", func(s *sample) uint64 { return s.MailStored }),
	kept("mail_up", "1 while the mailbox works, 0 while nothing is taken or found there", func(m *Mail) uint64 {
		if m.Failing.IsZero() {
			return 1
		}
		return 0
	}),
	kept("mail_objects", "objects in all boxes; in a cluster, of all nodes together", func(m *Mail) uint64 { return m.Objects }),
	kept("mail_bytes", "bytes of them", func(m *Mail) uint64 { return m.Bytes }),
	counter("mail_refused", "objects refused: nobody ever came for the box, it or the mailbox is full, or a network put what it may in a day", func(s *sample) uint64 { return s.MailRefused }),
	counter("cookie_failures", "registrations with a cookie that is old or of another address",
		func(s *sample) uint64 { return s.Dropped(bootnode.DropCookie) }),
	gauge("nodes", "other bootnodes heard now", func(s *sample) float64 { return float64(s.Presence.Nodes) }),
	gauge("foreign_members", "members of other bootnodes in rooms with a member here", func(s *sample) float64 { return float64(s.Foreign) }),
	counter("nodes_gone", "bootnodes that fell silent", func(s *sample) uint64 { return s.Presence.Gone }),
	counter("resyncs", "bootnodes heard for the first time or again, and asked for all", func(s *sample) uint64 { return s.Presence.Resyncs }),
	counter("presence_sent", "messages about members sent to other bootnodes", func(s *sample) uint64 { return s.Presence.Sent }),
	counter("presence_received", "messages about members from other bootnodes", func(s *sample) uint64 { return s.Presence.Received }),
	counter("foreign_refusals", "members of other bootnodes for whom there was no place", func(s *sample) uint64 { return s.Presence.Refused }),
	counter("carried_packets", "relayed packets for members of other bootnodes", func(s *sample) uint64 { return s.Carried }),
	counter("arrived_packets", "relayed packets from members of other bootnodes", func(s *sample) uint64 { return s.Arrived }),
	meshed("links", "gauge", "links to other bootnodes now", func(m *Mesh) uint64 { return uint64(m.Links) }),
	meshed("links_missing", "gauge", "links of the settings (--cluster-peers, --uplink) that do not stand now", func(m *Mesh) uint64 { return uint64(m.Missing) }),
	meshed("links_lost_total", "counter", "links to other bootnodes that broke", func(m *Mesh) uint64 { return m.LinksLost }),
	meshed("loops_total", "counter", "times that bootnodes were found to dial each other in a ring", func(m *Mesh) uint64 { return m.Loops }),
	meshed("sign_ins_refused_total", "counter", "bootnodes whose key is not allowed, each time they came", func(m *Mesh) uint64 { return m.Refused }),
	meshed("strangers_total", "counter", "connections to the ports for other bootnodes that were none of theirs", func(m *Mesh) uint64 { return m.Strangers }),
	meshed("overasked_total", "counter", "links cut because a bootnode asked for too many rooms, or for subjects that none has", func(m *Mesh) uint64 { return m.Overasked }),
	meshed("slow_consumers_total", "counter", "queues between bootnodes that ran full and lost messages", func(m *Mesh) uint64 { return m.SlowConsumers }),
	meshed("engine_disconnects_total", "counter", "broken connections of the process to its own NATS server", func(m *Mesh) uint64 { return m.Disconnects }),
	meshed("presence_dropped_total", "counter", "messages about rooms that could not be sent", func(m *Mesh) uint64 { return m.PresenceDropped }),
	meshed("carried_dropped_total", "counter", "relayed packets for other bootnodes beyond the rate", func(m *Mesh) uint64 { return m.FramesDropped }),
	meshed("unheard_total", "counter", "messages of other bootnodes that came faster than they were handled, or were too long", func(m *Mesh) uint64 { return m.Unheard }),
	meshed("arrived_lost_total", "counter", "relayed packets of other bootnodes that came faster than they were handled, or were too long", func(m *Mesh) uint64 { return m.FramesLost }),
	{Name: Prefix + "presence_drops_total", Kind: "counter", Label: "reason", Help: "messages about members from other bootnodes without effect, by reason",
		values: func(s *sample, show func(string, float64)) {
			for r := range presence.DropReasons {
				show(r.String(), float64(s.Presence.Drops[r]))
			}
		}},
	{Name: Prefix + "drops_total", Kind: "counter", Label: "reason", Help: "packets without effect, by reason",
		values: func(s *sample, show func(string, float64)) {
			for _, r := range bootnode.DropReasons() {
				show(r.String(), float64(s.Dropped(r)))
			}
		}},
	counter("hook_events_dropped", "events that a hook was too busy to take, or that failed", func(s *sample) uint64 { return s.dropped }),
	gauge("heap_bytes", "memory of Go objects, garbage included", func(s *sample) float64 { return float64(s.process.heap) }),
	gauge("memory_bytes", "memory the Go runtime has from the system", func(s *sample) float64 { return float64(s.process.memory) }),
	gauge("goroutines", "goroutines", func(s *sample) float64 { return float64(s.process.goroutines) }),
	{Name: Prefix + "gc_seconds_total", Kind: "counter", Help: "processor time of the garbage collector",
		values: func(s *sample, show func(string, float64)) { show("", s.process.gc) }},
}

// write writes a sample in the text format of Prometheus, version 0.0.4.
func write(w io.Writer, s *sample) error {
	b := bufio.NewWriter(w)
	for _, m := range table {
		first := true
		m.values(s, func(label string, value float64) {
			if first {
				fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", m.Name, m.Help, m.Name, m.Kind)
				first = false
			}
			name := m.Name
			if m.Label != "" {
				name += "{" + m.Label + "=" + strconv.Quote(label) + "}"
			}
			fmt.Fprintf(b, "%s %s\n", name, strconv.FormatFloat(value, 'f', -1, 64))
		})
	}
	return b.Flush()
}
