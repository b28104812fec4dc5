package nodelab

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gochat/test/proc"
)

// pair is what one member sees of another.
type pair struct{ by, of *member }

func (p pair) String() string { return p.by.Name + " of " + p.of.Name }

// pairs lists who should see whom: all members of each room, both ways.
func (w *world) pairs() (list []pair) {
	for _, a := range w.members {
		for _, b := range w.members {
			if a != b && a.room == b.room {
				list = append(list, pair{a, b})
			}
		}
	}
	return list
}

// change is a member that comes or goes, as another sees it.
type change struct {
	at    time.Time
	state string
}

// changes are the states of a member in which another has seen it, one after the
// other. That it looks for a path, or has another one, is none.
func (p pair) changes() (list []change) {
	state := ""
	for _, e := range p.by.Events() {
		if e.Type() != "peer" || e.String("peer") != p.of.key {
			continue
		}
		if s := e.String("state"); s != state {
			state = s
			list = append(list, change{e.At, s})
		}
	}
	return list
}

// state is the last state and since when.
func (p pair) state() change {
	if c := p.changes(); len(c) > 0 {
		return c[len(c)-1]
	}
	return change{}
}

// path is the path of the last event, "direct" or "relay".
func (p pair) path() (path string) {
	for _, e := range p.by.Events() {
		if e.Type() == "peer" && e.String("peer") == p.of.key {
			path = e.String("path")
		}
	}
	return path
}

// since are the states since a moment, as one line.
func (p pair) since(begin time.Time) string {
	var states []string
	for _, c := range p.changes() {
		if c.at.After(begin) {
			states = append(states, c.state)
		}
	}
	return strings.Join(states, " ")
}

// becomes waits until all pairs are in one of the states, and logs when that was.
func (w *world) becomes(begin time.Time, limit time.Duration, states string, pairs []pair) {
	w.t.Helper()
	for deadline := begin.Add(limit); ; time.Sleep(100 * time.Millisecond) {
		var missing []string
		var took []time.Duration
		for _, p := range pairs {
			c := p.state()
			took = append(took, max(c.at.Sub(begin), 0).Round(10*time.Millisecond))
			if !slices.Contains(strings.Fields(states), c.state) {
				missing = append(missing, fmt.Sprintf("%v: %q", p, c.state))
			}
		}
		if len(missing) == 0 {
			slices.Sort(took)
			w.t.Logf("%d pairs %s, half of them after %v, all after %v", len(pairs), states, took[len(took)/2], took[len(took)-1])
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d pairs are not %q after %v: %.2000q", len(missing), len(pairs), states, limit, missing)
		}
	}
}

// saw checks that each pair went through just these states since begin. Who is
// out of reach before it is known that he has left, has left; and who is out of
// reach at first when he is back, as a link takes its time on a busy machine, has
// joined.
func (w *world) saw(begin time.Time, states string, pairs []pair) {
	w.t.Helper()
	for _, p := range pairs {
		got := strings.ReplaceAll(p.since(begin), "unreachable left", "left")
		if rest, slow := strings.CutPrefix(got, "unreachable "); slow {
			got = rest
		}
		if got != states {
			w.t.Errorf("%v: %q, want %q", p, got, states)
		}
	}
}

// split parts the pairs in those for which f holds and the others.
func split(pairs []pair, f func(pair) bool) (yes, no []pair) {
	for _, p := range pairs {
		if f(p) {
			yes = append(yes, p)
		} else {
			no = append(no, p)
		}
	}
	return yes, no
}

// meet waits until everybody has met, those directly who can.
func (w *world) meet() {
	w.t.Helper()
	begin := time.Now()
	for _, m := range w.members {
		if m.key == "" {
			m.key = m.ReadyKey()
		}
	}
	all := w.pairs()
	w.becomes(begin, patience, "joined", all)
	_, direct := split(all, pair.relayed)
	took := eventually(w.t, patience, "direct paths", func() bool {
		return !slices.ContainsFunc(direct, func(p pair) bool { return p.path() != "direct" })
	})
	w.t.Logf("%d pairs direct %v later", len(direct), took.Round(time.Millisecond))
}

// relayed reports whether the two have nothing but their bootnodes between them.
func (p pair) relayed() bool { return p.by.relayed || p.of.relayed }

// rooms are the members by room.
func (w *world) rooms() map[string][]*member {
	rooms := map[string][]*member{}
	for _, m := range w.members {
		rooms[m.room] = append(rooms[m.room], m)
	}
	return rooms
}

// allEqual checks that each room's members have and have shown the same, all
// that was said, each message once and in the same order.
func (w *world) allEqual(limit time.Duration) {
	w.t.Helper()
	rooms := w.rooms()
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		var members []*proc.Process
		for _, m := range rooms[name] {
			members = append(members, m.Process)
		}
		proc.Equal(w.t, limit, members...)
		var accepted []string
		for _, p := range members {
			for _, e := range p.Events() {
				switch {
				case e.Type() == "reply" && e.Has("message_id"):
					accepted = append(accepted, e.String("message_id"))
				case e.Type() == "notice" && e.String("level") == "error", e.Type() == "error", e.Type() == "reply" && !e.Bool("ok"):
					w.t.Errorf("%s: %s", p.Name, e.Raw)
				}
			}
		}
		slices.Sort(accepted)
		orders := map[string]string{} // by message
		for _, p := range members {
			var shown []string
			for _, e := range p.Events() {
				if e.Type() != "message" {
					continue
				}
				id := e.String("id")
				shown = append(shown, id)
				if was, known := orders[id]; known && was != e.String("order") {
					w.t.Errorf("%s: %q has another place than elsewhere", p.Name, e.String("text"))
				}
				orders[id] = e.String("order")
			}
			slices.Sort(shown)
			if !slices.Equal(shown, accepted) {
				w.t.Errorf("%s: %d messages were shown, %d of them different, but %d accepted, of which it lacks %d",
					p.Name, len(shown), len(slices.Compact(slices.Clone(shown))), len(accepted), len(lacks(shown, accepted)))
			}
		}
		w.t.Logf("%s: %d members, %d messages, all everywhere, once", name, len(members), len(accepted))
	}
}

// lacks are those of want, sorted, that are not in got, sorted.
func lacks(got, want []string) (list []string) {
	for _, id := range want {
		if _, there := slices.BinarySearch(got, id); !there {
			list = append(list, id)
		}
	}
	return list
}
