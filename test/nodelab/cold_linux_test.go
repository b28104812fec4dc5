package nodelab

import (
	"fmt"
	"testing"
	"time"

	"gochat/test/natlab"
	"gochat/test/proc"
)

// Two members open a room at once at two nodes, again and again: the repeated
// question for who is there has them find each other within a second. Without
// it they would have to wait for the digest, ten seconds later.
func TestColdRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty rooms, half a minute")
	}
	const (
		couples = 2
		rooms   = 10
		limit   = time.Second + 5*time.Second // of a busy machine
	)
	t.Parallel()
	w := newWorld(t, natlab.Public, natlab.Hosts(2*couples), natlab.Delay(10*time.Millisecond))
	w.cluster()
	var pairs [couples][2]*member
	for i := range pairs {
		for side := range pairs[i] {
			nick := fmt.Sprintf("c%d%d", i, side)
			pairs[i][side] = w.join(fmt.Sprint("h", 2*i+side+1), nick, "alone-"+nick, w.nodes[(i+side)%3])
		}
	}
	for _, m := range w.members {
		m.key = m.ReadyKey()
		m.Wait(patience, "the bootnode", proc.Registered)
	}
	var worst time.Duration
	for n := range rooms {
		var open [couples]opening
		for i := range pairs {
			open[i] = begin(pairs[i], fmt.Sprintf("cold-%d-%d", i, n))
		}
		for i := range pairs {
			took := open[i].met()
			worst = max(worst, took)
			if took > limit {
				t.Errorf("%s: found after %v, want %v", open[i].room, took, limit)
			}
		}
		for i := range pairs {
			for _, m := range pairs[i] {
				m.Do(map[string]any{"cmd": "part", "room": open[i].room})
			}
		}
	}
	t.Logf("%d rooms, found within %v", couples*rooms, worst)
}

// opening is a room that two members open.
type opening struct {
	couple [2]*member
	room   string
	marks  [2]int // in the events of each
}

func begin(couple [2]*member, room string) opening {
	o := opening{couple: couple, room: room}
	for i, m := range couple {
		o.marks[i] = m.Mark()
		m.Post(map[string]any{"cmd": "join", "room": room})
	}
	return o
}

// met waits until both have met, and returns how long that took since both were
// in the room.
func (o opening) met() time.Duration {
	var open, met time.Time
	later := func(t *time.Time, e proc.Event) {
		if e.At.After(*t) {
			*t = e.At
		}
	}
	for i, m := range o.couple {
		other := o.couple[1-i]
		later(&open, m.WaitAfter(o.marks[i], patience, "room "+o.room, func(e proc.Event) bool {
			return e.Type() == "room" && e.String("room") == o.room && e.String("state") == "joined"
		}))
		later(&met, m.WaitAfter(o.marks[i], patience, other.Name+" in "+o.room, func(e proc.Event) bool {
			return proc.JoinedAs(other.key)(e) && e.String("room") == o.room
		}))
	}
	return met.Sub(open)
}
