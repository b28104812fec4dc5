package front

import (
	"slices"

	"gochat/peer"
)

// Bootnodes follows which bootnodes answer and puts each change into words. The
// zero value knows of none. It is a value of one goroutine.
type Bootnodes struct {
	states []peer.BootnodeChanged // the last one of each, first seen first
	failed map[string]string      // by address, what was told of one that has not answered since
}

// Best is the one to tell the user about: a registered one if there is
// any, a named one before one found nearby. ok is false if there is none yet.
func (l *Bootnodes) Best() (best peer.BootnodeChanged, ok bool) {
	rank := func(b peer.BootnodeChanged) int {
		r := 0
		if b.State == peer.BootnodeRegistered {
			r += 2
		}
		if !b.Embedded {
			r++
		}
		return r
	}
	for _, b := range l.states {
		if !ok || rank(b) > rank(best) {
			best, ok = b, true
		}
	}
	return best, ok
}

// Change takes a change and returns it in words, "" if the state is the one last
// told: one nearby is looked for anew all the time, and fails each time for the
// same reason.
func (l *Bootnodes) Change(e peer.BootnodeChanged) string {
	text := l.words(e)
	switch {
	case e.State == peer.BootnodeRegistered:
		delete(l.failed, e.Address)
	case e.State == peer.BootnodeUnreachable && text != "":
		if l.failed[e.Address] == text {
			return ""
		}
		if l.failed == nil {
			l.failed = map[string]string{}
		}
		l.failed[e.Address] = text
	}
	return text
}

// words puts a change into words.
func (l *Bootnodes) words(e peer.BootnodeChanged) string {
	var before peer.BootnodeChanged
	i := slices.IndexFunc(l.states, func(b peer.BootnodeChanged) bool { return b.Address == e.Address })
	if i < 0 {
		l.states = append(l.states, e)
	} else {
		before = l.states[i]
		l.states[i] = e
		if before.State == e.State && before.Reason == e.Reason && before.Via == e.Via {
			return ""
		}
	}
	what := "bootnode " + e.Address
	if e.Embedded {
		what = "nearby bootnode " + e.Address
	}
	switch e.State {
	case peer.BootnodeRegistered:
		switch {
		case e.Via == peer.ViaTCP:
			return because(what+": registered over TCP", e.Reason)
		case before.State == e.State && before.Via == peer.ViaTCP:
			return what + ": UDP works again"
		}
		return because(what+": registered", e.Reason)
	case peer.BootnodeUnreachable:
		if e.Embedded && e.Reason == peer.ServesOthers {
			return "" // one is opened here for this room
		}
		if e.Reason == peer.ServesOthers {
			return what + " runs inside somebody's gochat, and serves another room; name another bootnode with --bootnode"
		}
		if e.Reason == "" {
			return what + " does not answer; trying on. Is the address right, and is it running?"
		}
		return because(what+" does not answer", e.Reason)
	}
	if e.Embedded {
		return "" // found nearby by itself; only the outcome is news
	}
	return because(what+": connecting", e.Reason)
}
