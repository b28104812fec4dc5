package mesh

import (
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
)

// An idle pair on a direct path must stay nearly silent: 2 KB a minute, IP and
// UDP headers included, both directions of one member together.
func TestIdleBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		b := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		w.meet(5*time.Second, a, b)
		time.Sleep(2 * time.Minute) // nothing was said for a while
		var peers, boot int
		w.net.OnPacket(func(p simnet.Trace) {
			switch size := p.Size + 28; {
			case p.Src.Port() == 9595 || p.Dst.Port() == 9595:
				boot += size
			default:
				peers += size
			}
		})
		const minutes = 10
		time.Sleep(minutes * time.Minute)
		w.net.OnPacket(nil)
		t.Logf("a pair: %d bytes a minute; both with the bootnode: %d bytes a minute", peers/minutes, boot/minutes)
		if peers/minutes > 2*2048 {
			t.Errorf("an idle pair exchanges %d bytes a minute", peers/minutes)
		}
	})
}
