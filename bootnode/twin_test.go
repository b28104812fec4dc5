package bootnode

import (
	"bytes"
	"crypto/ed25519"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/wire"
)

// Another node with the same key is told to the operator, now and then.
func TestTwinIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		seed := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		self := NodeID(seed.Public().(ed25519.PublicKey))
		key := func(b []byte) [64]byte { return [64]byte(ed25519.Sign(seed, b)) }
		f := &federation{core: presence.New(presence.Config{
			Self: self, Sign: key, Epoch: 5, Own: func(crypto.RoomSubject) []wire.NodeRecord { return nil },
			About: func() presence.About { return presence.About{} },
		}, time.Now())}
		hear := func(number uint64) {
			m := wire.NodeMessage{Type: wire.NodeBeacon, Node: self, Epoch: 6, Number: number, Body: wire.Beacon{}.Append(nil)}
			f.core.Step(time.Now(), presence.Event{Message: m.Sign(crypto.RoomSubject{}, key)})
			f.warn(time.Now(), log)
		}
		f.warn(time.Now(), log)
		for i := range 3 {
			hear(uint64(i + 1))
		}
		if n := strings.Count(out.String(), "--node-key"); n != 1 {
			t.Errorf("told %d times: %s", n, &out)
		}
		time.Sleep(twinPace)
		hear(9)
		if n := strings.Count(out.String(), "--node-key"); n != 2 {
			t.Errorf("told %d times a minute later: %s", n, &out)
		}
	})
}
