package cli

import (
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"

	"gochat/crypto"
	"gochat/internal/profile"
)

// However many rooms are joined at once, the memory for one key is taken.
func TestKeysAreDerivedInTurn(t *testing.T) {
	p, _, err := profile.Open(t.TempDir(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() { deriveKeys(p, fmt.Sprint("room-", i/2), "", slog.New(slog.DiscardHandler)) })
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	if n := len(p.RoomKeys()); n != 5 {
		t.Errorf("%d room keys", n)
	}
	if got, want := deriveKeys(p, "room-3", "", nil).Tag, crypto.NewRoomKeys(crypto.DeriveEpoch0("room-3", "")).Tag; got != want {
		t.Error("another room")
	}
	if grown := (int64(after.HeapSys) - int64(before.HeapSys)) >> 20; grown > 150 {
		t.Errorf("%d MiB were taken", grown)
	}
}
