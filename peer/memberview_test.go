package peer

import (
	"testing"
	"time"
)

// Whoever is not reached directly is told of with a reason, and nothing is told
// twice.
func TestEveryDetourHasAReason(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, a, b *Room) {
		p.cut()
		p.ok(a.Send(Text, "into the void"))
		p.settle(2 * time.Minute)
		var last Member
		seen := map[State]bool{}
		for _, e := range p.events(p.a) {
			m, is := e.(MemberChanged)
			if !is {
				continue
			}
			seen[m.State] = true
			if m.State != Left && m.Path != PathDirect && m.Reason == "" {
				t.Errorf("without a reason: %+v", m)
			}
			m.Since = last.Since
			if m.Member == last {
				t.Errorf("told twice: %+v", m)
			}
			last = m.Member
		}
		if !seen[Joined] || !seen[Unreachable] {
			t.Errorf("told of %v", seen)
		}
		p.do(p.a, func(time.Time) {
			m := a.members[p.b.Key()]
			for state, want := range map[BootnodeState]string{
				BootnodeUnreachable: "no way to x at the moment: the bootnode does not answer; trying on",
				BootnodeRegistered:  "no way to x at the moment: no answer, and the bootnode does not list x any more; trying on",
			} {
				p.a.boots = []*boot{{node: p.a, state: state}}
				if got := m.noWay(m.nick); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
			p.a.boots = nil
			if got := m.noWay(m.nick); got != "no way to x at the moment: no answer, and there is no bootnode that could relay; trying on" {
				t.Errorf("%q", got)
			}
		})
	})
}
