package natlab

import (
	"fmt"
	"testing"
	"time"

	"gochat/test/proc"
)

// Five members, three of them behind NATs, talk through two partitions, at 30 %
// loss; one has its cable pulled and one is killed meanwhile. Everybody ends
// with everything, exactly once, in the same order.
func TestPartitionsAndLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of talk")
	}
	t.Parallel()
	w := newWorld(t, Flat, Loss(0.3), Delay(10*time.Millisecond))
	live := func(nick, node string) *proc.Life {
		home := t.TempDir()
		return proc.Live(t, func() *proc.Process { return w.client(node, nick, "lossy", home) })
	}
	alice, paul, quinn := live("alice", "a"), live("paul", "p"), live("quinn", "q")
	members := []*proc.Life{alice, live("anna", "a2"), live("bob", "b"), paul, quinn}
	n := 0
	talk := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			for _, l := range members {
				n++
				l.Now().Post(map[string]any{"cmd": "send", "text": fmt.Sprint(l.Now().Name, " ", n)})
			}
		}
	}
	talk(6 * time.Second) // also before they have met
	w.Partition([]string{"natA", "p"}, []string{"natB", "q"})
	talk(5 * time.Second)
	alice.Kill()
	alice.Start()
	paul.Now().Say("to this side")
	talk(2 * time.Second)
	if _, heard := quinn.Now().Saw(0, proc.Message("to this side")); heard {
		t.Error("heard through a partition")
	}
	w.Partition()
	talk(5 * time.Second)
	w.Partition([]string{"natA", "natB"}, []string{"p"})
	w.Unplug("q")
	talk(5 * time.Second)
	w.Partition()
	w.Plug("q")
	talk(time.Second)

	var last []*proc.Process
	for _, l := range members {
		l.Now().Say("the last of " + l.Now().Name)
		last = append(last, l.Now())
	}
	proc.Equal(t, 60*time.Second, last...)
	proc.LostNothing(t, proc.SameHistory(t, last...), members...)
	t.Logf("%d sent", n+len(members))
}
