package peer_test

import (
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/loopback"
	"gochat/peer"
)

// A Node that nobody listens to ends at once, with what its rooms have told.
func TestDialAndClose(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	defer stop()
	if _, err := peer.Dial(t.Context(), peer.Config{Nick: "two words"}); err == nil || !strings.Contains(err.Error(), "two words") {
		t.Errorf("a nick of two words: %v", err)
	}
	id := crypto.IdentityFromSeed([32]byte{1})
	n, err := peer.Dial(t.Context(), peer.Config{Identity: id, Bootnodes: []peer.Bootnode{{Address: bootnode}}})
	if err != nil {
		t.Fatal(err)
	}
	if n.Key() != id.Public() || n.Nick() != id.Public().Nickname() {
		t.Errorf("%v is called %s", n.Key(), n.Nick())
	}
	left, err := n.Join(peer.RoomConfig{Name: "left"})
	if err != nil {
		t.Fatal(err)
	}
	stays, err := n.Join(peer.RoomConfig{Name: "stays", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if left.Private() || !stays.Private() || left.Word() == stays.Word() {
		t.Error("the secret does not count")
	}
	id1, err := left.Send(peer.Text, "alone")
	if err != nil {
		t.Fatal(err)
	}
	left.Leave()
	heard := false
	for e := range left.Events() { // asked for late, and ended all the same
		m, ok := e.(peer.MessageEvent)
		heard = heard || ok && m.ID == id1
	}
	if !heard {
		t.Error("the room did not tell what was said in it")
	}
	began := time.Now()
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > 900*time.Millisecond {
		t.Logf("ending took %v", d) // as long as a busy machine needs
	}
	for range stays.Events() {
		continue
	}
	joined := 0
	for e := range n.Events() {
		if c, ok := e.(peer.RoomChanged); ok && c.State == peer.RoomJoined {
			joined++
		}
	}
	if joined > 2 {
		t.Errorf("%d rooms were joined", joined)
	}
}
