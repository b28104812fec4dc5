package engine

import (
	"sync/atomic"

	"gochat/bootnode"
)

type counters struct {
	disconnects, overruns, presenceDropped, unheard atomic.Uint64
	framesSent, framesDropped, framesLost           atomic.Uint64
	loops, linksLost, strangers, overasked          atomic.Uint64
}

// Stats count from the start.
type Stats struct {
	SlowConsumers   uint64 // connections that NATS cut because they did not read fast enough; each lost messages
	Disconnects     uint64 // of this process's own connections to its server
	Overruns        uint64 // times that this process did not read its own connections fast enough; each lost messages
	PresenceDropped uint64 // messages about rooms and nodes that could not be sent
	Unheard         uint64 // messages of others that this node was too busy for, or that were too long
	FramesSent      uint64
	FramesDropped   uint64 // relay frames beyond the rate
	FramesLost      uint64 // relay frames of others that this node was too busy for, or that were too long
	Loops           uint64
	LinksLost       uint64 // to nodes of the cluster and to others
	Refused         uint64 // sign-ins
	Strangers       uint64 // connections to the ports for other nodes that were none of theirs
	Overasked       uint64 // links cut because the node asked for too many subjects, or for malformed ones
	Links           int    // those that are up
	Missing         int    // those of the settings that are not; the addresses of an uplink are one
}

// Stats may be called at any time, from any goroutine.
func (e *Engine) Stats() Stats {
	s := Stats{
		Disconnects: e.count.disconnects.Load(), Overruns: e.count.overruns.Load(), PresenceDropped: e.count.presenceDropped.Load(),
		Unheard: e.count.unheard.Load(), FramesLost: e.count.framesLost.Load(),
		FramesSent: e.count.framesSent.Load(), FramesDropped: e.count.framesDropped.Load(),
		Loops: e.count.loops.Load(), LinksLost: e.count.linksLost.Load(), Strangers: e.count.strangers.Load(), Overasked: e.count.overasked.Load(),
	}
	e.gate.mu.Lock()
	s.Refused = e.gate.refused
	e.gate.mu.Unlock()
	if e.running() {
		if n, err := e.carried.Dropped(); err == nil {
			s.FramesLost += uint64(n)
		}
		s.SlowConsumers = uint64(e.srv.NumSlowConsumers())
	}
	uplink := 0
	for _, l := range e.Links() {
		switch {
		case l.State == StateUp:
			s.Links++
		case l.Kind == bootnode.LinkCluster:
			s.Missing++
		case l.Kind == bootnode.LinkUplink:
			uplink = 1
		}
	}
	s.Missing += uplink
	return s
}
