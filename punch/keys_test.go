package punch

import (
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// twoRooms gives both ends the keys of a second room.
func (l *lab) twoRooms() (a, b *crypto.ProbeKeys) {
	a, b = probeKeys(l.t)
	l.a.remote.AddKeys(a)
	l.b.remote.AddKeys(b)
	return a, b
}

// The room that introduced a pair is parted, first by one, then by the other:
// the path stays, and so do the answers to probes.
func TestPathOutlivesTheKeysThatFoundIt(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		first := map[*end]*crypto.ProbeKeys{l.a: l.a.remote.sendKeys(), l.b: l.b.remote.sendKeys()}
		l.twoRooms()
		pass(2 * time.Second)
		l.wantKind(Direct)
		for _, e := range []*end{l.a, l.b} {
			e.remote.RemoveKeys(first[e])
			pass(10 * time.Minute) // the path lives by its probes
			l.wantKind(Direct)
			for _, e := range []*end{l.a, l.b} {
				if age := time.Since(e.remote.Info().LastSeen); age > time.Minute {
					t.Errorf("%s heard nothing for %v", e.host.Name, age)
				}
			}
		}
	})
}

// Each end was introduced by another room.
func TestPathWithKeysInAnyOrder(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		a, b := l.twoRooms()
		l.b.remote.RemoveKeys(l.b.remote.sendKeys())
		_, other := probeKeys(t)
		l.b.remote.AddKeys(other) // of a third room, which a is not in
		if l.a.remote.sendKeys() == a || l.b.remote.sendKeys() != b {
			t.Fatal("both begin with the same room")
		}
		pass(2 * time.Second)
		l.wantKind(Direct)
		if l.a.remote.sendKeys() != a {
			t.Error("a still probes under keys that b has not")
		}
	})
}

func TestKeysOfTheLatestFreshFrame(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		r := l.remote[0]
		introduced := r.sendKeys()
		ours, theirs := probeKeys(t)
		r.AddKeys(ours)
		old := l.ping(0)
		l.c.handle(old, ap(x))
		if r.sendKeys() != introduced {
			t.Error("changed without need")
		}
		pass(ms)
		l.number++
		l.c.handle(wire.Ping{TxID: txID(l.number)}.Seal(theirs), ap(x))
		if r.sendKeys() != ours {
			t.Error("not the keys the member has for certain")
		}
		pass(ms)
		l.c.handle(old, ap(x))
		if r.sendKeys() != ours {
			t.Error("a replay changed the keys")
		}
		l.want(x, 0)
		r.RemoveKeys(ours)
		if r.sendKeys() != introduced {
			t.Error("not the keys that are left")
		}
		bad := l.c.Counters.BadProbe.Load()
		l.number++
		l.c.handle(wire.Ping{TxID: txID(l.number)}.Seal(theirs), ap(y))
		if l.c.Counters.BadProbe.Load() != bad+1 {
			t.Error("a probe under keys that were removed was taken")
		}
		l.want(y, -1)
	})
}

// Between two rooms a Remote may be without keys.
func TestRemoteWithoutKeys(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		r := l.remote[0]
		keys := r.sendKeys()
		l.c.handle(l.ping(0), ap(x))
		r.RemoveKeys(keys)
		r.Check()
		l.c.handle(l.ping(0), ap(y))
		l.want(y, -1)
		l.want(x, 0) // packets still pass
		r.AddKeys(keys)
		l.c.handle(l.ping(0), ap(y))
		l.want(y, 0)
		r.Remove()
		r.RemoveKeys(keys)
		r.AddKeys(keys)
		if _, taken := l.c.hints[keys.RecvHint]; taken {
			t.Error("a removed Remote takes probes")
		}
	})
}
