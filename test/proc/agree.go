package proc

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// History is all that a process has of its first room, oldest first.
func (p *Process) History() []map[string]any {
	p.t.Helper()
	r := p.Do(map[string]any{"cmd": "history", "limit": 10_000})
	if !r.Bool("ok") {
		p.t.Fatalf("%s: history: %s", p.Name, r.Raw)
	}
	return r.List("messages")
}

// Equal waits at most limit until each of the members has heard from all the
// others that they hold exactly the same.
func Equal(t testing.TB, limit time.Duration, members ...*Process) {
	t.Helper()
	start := time.Now()
	for _, p := range members {
		for !p.agrees(len(members)-1, limit) {
			if time.Since(start) > limit {
				t.Fatalf("%s does not agree with the others after %v", p.Name, limit)
			}
			time.Sleep(200 * time.Millisecond) // until the next question
		}
	}
	t.Logf("all equal after %v", time.Since(start).Round(time.Millisecond))
}

// agrees asks the others, which must be so many, once.
func (p *Process) agrees(others int, limit time.Duration) bool {
	p.t.Helper()
	mark := p.Mark()
	if n := p.Do(map[string]any{"cmd": "same"}).Number("asked"); int(n) != others {
		return false
	}
	answered, all := map[string]bool{}, true
	p.WaitAfter(mark, limit, "what the others hold", func(e Event) bool {
		if e.Type() == "same" {
			answered[e.String("peer")] = true
			all = all && e.Bool("equal")
		}
		return len(answered) == others
	})
	return all
}

// SameHistory checks that the members list the same messages in the same order,
// each once, and returns their texts by id.
func SameHistory(t testing.TB, members ...*Process) map[string]string {
	t.Helper()
	var want []string
	said := map[string]string{}
	for i, p := range members {
		var got []string
		for _, m := range p.History() {
			id, text := fmt.Sprint(m["id"]), fmt.Sprint(m["text"])
			got = append(got, fmt.Sprint(m["order"], " ", id, " ", text))
			said[id] = text
		}
		if i == 0 {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s and %s do not list the same:\n%.1000q\n%.1000q", members[0].Name, p.Name, want, got)
		}
		if !slices.IsSorted(got) || len(said) != len(got) {
			t.Errorf("%s lists %d messages with %d ids, not in order or not once", p.Name, len(got), len(said))
		}
	}
	return said
}
