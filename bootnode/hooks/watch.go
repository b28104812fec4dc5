package hooks

import (
	"time"

	"gochat/bootnode"
)

// Kind says what an event is about.
type Kind string

// The kinds of events.
const (
	Start   Kind = "start"   // the bootnode is there
	Stop    Kind = "stop"    // it goes
	Members Kind = "members" // members came or went
	Quota   Kind = "quota"   // members reached their quotas of the relay
	Limits  Kind = "limits"  // newcomers were refused or have to wait, or the relay drops
	Drain   Kind = "drain"   // the bootnode is to stop, or that was called off
	Nodes   Kind = "nodes"   // links to other bootnodes came or broke
	Loop    Kind = "loop"    // bootnodes dial each other in a ring, and are cut off
)

// Counts is what is watched.
type Counts struct {
	bootnode.Stats
	Links            int // to other bootnodes, now
	LinksLost, Loops uint64
}

// Interval is the least time between two events of one kind.
const Interval = 10 * time.Second

// Event is what happened since the last one of its kind.
type Event struct {
	Kind    Kind      `json:"event"`
	Time    time.Time `json:"time"`
	Members int       `json:"members"` // now
	Rooms   int       `json:"rooms"`   // now

	Joined   uint64 `json:"joined,omitempty"` // these four of Members
	Left     uint64 `json:"left,omitempty"`
	TimedOut uint64 `json:"timed_out,omitempty"`
	// Dismissed are those that the operator sent away.
	Dismissed uint64 `json:"dismissed,omitempty"`
	Refused   uint64 `json:"refused,omitempty"` // registrations, of Limits
	Dropped   uint64 `json:"dropped,omitempty"` // packets, of Limits and Quota

	Draining bool   `json:"draining,omitempty"`   // of Drain
	Links    int    `json:"links"`                // to other bootnodes now
	Lost     uint64 `json:"links_lost,omitempty"` // of Nodes
	Loops    uint64 `json:"loops,omitempty"`      // of Loop
}

// Watch turns counts into events. The zero value has seen nothing yet.
type Watch struct {
	kept map[Kind]since
}

// since is what the last event of a kind told of, and when.
type since struct {
	told Counts
	at   time.Time
}

// limitDrops are what Limits counts.
var limitDrops = []bootnode.DropReason{bootnode.DropOverload, bootnode.DropRate, bootnode.DropRelayRate, bootnode.DropRelayBusy}

// Step returns what is to be told of counts at a time, in the order of the kinds above.
func (w *Watch) Step(now time.Time, c Counts) (events []Event) {
	if w.kept == nil {
		w.kept = map[Kind]since{}
	}
	for _, k := range []Kind{Members, Quota, Limits, Drain, Nodes, Loop} {
		last := w.kept[k]
		if !last.at.IsZero() && now.Sub(last.at) < Interval {
			continue
		}
		e := event(k, now, c)
		changed := false
		switch k {
		case Members:
			e.Dismissed = c.Dismissed - last.told.Dismissed
			e.Joined, e.Left, e.TimedOut = c.Joined-last.told.Joined, c.Left-last.told.Left, c.TimedOut-last.told.TimedOut
		case Quota:
			e.Dropped = c.Drops[bootnode.DropRelayQuota] - last.told.Drops[bootnode.DropRelayQuota]
		case Limits:
			e.Refused = c.Refused - last.told.Refused
			for _, r := range limitDrops {
				e.Dropped += c.Drops[r] - last.told.Drops[r]
			}
		case Drain:
			e.Draining = c.Draining
			changed = c.Draining != last.told.Draining
		case Nodes:
			e.Lost = c.LinksLost - last.told.LinksLost
			changed = c.Links != last.told.Links
		case Loop:
			e.Loops = c.Loops - last.told.Loops
		}
		if !changed && e.Joined+e.Left+e.TimedOut+e.Dismissed+e.Refused+e.Dropped+e.Lost+e.Loops == 0 {
			continue
		}
		w.kept[k] = since{c, now}
		events = append(events, e)
	}
	return events
}

func event(k Kind, now time.Time, c Counts) Event {
	return Event{Kind: k, Time: now, Members: c.Members, Rooms: c.Rooms, Links: c.Links}
}
