package rendezvous

import (
	"testing"
	"time"

	"gochat/internal/wire"
)

func TestReachAndNotices(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.step(n, Reach{Port: 5000}) // not registered: nothing
	w.run(time.Second)
	w.step(n, Reach{ID: wire.TxID{1}, Port: 5000})
	if got := len(n.times(wire.TypeReach)); got != 1 {
		t.Fatalf("%d REACH", got)
	}
	s := w.boot.sessions[n.Session()]
	tell := func(kind wire.RendezvousType, body []byte) {
		w.boot.seal(n.addr, s, kind, body)
		w.run(20 * time.Millisecond)
	}
	for _, f := range []wire.ReachAck{{Counter: n.reach + 1, Sent: true}, {Counter: n.reach}, {Counter: 0, Sent: true}} {
		tell(wire.TypeReachAck, f.Append(nil))
	}
	if has[Reached](n) {
		t.Error("reached by an answer to something else")
	}
	for range 2 {
		tell(wire.TypeReachAck, wire.ReachAck{Counter: n.reach, Sent: true}.Append(nil))
	}
	if got := count[Reached](n); got != 1 {
		t.Errorf("reached %d times", got)
	}
	for range 100 {
		tell(wire.TypeNotice, wire.Notice{Code: wire.NoticeRelayQuota}.Append(nil))
	}
	if got := count[Noticed](n); got != 1 {
		t.Errorf("%d notices within %v", got, 2*time.Second)
	}
}
