package peer

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// What was asked for before the end is done at the end: the nick is read after that.
func TestNickAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &Node{mail: newMailbox(), done: make(chan struct{}), nick: "early"}
		n.mail.close()
		got := ""
		go func() { got = n.Nick() }()
		synctest.Wait()
		n.nick = "late"
		close(n.done)
		synctest.Wait()
		if got != "late" {
			t.Errorf("the nick is %q", got)
		}
	})
}

// closing is a stream that tells when it is closed.
type closing struct{ closed func() }

func (closing) Run(context.Context, func([]byte)) error { return nil }
func (closing) Send([]byte) bool                        { return true }
func (c closing) Close() error                          { c.closed(); return nil }

// Whatever happens while bootnodes are given up sees those that stay, once each.
func TestBootnodesGoFromAWholeList(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		n := p.a
		stays := Bootnode{Address: "203.0.113.9:1"}
		p.do(n, func(now time.Time) {
			n.setBootnodes(now, []Bootnode{{Address: "203.0.113.8:1"}, stays, {Address: "203.0.113.10:1"}})
			closed := 0
			for _, b := range n.boots {
				b.stream = closing{func() {
					closed++
					if len(n.boots) != 1 || n.boots[0].cfg.Address != stays.Address {
						t.Errorf("while one goes there are %d", len(n.boots))
					}
				}}
			}
			n.setBootnodes(now, []Bootnode{stays})
			if closed != 2 {
				t.Errorf("%d went", closed)
			}
			n.boots[0].stream = nil
			n.setBootnodes(now, nil)
		})
	})
}

// A name that cannot be joined is refused before keys are made of it, which
// takes 64 MiB.
func TestJoinRefusesBeforeTheWork(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.join(p.a, RoomConfig{Name: "x"})
		for name, want := range map[string]error{"@b": ErrName, "x": ErrJoined} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := p.a.Join(RoomConfig{Name: name, Secret: "s"})
			runtime.ReadMemStats(&after)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
				t.Errorf("%s: refused after %d MiB of work", name, took>>20)
			}
		}
	})
}
