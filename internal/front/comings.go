package front

import (
	"fmt"
	"slices"
	"strings"

	"gochat/peer"
)

// Comings folds who came and went into one line, as long as nothing else is said
// in between. It is a value of one goroutine.
type Comings struct {
	list []coming // as they first came or went
}

// coming is one member: whether it was here before, and what became of it.
type coming struct {
	was  bool
	now  peer.Member
	line string // the change in full
}

// comesOrGoes reports a change that may be folded.
func comesOrGoes(e peer.MemberChanged) bool { return e.State.Here() != e.Was.Here() }

// Take folds a change in, which Watch.Member has put into words; false if it is
// none to be folded here. A new path counts for somebody who has just come.
// Whoever uses another's name is told of in full.
func (c *Comings) Take(e peer.MemberChanged, line string) bool {
	if e.Impostor || e.Claims != "" {
		return false
	}
	i := slices.IndexFunc(c.list, func(x coming) bool { return x.now.Key == e.Key })
	switch {
	case comesOrGoes(e) && line == "":
		return false
	case comesOrGoes(e) && i < 0:
		c.list = append(c.list, coming{was: e.Was.Here(), now: e.Member, line: line})
	case comesOrGoes(e):
		c.list[i].now, c.list[i].line = e.Member, line
	case i >= 0 && awayChanged(c.list[i].now, e.Member):
		return false
	case i >= 0 && c.list[i].now.State.Here() && e.State.Here():
		c.list[i].now, c.list[i].line = e.Member, stateChange(memberName(e.Member), peer.MemberChanged{Member: e.Member})
	case i >= 0 && !c.list[i].now.State.Here() && !e.State.Here():
		c.list[i].now = e.Member // lost, and now gone
		if line != "" {
			c.list[i].line = line
		}
	default:
		return false
	}
	return true
}

// maxNamed is how many of a kind are named; more are counted.
const maxNamed = 3

// String is the line: what happened in full if it is one thing, else who came
// and who went.
func (c *Comings) String() string {
	if len(c.list) == 1 && c.list[0].was != c.list[0].now.State.Here() {
		return c.list[0].line
	}
	kinds := [...]struct {
		done  string
		names []string
	}{{done: "joined"}, {done: "left"}, {done: "lost"}, {done: "came and went"}, {done: "left and came back"}}
	for _, x := range c.list {
		k := &kinds[x.kind()]
		k.names = append(k.names, memberName(x.now))
	}
	var parts []string
	for _, k := range kinds {
		switch n := len(k.names); {
		case n == 0:
		case n <= maxNamed:
			parts = append(parts, strings.Join(k.names, ", ")+" "+k.done)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, k.done))
		}
	}
	return strings.Join(parts, "; ")
}

// kind is an index of String's kinds.
func (x coming) kind() int {
	switch here := x.now.State.Here(); {
	case here && !x.was:
		return 0
	case here:
		return 4
	case !x.was:
		return 3
	case x.now.State == peer.Unreachable:
		return 2
	}
	return 1
}
