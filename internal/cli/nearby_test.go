package cli

import (
	"fmt"
	"log/slog"
	"testing"

	"gochat/crypto"
	"gochat/internal/lan"
)

// Each bootnode is told of the rooms that it was found for, and of no other.
func TestBootnodesForEachRoom(t *testing.T) {
	one, two := crypto.RunPublic{1}, crypto.RunPublic{2}
	n := &surroundings{searches: []*search{
		{name: "a", targets: []lan.Target{{Address: "10.0.0.1:9595", Key: one}, {Address: "127.0.0.1:9595"}}},
		{name: "b", targets: []lan.Target{{Address: "10.0.0.2:9595", Key: two}, {Address: "127.0.0.1:9595"}}},
		{name: "c"},
		{name: "d", targets: []lan.Target{{Address: "10.0.0.1:9595", Key: two}}}, // who is it really?
	}}
	got := ""
	for _, b := range n.bootnodes() {
		got += fmt.Sprintf("%s %v strict %v for %v\n", b.Address, b.Key[0], b.Strict, b.Rooms)
		if !b.Embedded {
			t.Errorf("%s counts as named", b.Address)
		}
	}
	if want := "10.0.0.1:9595 1 strict true for [a]\n127.0.0.1:9595 0 strict false for [a b]\n10.0.0.2:9595 2 strict true for [b]\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// One bootnode serves all rooms that need one, as long as there is any.
func TestEmbeddedBootnodeIsShared(t *testing.T) {
	e := &embedded{log: slog.New(slog.DiscardHandler)}
	a, b := crypto.RoomTag{1}, crypto.RoomTag{2}
	open := func(tag crypto.RoomTag, port uint16) lan.Server {
		t.Helper()
		s, err := e.open(tag, port)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := open(a, 0)
	second := open(b, first.Port()) // where it is itself
	if first.Key() != second.Key() || first.Port() != second.Port() || !e.serves(a) || !e.serves(b) {
		t.Error("not one bootnode for both")
	}
	first.Close()
	if e.serves(a) || !e.serves(b) || e.server == nil {
		t.Error("the second room's place went with the first one's")
	}
	second.Close()
	second.Close()
	if e.server != nil {
		t.Error("it runs on for nobody")
	}
	third := open(a, first.Port()) // the port is free again
	if third.Key() == first.Key() {
		t.Error("the old key came back")
	}
	second.Close()
	if !e.serves(a) {
		t.Error("an old place closed a new one")
	}
	third.Close()
}
