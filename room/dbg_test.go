package room

import (
	"fmt"
	"testing"
)

func TestDbg(t *testing.T) {
	for seed := uint64(15000); seed < 20000; seed++ {
		var s *sim
		ok := t.Run("", func(t *testing.T) {
			defer func() {
				if t.Failed() && dbgSim != nil {
					s = dbgSim
					n := s.nodes[0]
					for id, ws := range n.engine.log.waiting {
						fmt.Println("waiting", id.String()[:8], len(ws), n.engine.log.get(id) != nil)
						for _, w := range ws {
							fmt.Println("  by", w.id.String()[:8], w.state, w.shown, w.missing)
						}
						w := n.engine.wants.byHint[id.Hint()]
						fmt.Printf("  want %+v now %v\n", w, n.engine.now)
					}
					fmt.Println(n.engine.Stats())
				}
			}()
			schedule(t, seed)
		})
		if !ok {
			t.Log("seed", seed)
			break
		}
	}
}
