package crypto

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestSessionBothWays(t *testing.T) {
	key := NewSessionKey()
	member, boot := NewSession(key, RoleClient), NewSession(key, RoleServer)
	ad := []byte("head")
	for _, dir := range []struct{ from, to *Session }{{member, boot}, {boot, member}} {
		for l := range lanes {
			n := dir.from.Next(l)
			sealed := dir.from.Seal(nil, l, n, []byte("plain"), ad)
			tampered(sealed, func(what string, i int, b []byte) {
				if _, err := dir.to.Open(nil, l, n, b, ad); !errors.Is(err, ErrSeal) {
					t.Errorf("lane %d, %s at %d: %v", l, what, i, err)
				}
			})
			for name, open := range map[string]func() ([]byte, error){
				"reflected":     func() ([]byte, error) { return dir.from.Open(nil, l, n, sealed, ad) },
				"other counter": func() ([]byte, error) { return dir.to.Open(nil, l, n+1, sealed, ad) },
				"other lane":    func() ([]byte, error) { return dir.to.Open(nil, 1-l, n, sealed, ad) },
				"other head":    func() ([]byte, error) { return dir.to.Open(nil, l, n, sealed, []byte("heae")) },
			} {
				if _, err := open(); !errors.Is(err, ErrSeal) {
					t.Errorf("lane %d, %s: %v", l, name, err)
				}
			}
			// None of that spoiled the counter for the real frame.
			if got, err := dir.to.Open([]byte("dst"), l, n, sealed, ad); err != nil || string(got) != "dstplain" {
				t.Errorf("lane %d: %q, %v", l, got, err)
			}
			if _, err := dir.to.Open(nil, l, n, sealed, ad); !errors.Is(err, ErrSeal) {
				t.Errorf("lane %d: a frame opens twice", l)
			}
			if _, highest := dir.to.Counters(l); highest != n {
				t.Errorf("lane %d: highest is %d, want %d", l, highest, n)
			}
		}
	}
}

func TestSessionVectors(t *testing.T) {
	s := NewSession(SessionKey(repeat(5)), RoleClient)
	same := newGCM(Key(unhex(t, "0e178c038e64ce77f7c98f74b4be9c9c0b7bf610ebdd533d806366a35ce764b8")))
	nonce := unhex(t, "010000000000000000000007") // relay lane, up, counter 7
	if got, err := same.Open(nil, nonce, s.Seal(nil, LaneRelay, 7, []byte("x"), nil), nil); err != nil || string(got) != "x" {
		t.Error("the member's direction is another")
	}
	nonce = unhex(t, "000100000000000000000007") // control lane, down, counter 7
	if got, err := s.Open(nil, LaneControl, 7, same.Seal(nil, nonce, []byte("x"), nil), nil); err != nil || string(got) != "x" {
		t.Error("the bootnode's direction is another")
	}
}

// Control counters begin where nobody can guess, far from both ends; relay
// counters at 1, since 32 bits have to last.
func TestCountersBegin(t *testing.T) {
	seen := map[uint64]bool{}
	for range 100 {
		s := NewSession(SessionKey{}, RoleClient)
		first, _ := s.Counters(LaneControl)
		if first != s.Next(LaneControl) || s.Next(LaneControl) != first+1 {
			t.Fatal("Counters and Next disagree")
		}
		if first == 0 || first > 1<<62 || seen[first] {
			t.Fatalf("control begins at %d", first)
		}
		seen[first] = true
		if n := s.Next(LaneRelay); n != 1 {
			t.Fatalf("relay begins at %d", n)
		}
	}
}

// The filter against a list of all that was seen.
func TestReplayFilterModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var f ReplayFilter
		seen, top := map[uint64]bool{}, uint64(0)
		base := rng.Uint64N(1 << 62)
		if round%2 == 0 {
			base = 0
		}
		for range 300 {
			n := base + rng.Uint64N(100)
			switch rng.IntN(10) {
			case 0:
				n = top + rng.Uint64N(200)
			case 1:
				base += rng.Uint64N(80)
			}
			want := n != 0 && !seen[n] && (n > top || top-n < 64)
			if got := f.Fresh(n); got != want {
				t.Fatalf("counter %d, top %d: fresh is %v", n, top, got)
			}
			if want && rng.IntN(4) > 0 { // not every fresh frame is authentic
				f.Mark(n)
				seen[n], top = true, max(top, n)
			}
		}
	}
}

func TestReplayFilterEnds(t *testing.T) {
	var f ReplayFilter
	if f.Fresh(0) {
		t.Error("0 is fresh")
	}
	f.Mark(1<<64 - 1)
	if f.Fresh(1<<64-1) || !f.Fresh(1<<64-2) || f.Fresh(1) {
		t.Error("the highest counter")
	}
	f.Mark(5) // too old to be told apart: must not disturb
	if !f.Fresh(1<<64 - 2) {
		t.Error("an old mark disturbed the window")
	}
}
