package api

import (
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"gochat/internal/loopback"
	"gochat/peer"
)

// patience is for what must happen in the end, on a busy machine too. Nothing
// waits that long when all is well.
const patience = 45 * time.Second

// join is a member of a room, at a bootnode.
func join(t *testing.T, bootnode string, cfg peer.RoomConfig) (*peer.Node, *peer.Room) {
	t.Helper()
	node, err := peer.Dial(t.Context(), peer.Config{Bootnodes: []peer.Bootnode{{Address: bootnode}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Close() })
	room, err := node.Join(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return node, room
}

// await reads a room's events until one fits.
func await(t *testing.T, room *peer.Room, what string, fits func(peer.Event) bool) peer.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e, open := <-room.Events():
			if !open {
				t.Fatalf("the room's events ended before: %s", what)
			}
			if fits(e) {
				return e
			}
		case <-late:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

func here(of *peer.Node) func(peer.Event) bool {
	return func(e peer.Event) bool {
		m, ok := e.(peer.MemberChanged)
		return ok && m.Key == of.Key() && m.State == peer.Joined
	}
}

// A stream is a net.Conn in all that its users expect of one.
func TestConn(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	cfg := peer.RoomConfig{Name: "conns"}
	_, a := join(t, bootnode, cfg)
	other, b := join(t, bootnode, cfg)
	l, err := b.Listen("test")
	if err != nil {
		t.Fatal(err)
	}
	await(t, a, "the other one", here(other))
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		conn, err := a.Dial(t.Context(), other.Key(), "test")
		if err != nil {
			return nil, nil, nil, err
		}
		if c2, err = l.Accept(); err != nil {
			return nil, nil, nil, err
		}
		return conn, c2, func() { conn.Close(); c2.Close() }, nil
	})
}
