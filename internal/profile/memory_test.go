package profile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
)

func TestNextRun(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	now := time.UnixMilli(1_000_000)
	next := func(p *Profile, now time.Time) uint64 {
		t.Helper()
		run, err := p.NextRun(now)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	if got := next(p, now); got != 1_000_000 {
		t.Error(got)
	}
	if got := next(p, now); got != 1_000_001 {
		t.Error(got)
	}
	p.Close()
	// The clock went back, even before 1970: the number does not.
	if got := next(open(t, dir), time.UnixMilli(-5)); got != 1_000_002 {
		t.Error(got)
	}
}

// Damaged files are kept for a look, and gochat goes on.
func TestDamagedFiles(t *testing.T) {
	for _, tc := range []struct{ file, text string }{
		{"run", "x"}, {"run", ""}, {"run", "18446744073709551615"}, {"run", strings.Repeat("1", 100)},
		{"rooms", "{"}, {"rooms", `{"version":2}`}, {"rooms", `{"version":1,"rooms":[{"handle":"00","key":"00"}]}`},
		{"rooms", strings.Repeat(" ", maxRoomFile+1)},
		{"pins", "x\n"}, {"pins", `{"nick":"a","key":"b"}` + "\n"}, {"pins", `{"nick":"a"`},
		{"nick", ""}, {"nick", "two words\n"}, {"nick", "a\x1b[31m"}, {"nick", strings.Repeat("a", maxNickFile+1)},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, tc.file), tc.text)
		p, notices, err := Open(dir, true, nil)
		if err != nil {
			t.Errorf("%s %.20q: %v", tc.file, tc.text, err)
			continue
		}
		if len(notices) != 1 || notices[0].Code != CodeDamaged {
			t.Errorf("%s %.20q: notices %v", tc.file, tc.text, notices)
		}
		if b, err := os.ReadFile(filepath.Join(dir, tc.file+".damaged")); string(b) != tc.text {
			t.Errorf("%s %.20q: not kept: %v", tc.file, tc.text, err)
		}
		if run, err := p.NextRun(time.UnixMilli(7)); run != 7 || err != nil {
			t.Errorf("run %d, %v", run, err)
		}
		if _, first, err := p.PinNick("a", key(1)); !first || err != nil {
			t.Errorf("pin: %v %v", first, err)
		}
		p.Close()
		open(t, dir) // mended
	}
}

func TestRoomKeys(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	if _, ok := p.RoomKey("lobby", ""); ok {
		t.Error("a key out of nothing")
	}
	for i := range maxRooms + 1 {
		if err := p.PutRoomKey("lobby", fmt.Sprint(i), [32]byte{byte(i), byte(i >> 8), 9}); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	p = open(t, dir)
	if e0, ok := p.RoomKey("lobby", "1"); !ok || e0 != ([32]byte{1, 0, 9}) {
		t.Errorf("%x %v", e0, ok)
	}
	if _, ok := p.RoomKey("lobby1", ""); ok {
		t.Error("name and secret run into each other")
	}
	if _, ok := p.RoomKey("lobby", "0"); ok {
		t.Error("the cache has no bound")
	}
	if all := p.RoomKeys(); len(all) != maxRooms || all[0] != (crypto.EpochKey{0, 1, 9}) || all[maxRooms-1] != (crypto.EpochKey{1, 0, 9}) {
		t.Errorf("%d keys, the last put %x", len(all), all[0])
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "rooms")); strings.Contains(string(b), "lobby") {
		t.Error("the file shows the room's name")
	}
}

func TestPins(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	if known, first, err := p.PinNick("alice", key(1)); !first || known != key(1) || err != nil {
		t.Error(known, first, err)
	}
	if known, first, err := p.PinNick("alice", key(2)); first || known != key(1) || err != nil {
		t.Error(known, first, err)
	}
	// A nick and an address that look alike are different things.
	if p.Bootnode("alice") != [32]byte{} {
		t.Error("a nick took a bootnode's place")
	}
	if err := p.RepinBootnode("alice", key(3)); err != nil || p.Bootnode("alice") != key(3) {
		t.Error(err)
	}
	if err := p.RepinBootnode("alice", key(4)); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = open(t, dir)
	if known, first, _ := p.PinNick("alice", key(2)); first || known != key(1) {
		t.Error("the nick's pin was lost", known, first)
	}
	if p.Bootnode("alice") != key(4) {
		t.Error("the bootnode's new pin was lost")
	}
	for _, name := range []string{"", "\xff", strings.Repeat("n", maxPinName+1)} {
		if _, _, err := p.PinNick(name, key(1)); !errors.Is(err, errNotPinnable) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, _, err := p.PinNick("bob", crypto.PublicKey{}); err == nil {
		t.Error("the zero key was pinned")
	}
}

// A torn last line costs that pin alone.
func TestTornPin(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	p.PinNick("alice", key(1))
	p.PinNick("bob", key(2))
	p.Close()
	path := filepath.Join(dir, "pins")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(b[:len(b)-5]))
	p, notices, err := Open(dir, true, nil)
	if err != nil || len(notices) != 1 {
		t.Fatal(notices, err)
	}
	defer p.Close()
	if known, first, _ := p.PinNick("alice", key(3)); first || known != key(1) {
		t.Error("a good pin was lost")
	}
	if _, first, _ := p.PinNick("bob", key(3)); !first {
		t.Error("half a pin counts")
	}
}

// A flood of names fills the table, but frees no name.
func TestPinsAreBounded(t *testing.T) {
	p := open(t, t.TempDir())
	p.PinNick("alice", key(1))
	var err error
	for i := 0; i < maxPins && err == nil; i++ {
		_, _, err = p.PinNick(fmt.Sprint("n", i), key(i+2))
	}
	if !errors.Is(err, ErrPinsFull) {
		t.Errorf("no bound: %v", err)
	}
	if known, first, _ := p.PinNick("alice", key(2)); first || known != key(1) {
		t.Error("alice's name was freed")
	}
	if err := p.RepinBootnode("b", key(1)); err != nil {
		t.Error("nicks took the bootnodes' room", err)
	}
}

// A bootnode that shows another key at each turn does not fill the disk.
func TestReplacedPinsAreDropped(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	p.PinNick("alice", key(1))
	for i := range 3 * maxReplaced {
		if err := p.RepinBootnode("b", key(i)); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	if b, err := os.ReadFile(filepath.Join(dir, "pins")); err != nil || bytes.Count(b, []byte("\n")) > maxReplaced+3 {
		t.Errorf("%d lines, %v", bytes.Count(b, []byte("\n")), err)
	}
	p = open(t, dir)
	if known, first, _ := p.PinNick("alice", key(2)); first || known != key(1) || p.Bootnode("b") != key(3*maxReplaced-1) {
		t.Error("a pin was lost")
	}
}

func FuzzFiles(f *testing.F) {
	f.Add([]byte("gochat identity 1 abc\n"))
	f.Add([]byte(`{"version":1,"rooms":[]}`))
	f.Add([]byte(`{"nick":"a","key":"` + key(1).String() + `"}` + "\n{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if seed, ok := parseSeed("identity", b); ok {
			if again, ok := parseSeed("identity", formatSeed("identity", seed)); !ok || again != seed {
				t.Error("seed does not come back")
			}
		}
		if rooms, ok := parseRooms(b); ok && len(rooms) > maxRooms {
			t.Error("too many rooms")
		}
		for _, v := range []*vault{{}, {key: make([]byte, 32)}} {
			var s, again pins
			s.parse(b, v)
			if !again.parse(s.format(v), v) || !maps.Equal(again.nicks, s.nicks) || !maps.Equal(again.bootnodes, s.bootnodes) {
				t.Error("pins do not come back")
			}
		}
	})
}
