package crypto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// cheap keeps tests quick; nothing is protected by it.
var cheap = LockCost{Passes: 1, Memory: 64, Lanes: 2}

func TestLock(t *testing.T) {
	pass, plain := []byte("correct horse"), []byte("secret")
	locked, err := Lock(LockProfile, pass, plain, cheap)
	if err != nil || len(locked) != len(plain)+LockOverhead {
		t.Fatalf("%d bytes, %v", len(locked), err)
	}
	if again, _ := Lock(LockProfile, pass, plain, cheap); bytes.Equal(again[lockHeader-lockSalt:lockHeader], locked[lockHeader-lockSalt:lockHeader]) {
		t.Error("a salt was used twice")
	}
	for _, same := range []string{"correct horse", "correct horse\n", "correct horse\r\n"} {
		if got, err := Unlock(LockProfile, []byte(same), locked); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q: %q, %v", same, got, err)
		}
	}
	for _, other := range []string{
		"correct hors", "Correct horse", "correct horse ", " correct horse", "correct horse\n\n", "correct horse\r",
		strings.Repeat("x", MaxPassphrase),
	} {
		if _, err := Unlock(LockProfile, []byte(other), locked); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%q: %v", other, err)
		}
	}
	for _, none := range []string{"", "\n", "\r\n", strings.Repeat("x", MaxPassphrase+1)} {
		if _, err := Unlock(LockProfile, []byte(none), locked); !errors.Is(err, ErrNoPassphrase) {
			t.Errorf("unlock with %d bytes: %v", len(none), err)
		}
		if _, err := Lock(LockProfile, []byte(none), plain, cheap); !errors.Is(err, ErrNoPassphrase) {
			t.Errorf("lock with %d bytes: %v", len(none), err)
		}
	}
	if _, err := Unlock(LockIdentity, pass, locked); !errors.Is(err, ErrNotLocked) {
		t.Errorf("a profile's key taken for an identity: %v", err)
	}
	tampered(locked, func(what string, i int, b []byte) {
		if _, err := Unlock(LockProfile, pass, b); !errors.Is(err, ErrPassphrase) && !errors.Is(err, ErrNotLocked) {
			t.Errorf("%s at %d: %v", what, i, err)
		}
	})
}

func TestUnlockVector(t *testing.T) {
	locked := unhex(t, "47434c3101000000020000004002000102030405060708090a0b0c0d0e0f"+
		"6465666768696a6b6c6d6e6f30b1e7599d53f7c8e0b2cbf1651ab7e77bc888e5e140")
	if got, err := Unlock(LockIdentity, []byte("correct horse"), locked); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
}

// What a file asks for is bounded: none of these may take time or memory.
func TestUnlockBearsNoBurden(t *testing.T) {
	for _, c := range []LockCost{
		{0, 64, 1}, {1, 64, 0}, {1, 7, 1}, {1, 128, 17}, {1, maxLockMemory + 1, 1}, {1, 1<<32 - 1, 4}, {1<<32 - 1, 8, 1},
		{maxLockWork/64 + 1, 64, 1}, {5, maxLockMemory, 4},
	} {
		b := append([]byte(lockMagic), byte(LockProfile))
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, c.Passes), c.Memory)
		b = append(append(b, c.Lanes), make([]byte, lockSalt+SealOverhead)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Unlock(LockProfile, []byte("x"), b); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%+v: %v", c, err)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 64<<10 {
			t.Errorf("%+v: allocates %d bytes", c, after.TotalAlloc-before.TotalAlloc)
		}
	}
	for _, c := range []LockCost{StartCost, KeepCost, cheap, {4, maxLockMemory, 4}} {
		if !c.bearable() {
			t.Errorf("%+v is refused", c)
		}
	}
}

func FuzzUnlock(f *testing.F) {
	locked, _ := Lock(LockProfile, []byte("x"), []byte("secret"), LockCost{1, 8, 1})
	f.Add(locked)
	f.Add([]byte(lockMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > lockHeader {
			binary.BigEndian.PutUint32(b[9:], min(64, binary.BigEndian.Uint32(b[9:]))) // for speed
			binary.BigEndian.PutUint32(b[5:], min(2, binary.BigEndian.Uint32(b[5:])))
		}
		if plain, err := Unlock(LockProfile, []byte("x"), b); err == nil && string(plain) != "secret" {
			t.Errorf("opens as %q", plain)
		}
	})
}

func BenchmarkUnlock(b *testing.B) {
	for name, c := range map[string]LockCost{"start": StartCost, "keep": KeepCost} {
		locked, err := Lock(LockProfile, []byte("x"), []byte("secret"), c)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Unlock(LockProfile, []byte("x"), locked); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
