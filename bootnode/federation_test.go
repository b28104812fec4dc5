package bootnode

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/wire"
)

// within waits for something that is to happen.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after %v: %s", d, what)
		}
	}
}

// pair has a member come at each of the first two nodes, once these know each
// other, and waits until the two do.
func (w *towns) pair(t *testing.T) (a, b *person) {
	t.Helper()
	time.Sleep(5 * time.Second)
	a, b = w.list[0].arrive(testTag), w.list[1].arrive(testTag)
	within(t, time.Second, "they know each other", func() bool { return a.knows(b) && b.knows(a) })
	return a, b
}

func TestMembersAtTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 3, Limits{})
		defer w.close()
		a, b := w.pair(t)
		defer a.vanish()
		other := w.list[2].arrive(crypto.RoomTag{2})
		defer other.vanish()
		time.Sleep(time.Second)
		if len(other.roster.members) != 1 {
			t.Error("another room knows them")
		}
		if a.channelOf(b) == b.welcome.Channel {
			t.Error("the channel is that of the other node")
		}
		a.say(b, "hello")
		within(t, time.Second, "a's packet is there", func() bool { return len(b.heard()) == 1 })
		if got, want := b.heard()[0], fmt.Sprintf("%d hello", b.channelOf(a)); got != want {
			t.Errorf("b heard %q, want %q", got, want)
		}
		b.say(a, "hi")
		within(t, time.Second, "b's packet is there", func() bool { return len(a.heard()) == 1 })
		b.leave()
		within(t, time.Second, "b has left", func() bool { return !a.knows(b) })
		if a.left(b) != wire.RosterLeft {
			t.Errorf("b left as %v", a.left(b))
		}
		sa, sb := w.list[0].server.Stats(), w.list[1].server.Stats()
		if sa.Carried != 1 || sa.Arrived != 1 || sb.Carried != 1 || sb.Arrived != 1 || sa.Foreign != 0 || sa.Presence.Nodes != 2 {
			t.Errorf("%+v\n%+v", sa, sb)
		}
	})
}

// Who only passes on what bootnodes say of a room reads no member in it, and can
// say nothing there.
func TestOthersRoomsAreSealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		evil := w.mesh.node()
		var passed []Message
		w.mesh.mu.Lock()
		w.mesh.tap = func(m Message) {
			if m.Subject != (crypto.RoomSubject{}) {
				passed = append(passed, m)
			}
		}
		w.mesh.mu.Unlock()
		a, b := w.pair(t)
		defer a.vanish()
		defer b.vanish()

		addr := a.welcome.Observed.Addr().Unmap().As4()
		w.mesh.mu.Lock()
		seen := slices.Clone(passed)
		w.mesh.mu.Unlock()
		for _, m := range seen {
			for what, secret := range map[string][]byte{
				"tag": testTag[:], "session": a.id[:], "announcement": a.announcement, "address": addr[:],
			} {
				if bytes.Contains(m.Data, secret) {
					t.Errorf("a message shows the %s", what)
				}
			}
			if _, err := wire.ParseNodeMessage(m.Data); err == nil {
				t.Error("a message shows its node")
			}
		}
		if len(seen) == 0 {
			t.Error("nothing was said")
		}

		subject := testTag.Subject()
		before := w.list[0].server.Stats().Presence
		digest := wire.NodeMessage{Type: wire.NodeDigest, Node: evil.Self(), Epoch: 1, Number: 1, Body: wire.Digest{Version: 9}.Append(nil)}
		evil.PublishRoom(subject, digest.Sign(subject, evil.Sign))
		other := crypto.RoomTag{9}
		evil.PublishRoom(subject, other.NewsBox().Seal(nil, digest.Sign(subject, evil.Sign), subject[:]))
		dropped := func() uint64 {
			return w.list[0].server.Stats().Presence.Drops[presence.DropMalformed] - before.Drops[presence.DropMalformed]
		}
		within(t, time.Second, "both are dropped", func() bool { return dropped() == 2 })
		if got := w.list[0].server.Stats().Presence; got.Nodes != before.Nodes {
			t.Errorf("%d nodes, %d before", got.Nodes, before.Nodes)
		}
	})
}

// A room opened at two nodes at once, many times.
func TestColdRoomsOfMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		time.Sleep(4 * time.Second)
		var all []*person
		for i := range 40 {
			tag := crypto.RoomTag{3, byte(i)}
			a, b := w.list[0].person(tag), w.list[1].person(tag)
			var both sync.WaitGroup
			both.Go(a.begin)
			time.Sleep(time.Duration(i) * time.Millisecond) // while a registers, and after it
			both.Go(b.begin)
			both.Wait()
			all = append(all, a, b)
		}
		within(t, time.Second, "all know each other", func() bool {
			for i := 0; i < len(all); i += 2 {
				if !all[i].knows(all[i+1]) || !all[i+1].knows(all[i]) {
					return false
				}
			}
			return true
		})
		for _, p := range all {
			p.vanish()
		}
	})
}

// A node dies: its members leave within 12 s. It comes back soon: they were
// never away. The link is cut and mended: both sides are complete again.
func TestNodesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		a, b := w.pair(t)
		defer a.vanish()

		w.mesh.mu.Lock()
		w.mesh.cut = func(int, int) bool { return true }
		w.mesh.mu.Unlock()
		within(t, 12*time.Second, "b is gone", func() bool { return !a.knows(b) && !b.knows(a) })
		if a.left(b) != wire.RosterTimedOut {
			t.Errorf("left as %v", a.left(b))
		}
		c := w.list[1].arrive(testTag)
		defer c.vanish()
		time.Sleep(10 * time.Second)
		w.mesh.mu.Lock()
		w.mesh.cut = nil
		w.mesh.mu.Unlock()
		within(t, 4*time.Second, "all know each other", func() bool { return a.knows(b) && a.knows(c) && b.knows(a) && c.knows(a) })

		b.vanish()
		within(t, 20*time.Second, "b is gone", func() bool { return !a.knows(b) })

		w.list[1].stop()
		w.list[1].node.restart()
		time.Sleep(5 * time.Second)
		w.list[1].start()
		time.Sleep(time.Second)
		if !a.knows(c) {
			t.Error("given up too soon")
		}
		d := w.list[1].arrive(testTag)
		defer d.vanish()
		within(t, time.Second, "the newcomer is known", func() bool { return a.knows(d) && d.knows(a) })
		within(t, 20*time.Second, "who did not come back is gone", func() bool { return !a.knows(c) })
		if !a.knows(d) {
			t.Error("who came back is gone")
		}
		nodes := w.list[0].server.Nodes()
		if len(nodes) != 1 || nodes[0].State != presence.Alive || nodes[0].Hops != 1 || nodes[0].Members != 1 || nodes[0].Advertised != "203.0.113.2:9595" {
			t.Errorf("%+v", nodes)
		}
	})
}

// One run registered at two nodes is one member, at its own node and at a third,
// and stays as long as one of the registrations does.
func TestOneRunAtTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 3, Limits{})
		defer w.close()
		time.Sleep(4 * time.Second)
		watcher := w.list[2].arrive(testTag)
		a := w.list[0].arrive(testTag)
		twin := *a.remote
		conn, err := w.net.Internet.Host("twin", "198.51.9.9").ListenPacket(4000)
		if err != nil {
			t.Fatal(err)
		}
		twin.conn, twin.to, twin.session = conn, net.UDPAddrFromAddrPort(w.list[1].addr), nil
		twin.keys, _ = crypto.NewRegisterKeys(twin.run, bootKey.Public())
		b := &person{remote: &twin, done: make(chan struct{})}
		b.begin()
		within(t, time.Second, "the watcher knows them as one", func() bool { return watcher.knows(a) && a.knows(watcher) && b.knows(watcher) })
		time.Sleep(time.Second)
		for _, p := range []*person{watcher, a, b} {
			p.mu.Lock()
			if len(p.roster.members) != 2 {
				t.Errorf("%d members", len(p.roster.members))
			}
			p.mu.Unlock()
		}
		a.say(watcher, "by a")
		b.say(watcher, "by b")
		within(t, time.Second, "both ways serve", func() bool { return len(watcher.heard()) == 2 })
		a.leave()
		time.Sleep(2 * time.Second)
		if !watcher.knows(b) || watcher.left(b) != 0 {
			t.Error("the member left with one of two registrations")
		}
		watcher.say(b, "still there?")
		within(t, time.Second, "it is reached at the other node", func() bool { return len(b.heard()) == 1 })
		b.leave()
		within(t, time.Second, "it has left", func() bool { return !watcher.knows(b) })
		watcher.vanish()
	})
}

// 200 members come while the relay is flooded from another node: none is missed.
func TestPresenceBesideARelayFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{RelayRate: 1 << 30, RelayBurst: 1 << 30, RelayTotal: 1 << 20})
		defer w.close()
		a, b := w.pair(t)
		stop := make(chan struct{})
		var flood sync.WaitGroup
		flood.Go(func() {
			packet := string(make([]byte, 1200))
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					for range 3 {
						a.say(b, packet)
					}
				}
			}
		})
		tag := crypto.RoomTag{9}
		watcher := w.list[1].arrive(tag)
		var crowd []*person
		for range 200 {
			crowd = append(crowd, w.list[0].arrive(tag))
		}
		within(t, time.Second, "all are known", func() bool {
			for _, p := range crowd {
				if !watcher.knows(p) {
					return false
				}
			}
			return true
		})
		close(stop)
		flood.Wait()
		st := w.list[0].server.Stats()
		if w.mesh.nodes[0].lost+w.mesh.nodes[1].lost != 0 || st.Dropped(DropRelayBusy) == 0 || st.Carried == 0 {
			t.Errorf("lost %d and %d, %+v", w.mesh.nodes[0].lost, w.mesh.nodes[1].lost, st)
		}
		for _, p := range append(crowd, a, b, watcher) {
			p.vanish()
		}
	})
}

// Frames that are no frames, of strangers, or for rooms they are not in go nowhere.
func TestForeignFramesAreChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTowns(t, 2, Limits{})
		defer w.close()
		a, b := w.pair(t)
		c := w.list[0].arrive(crypto.RoomTag{7})
		key, _ := crypto.NewNodeKey(bootKey, bootKey.Public())
		stranger, _ := crypto.NewRunKey()
		wrong, _ := crypto.NewNodeKey(stranger, bootKey.Public())
		at0, at1 := w.list[0].node.Self(), w.list[1].node.Self()
		send := func(f wire.NodeFrame, k *crypto.NodeKey) {
			w.list[0].node.SendFrame(at1, f.Append(nil, k))
			time.Sleep(50 * time.Millisecond)
		}
		packet := []byte("packet")
		w.list[0].node.SendFrame(at1, []byte("nonsense"))
		send(wire.NodeFrame{Node: at0, From: a.id, To: b.id, Packet: packet}, wrong)
		send(wire.NodeFrame{Node: NodeID{1}, From: a.id, To: b.id, Packet: packet}, key)
		send(wire.NodeFrame{Node: at0, From: c.id, To: b.id, Packet: packet}, key)
		send(wire.NodeFrame{Node: at0, From: b.id, To: b.id, Packet: packet}, key)
		send(wire.NodeFrame{Node: at0, From: a.id, To: a.id, Packet: packet}, key)
		st := w.list[1].server.Stats()
		if len(b.heard()) != 0 || st.Dropped(DropNodeFrame) != 3 || st.Dropped(DropRelayTarget) != 3 {
			t.Errorf("%q, %+v", b.heard(), st.Drops)
		}
		send(wire.NodeFrame{Node: at0, From: a.id, To: b.id, Packet: packet}, key)
		if len(b.heard()) != 1 {
			t.Error("a good one is not taken")
		}
		for _, p := range []*person{a, b, c} {
			p.vanish()
		}
	})
}

func TestNoMesh(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	if w.d.takeNews() != nil || !maps.Equal(a.roster.members, w.d.truth(testTag)) {
		t.Error("news without anybody to tell")
	}
}
