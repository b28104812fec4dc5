package crypto

import (
	"crypto/ed25519"
	"errors"
	"testing"
)

// The golden text was made with github.com/nats-io/nkeys.
func TestNodeID(t *testing.T) {
	n := NodeID(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	s := n.String()
	if s != "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5" || s[:9] != n.Short() {
		t.Errorf("%q", s)
	}
	if got, err := ParseNodeID(s); got != n || err != nil {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "U", s[:55], s + "A", s[:55] + "\n", "A" + s[1:], s[:20] + "A" + s[21:]} {
		if _, err := ParseNodeID(bad); bad != s && !errors.Is(err, ErrNodeID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// CRC-16/XMODEM of the catalogue's check string.
	if got := crc16([]byte("123456789")); got != 0x31c3 {
		t.Errorf("crc16 is %#x", got)
	}
}

func TestNodeSignature(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	n := NodeID(key.Public().(ed25519.PublicKey))
	subject := RoomTag{1}.Subject()
	sig := ed25519.Sign(key, SignedNode(subject, []byte("hello")))
	if !n.Verify(subject, []byte("hello"), sig) {
		t.Error("refused")
	}
	if n.Verify(RoomTag{2}.Subject(), []byte("hello"), sig) || n.Verify(subject, []byte("hullo"), sig) ||
		n.Verify(subject, []byte("hello"), sig[:63]) || (NodeID{1}).Verify(subject, []byte("hello"), sig) {
		t.Error("taken")
	}
}

func TestNewsBox(t *testing.T) {
	tag := RoomTag{1}
	subject := tag.Subject()
	sealed := tag.NewsBox().Seal(nil, []byte("news"), subject[:])
	if got, err := tag.NewsBox().Open(nil, sealed, subject[:]); err != nil || string(got) != "news" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (RoomTag{2}).NewsBox().Open(nil, sealed, subject[:]); err == nil {
		t.Error("another room's opens it")
	}
	other := RoomTag{2}.Subject()
	if _, err := tag.NewsBox().Open(nil, sealed, other[:]); err == nil {
		t.Error("it opens under another subject")
	}
}

func TestNodeKey(t *testing.T) {
	a, _ := NewRunKey()
	b, _ := NewRunKey()
	ab, err := NewNodeKey(a, b.Public())
	if err != nil {
		t.Fatal(err)
	}
	ba, _ := NewNodeKey(b, a.Public())
	m := ab.MAC([]byte("one"), []byte("two"))
	if !ba.Check(m, []byte("one"), []byte("two")) || ba.Check(m, []byte("one"), []byte("too")) {
		t.Error("the two do not share a key")
	}
	if _, err := NewNodeKey(a, RunPublic{}); !errors.Is(err, ErrRunKey) {
		t.Errorf("a point of low order: %v", err)
	}
}
