package engine

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"gochat/crypto"
)

func TestNodeKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.nk")
	made, err := LoadNodeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadNodeKey(path)
	if err != nil || again.ID() != made.ID() {
		t.Fatalf("another key after a restart: %v", err)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if st.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", st.Mode())
		}
		os.Chmod(path, 0o644)
		if _, err := LoadNodeKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a key that others may read: %v", err)
		}
		os.Chmod(path, 0o600)
	}
	left, _ := filepath.Glob(path + ".new*")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(path, []byte("SUnonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadNodeKey(path); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a damaged key: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "SUnonsense" {
		t.Error("a damaged key was replaced")
	}
}

// NATS' own tools know the key by the same text.
func TestNodeKeyIsAnNkey(t *testing.T) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := pair.Seed()
	public, _ := pair.PublicKey()
	k, err := parseNodeKey([]byte("# ours\n" + string(seed) + "\n"))
	if err != nil || k.ID().String() != public {
		t.Errorf("%v, %v, want %s", k, err, public)
	}
}

func FuzzNodeKey(f *testing.F) {
	pair, _ := nkeys.CreateUser()
	seed, _ := pair.Seed()
	f.Add(seed)
	f.Add(append([]byte("# x\n"), seed...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := parseNodeKey(b); (k == nil) == (err == nil) || err != nil && !errors.Is(err, ErrKeyFile) {
			t.Errorf("%v, %v", k, err)
		}
	})
}

func TestAllowFile(t *testing.T) {
	a, b := key(1).ID(), key(2).ID()
	text := "# operators\n\n" + a.String() + "  Ann, ann@example.org\n" + b.String() + " # Bob\n" + a.String() + "\n"
	list, err := ParseAllow([]byte(text))
	if err != nil || len(list) != 2 || list[0] != a || list[1] != b {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := ParseAllow([]byte(text + "Unonsense\n")); !errors.Is(err, crypto.ErrNodeID) || !strings.Contains(err.Error(), "line 6") {
		t.Errorf("%v", err)
	}
	if list, err := ParseAllow([]byte("# nobody yet\n")); err != nil || list == nil || len(list) != 0 {
		t.Errorf("an empty list: %v, %v", list, err)
	}
}

func FuzzAllow(f *testing.F) {
	f.Add([]byte(key(1).ID().String() + " x\n# y\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseAllow(b)
		if err != nil {
			return
		}
		var text strings.Builder
		for _, id := range list {
			text.WriteString(id.String() + "\n")
		}
		again, err := ParseAllow([]byte(text.String()))
		if err != nil || len(again) != len(list) {
			t.Errorf("%d nodes, then %d, %v", len(list), len(again), err)
		}
	})
}

func TestPin(t *testing.T) {
	cert, err := selfSigned(derive([]byte("x"), "test"))
	if err != nil {
		t.Fatal(err)
	}
	p := keyPin(cert.Leaf)
	colons := strings.ToUpper(p.String()[:2]) + ":" + p.String()[2:]
	if got, err := ParsePin(colons); err != nil || got != p {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "00", p.String() + "00", strings.Repeat("x", 64)} {
		if _, err := ParsePin(bad); !errors.Is(err, ErrPin) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	again, _ := selfSigned(derive([]byte("x"), "test"))
	if keyPin(again.Leaf) != p {
		t.Error("the pin changes with each start")
	}
	state := tls.ConnectionState{PeerCertificates: nil}
	if err := uplinkTLS([]Pin{p}).VerifyConnection(state); !errors.Is(err, ErrPinned) {
		t.Errorf("no certificate: %v", err)
	}
}
