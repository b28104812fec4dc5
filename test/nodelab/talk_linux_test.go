package nodelab

import (
	"fmt"
	"sync"
	"time"
)

// talk has all members say something every so often, until the function it
// returns is called.
func (w *world) talk(every time.Duration) (stop func()) {
	quit := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(every / time.Duration(len(w.members)))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			case <-tick.C:
				m := w.members[n%len(w.members)]
				m.Post(map[string]any{"cmd": "send", "text": fmt.Sprint(m.Name, " ", n/len(w.members)+1)})
			}
		}
	})
	stop = sync.OnceFunc(func() {
		close(quit)
		done.Wait()
	})
	w.t.Cleanup(stop)
	return stop
}
