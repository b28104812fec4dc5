package nodelab

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/test/natlab"
	"gochat/test/proc"
)

// Members at two nodes send each other, through the relay, more than it carries
// for them, while others come and go at all three: those who watch see each of
// them come and go, at once, and nobody else.
func TestRelayFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of talk")
	}
	const (
		comings  = 4
		soon     = 10 * time.Second // a second in a quiet machine
		every    = 150 * time.Millisecond
		together = 12 << 10 // bytes of a message: 240 KB/s to three others, of 128 KB/s
	)
	t.Parallel()
	w := newWorld(t, natlab.Public, natlab.Hosts(8))
	w.clusterWith(func(int) []string { return []string{"--relay-rate", "128KB", "--relay-burst", "512KB"} }) // what a busy machine exceeds, too
	for i := range 4 {
		w.join(fmt.Sprint("h", i+1), fmt.Sprint("flood", i), "flood", w.nodes[i%2], "--relay-only")
	}
	for i := range 3 {
		w.join(fmt.Sprint("h", i+5), fmt.Sprint("watch", i), "door", w.nodes[i], "--relay-only")
	}
	w.meet()
	begin := time.Now()
	quit := make(chan struct{})
	var flooding sync.WaitGroup
	for _, m := range w.members[:4] {
		flooding.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-quit:
					return
				case <-tick.C:
					m.Post(map[string]any{"cmd": "send", "text": fmt.Sprint(m.Name, " ", n, strings.Repeat(" flood", together/6))})
				}
			}
		})
	}
	stop := sync.OnceFunc(func() { close(quit); flooding.Wait() })
	t.Cleanup(stop)

	limited := func(e proc.Event) bool { return e.Type() == "notice" && e.String("code") == "relay-limited" }
	for _, m := range w.members[:4] { // what they may send at once is used up then
		m.Wait(patience, "the bootnode's word on the relay", limited)
	}
	watchers := w.members[4:]
	stay := w.pairs()
	for i := range comings {
		marks := make([]int, len(watchers))
		for k, x := range watchers {
			marks[k] = x.Mark()
		}
		m := w.join("h8", fmt.Sprint("comer", i), "door", w.nodes[i%3], "--relay-only")
		w.members = w.members[:len(w.members)-1]
		m.key = m.ReadyKey()
		in := m.Wait(patience, "the bootnode", proc.Registered).At
		var last time.Duration
		for k, x := range watchers {
			last = max(last, x.WaitAfter(marks[k], soon, m.Name, proc.JoinedAs(m.key)).At.Sub(in))
		}
		out := time.Now()
		m.Do(map[string]any{"cmd": "quit"})
		var gone time.Duration
		for k, x := range watchers {
			gone = max(gone, x.WaitAfter(marks[k], soon, m.Name+"'s leave", proc.Left(m.key)).At.Sub(out))
		}
		m.Exit(patience)
		t.Logf("%s: seen everywhere after %v, gone after %v", m.Name, last, gone)
		for _, x := range watchers {
			if got := (pair{x, m}).since(begin); got != "joined left" {
				t.Errorf("%s saw of %s: %q", x.Name, m.Name, got)
			}
		}
	}
	stop()
	w.saw(begin, "", stay)
	w.allEqual(2 * patience)
}
