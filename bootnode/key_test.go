package bootnode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "bootnode.key")
	key, created, err := LoadOrCreateKey(path)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	again, created, err := LoadOrCreateKey(path)
	if err != nil || created || again.Public() != key.Public() {
		t.Errorf("read back: created %v, %v", created, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadOrCreateKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	os.Chmod(path, 0o600)
	whole, _ := os.ReadFile(path)
	for _, b := range [][]byte{nil, whole[:20], whole[:len(whole)-3], append(whole[:len(whole)-1], "00\n"...), []byte("x" + string(whole))} {
		os.WriteFile(path, b, 0o600)
		if _, created, err := LoadOrCreateKey(path); err == nil || created || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%q: created %v, %v", b, created, err)
		}
	}
}
