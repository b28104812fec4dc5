package bootnode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Orders come from any goroutine while the server runs; a drain ends it, and
// then none is taken any more.
func TestOrders(t *testing.T) {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{c}, Logger: slog.New(slog.NewTextHandler(&log, nil)), MOTD: "hello", Bans: []Ban{{Target: Target{Guest: "x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	if was, err := s.Unban(ctx, Target{Guest: "x"}); err != nil || !was || s.MOTD() != "hello" {
		t.Errorf("%v, %v, %q", was, err, s.MOTD())
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			target := Target{Prefix: netip.MustParsePrefix(fmt.Sprintf("10.0.%d.0/24", i))}
			_, e1 := s.Ban(ctx, Ban{Target: target})
			was, e2 := s.Unban(ctx, target)
			_, e3 := s.Notify(ctx, "a notice", "")
			e4 := s.SetMOTD(ctx, "a greeting")
			_, _, e5 := s.RoomList(ctx, 1)
			_, e6 := s.Reconfigure(ctx, Limits{Rooms: 7}, nil)
			if err := errors.Join(e1, e2, e3, e4, e5, e6); err != nil || !was {
				t.Errorf("%v, %v", err, was)
			}
			s.Stats()
			s.Limits()
		})
	}
	all.Wait()
	if s.Limits().Rooms != 7 || s.MOTD() != "a greeting" || !s.Draining().IsZero() {
		t.Errorf("%+v, %q", s.Limits(), s.MOTD())
	}
	if _, err := s.Notify(ctx, "x", "12"); !errors.Is(err, ErrNoRoom) {
		t.Errorf("%v", err)
	}
	if _, err := s.Notify(ctx, " \n", ""); err == nil {
		t.Error("an empty notice was taken")
	}
	if err := s.SetMOTD(ctx, "\xff"); err == nil {
		t.Error("a greeting that is no text was taken")
	}
	if err := s.Drain(ctx, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, after, said := strings.Cut(log.String(), "is about to stop"); !said || !strings.Contains(after, "bootnode stops") {
		t.Errorf("the log has it in another order:\n%s", log.String())
	}
	if _, err := s.CallOff(ctx); !errors.Is(err, ErrStopped) {
		t.Errorf("after the end: %v", err)
	}
}

// A million registrations that are all in order, from everywhere: they are taken
// up to the limits and no further, and the refused leave nothing behind.
func TestMillionNewcomers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const million, limit = 1_000_000, 1_000
	w := newWorld(t, Limits{Members: limit, MembersPerRoom: limit})
	run, err := crypto.NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := crypto.NewRegisterKeys(bootKey, run.Public())
	if err != nil {
		t.Fatal(err)
	}
	f := wire.Register{Announcement: make([]byte, 300)}
	register := func(i int) {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 7}), 1024)
		f.Run, f.Tag = crypto.RunPublic{byte(i), byte(i >> 8), byte(i >> 16)}, crypto.RoomTag{byte(i), byte(i >> 8)}
		w.d.begin(w.now)
		w.d.admit(Event{From: from, Path: 3, Packet: []byte{byte(i), byte(i >> 8), byte(i >> 16)}}, &f, keys)
		w.d.end()
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for i := range 2 * limit {
		register(i)
	}
	before := heap()
	for i := range million {
		register(2*limit + i)
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d", before, after)
	}
	if st := w.d.Stats(); st.Members != limit || st.Refused != million+limit || len(w.d.networks) > limit || len(w.d.rooms) > limit {
		t.Errorf("%d members, %d refused, %d networks, %d rooms", st.Members, st.Refused, len(w.d.networks), len(w.d.rooms))
	}
}
