package crypto

import (
	"errors"
	"testing"
)

// lowOrder are X25519 points that make every shared secret zero, or come to
// that by reduction (RFC 7748 §6.1).
var lowOrder = []RunPublic{
	{},
	{1},
	RunPublic{
		0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
	},
}

// runPair is two run keys with known seeds; the first has the lower public key.
func runPair(t testing.TB) (low, high *RunKey) {
	t.Helper()
	low, err := RunKeyFromSeed([32]byte(repeat(1)))
	if err != nil {
		t.Fatal(err)
	}
	high, err = RunKeyFromSeed([32]byte(repeat(2)))
	if err != nil {
		t.Fatal(err)
	}
	return low, high
}

func repeat(b byte) []byte {
	out := make([]byte, 32)
	for i := range out {
		out[i] = b
	}
	return out
}

func TestRunVectors(t *testing.T) {
	low, high := runPair(t)
	wantHex(t, "low key", low.pub[:], "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209")
	room := NewRoomKeys(testEpoch())
	id := NewSessionID(low.Public(), room.Tag)
	wantHex(t, "session id", id[:], "03eff7484d6c7bd4")
	k, err := NewProbeKeys(low, high.Public(), room)
	if err != nil {
		t.Fatal(err)
	}
	wantHex(t, "low's hint", k.SendHint[:], "5f0f534b90676f59")
	wantHex(t, "high's hint", k.RecvHint[:], "d4649267166f7588")
	fromLow := NewBox(Key(unhex(t, "83b45a58f2fc915bfbc3dfcbe88496f32307dfd642dcf0179a9c599b5dac4214")))
	fromHigh := NewBox(Key(unhex(t, "be6ea32a40a73c55e39635cb7a1f686020ec77284d37c5bc29a4a395e05cb0b7")))
	if _, err := fromLow.Open(nil, k.Send.Seal(nil, []byte("x"), nil), nil); err != nil {
		t.Error("low does not send under its key")
	}
	if _, err := k.Recv.Open(nil, fromHigh.Seal(nil, []byte("x"), nil), nil); err != nil {
		t.Error("low does not receive under high's key")
	}
}

func TestProbeKeysMirror(t *testing.T) {
	a, b := runPair(t)
	room, other := NewRoomKeys(testEpoch()), NewRoomKeys(EpochKey{9})
	ka, _ := NewProbeKeys(a, b.Public(), room)
	kb, _ := NewProbeKeys(b, a.Public(), room)
	if ka.SendHint != kb.RecvHint || ka.RecvHint != kb.SendHint || ka.SendHint == ka.RecvHint {
		t.Error("hints do not mirror")
	}
	p := ka.Send.Seal(nil, []byte("probe"), nil)
	if got, err := kb.Recv.Open(nil, p, nil); err != nil || string(got) != "probe" {
		t.Errorf("b opens %q, %v", got, err)
	}
	if _, err := ka.Recv.Open(nil, p, nil); !errors.Is(err, ErrSeal) {
		t.Error("a probe can be reflected")
	}
	if ko, _ := NewProbeKeys(b, a.Public(), other); ko.RecvHint == kb.RecvHint {
		t.Error("another room has the same hint")
	}
}

func TestLowOrderKeysRefused(t *testing.T) {
	a, _ := runPair(t)
	for _, p := range lowOrder {
		if _, err := NewProbeKeys(a, p, NewRoomKeys(testEpoch())); !errors.Is(err, ErrRunKey) {
			t.Errorf("%x: probe keys: %v", p, err)
		}
		if _, err := NewRegisterKeys(a, p); !errors.Is(err, ErrRunKey) {
			t.Errorf("%x: register keys: %v", p, err)
		}
		if _, err := SealTo(nil, p, []byte("x"), nil); !errors.Is(err, ErrRunKey) {
			t.Errorf("%x: seal to: %v", p, err)
		}
		sealed := append(p[:len(p):len(p)], make([]byte, SealOverhead)...)
		if _, err := OpenFrom(a, sealed, nil); !errors.Is(err, ErrRunKey) {
			t.Errorf("%x: open from: %v", p, err)
		}
	}
}
