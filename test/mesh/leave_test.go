package mesh

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// What is said right before leaving, the room or altogether, reaches everybody
// and is acknowledged, over whatever path and with some loss.
func TestLastWords(t *testing.T) {
	ways := map[string]func(*member){
		"part": func(m *member) { m.room.Leave(); <-m.room.Gone() },
		"end":  (*member).leave,
	}
	far := simnet.Link{Latency: 50 * time.Millisecond} // 400 ms there and back by the relay
	for way, leave := range ways {
		for path, p := range map[string]struct {
			nat    simnet.NAT
			link   simnet.Link
			within time.Duration
		}{
			"direct":       {simnet.PortRestricted(), delay, 200 * time.Millisecond},
			"relayed":      {simnet.Symmetric(), delay, 200 * time.Millisecond},
			"by far relay": {simnet.Symmetric(), far, 500 * time.Millisecond},
		} {
			t.Run(way+" "+path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, p.link)
					defer w.end()
					var ms []*member
					for i, name := range []string{"alice", "bob", "carol"} {
						ms = append(ms, w.join(name, w.home(name, p.nat, i), 1))
					}
					w.meet(5*time.Second, ms...)
					time.Sleep(3 * time.Second)
					var texts []string
					for i := range 50 {
						texts = append(texts, fmt.Sprint("last words ", i))
						ms[0].send(texts[i])
					}
					began := time.Now()
					leave(ms[0])
					took := time.Since(began)
					if d := ms[0].room.Drain(context.Background()); !d.OK() || d.Sent != len(texts) {
						t.Errorf("%+v", d)
					}
					if took > p.within {
						t.Errorf("took %v", took)
					}
					w.agree(time.Second, texts, ms[1:]...)
					w.eventually(time.Second, "alice left", func() bool {
						return ms[1].state(ms[0]).State == peer.Left && ms[2].state(ms[0]).State == peer.Left
					})
					w.eventually(2*time.Second, "the connections with her are closed", func() bool {
						return ms[1].node.Stats().Connections == 1 && ms[2].node.Stats().Connections == 1
					})
				})
			})
		}
	}
}
