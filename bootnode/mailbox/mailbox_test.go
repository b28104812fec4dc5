package mailbox

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/crypto"
	"gochat/internal/wire"
)

// node is an engine and its mailbox.
type node struct {
	*Mailbox
	stop func()
}

func start(t testing.TB, dir string, cfg Config) *node {
	t.Helper()
	key := engine.NewNodeKey([32]byte{1})
	e, err := engine.New(engine.Config{Key: key, StoreDir: dir, StoreMax: 2 << 30})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store = true
	if cfg.Keep == 0 {
		cfg.Keep = time.Hour
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 32 << 20
	}
	if cfg.PerBox == 0 {
		cfg.PerBox = 100
	}
	n := run(t, e, cfg)
	select {
	case <-n.opened:
	case <-time.After(time.Minute):
		t.Fatal("the store was not opened")
	}
	return n
}

func (n *node) ask(t testing.TB, r bootnode.MailRequest) bootnode.MailAnswer {
	t.Helper()
	r.Ref = 7
	if !n.Ask(r) {
		t.Fatal("busy")
	}
	select {
	case a := <-n.Answers():
		if a.Ref != 7 {
			t.Fatalf("answer to %d", a.Ref)
		}
		return a
	case <-time.After(time.Minute):
		t.Fatal("no answer")
	}
	return bootnode.MailAnswer{}
}

func put(box crypto.BoxID, object []byte) bootnode.MailRequest {
	return bootnode.MailRequest{Op: bootnode.MailPut, Box: box, Item: crypto.NewBoxItemID(object), Object: object}
}

// come has the owner of a box look into it.
func (n *node) come(t testing.TB, secret crypto.BoxSecret) {
	t.Helper()
	if a := n.settle(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret, Admit: true}); a.Status != wire.BoxOK {
		t.Fatalf("the owner comes: %+v", a)
	}
}

func object(n int, fill byte) []byte { return bytes.Repeat([]byte{fill}, n) }

func TestKeepsAndGivesBack(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, Config{})
	secret := crypto.BoxSecret{1}
	n.come(t, secret)
	n.come(t, crypto.BoxSecret{9})
	small, large := object(512, 'a'), object(wire.MaxBoxObject, 'b')
	for _, o := range [][]byte{small, large} {
		if a := n.ask(t, put(secret.ID(), o)); a.Status != wire.BoxOK {
			t.Fatalf("put: %+v", a)
		}
	}
	if a := n.ask(t, put(secret.ID(), small)); a.Status != wire.BoxDuplicate {
		t.Errorf("again: %+v", a)
	}
	n.ask(t, put(crypto.BoxSecret{9}.ID(), object(600, 'c')))
	n.stop()

	n = start(t, dir, Config{}) // what it took, it still has
	list := bootnode.MailRequest{Op: bootnode.MailList, Secret: secret}
	a := n.ask(t, list)
	if len(a.Entries) != 2 || a.Entries[1].Size != wire.MaxBoxObject || a.Left != 0 {
		t.Fatalf("listed %+v", a)
	}
	if got := n.ask(t, put(secret.ID(), small)); got.Status != wire.BoxDuplicate {
		t.Errorf("again after a restart: %+v", got)
	}
	read := bootnode.MailRequest{Op: bootnode.MailRead, Secret: secret, Seq: a.Entries[1].Seq}
	if got := n.ask(t, read); !bytes.Equal(got.Object, large) {
		t.Errorf("read %d bytes", len(got.Object))
	}
	// A thief's secret is another box's: it reads and deletes nothing.
	read.Secret = crypto.BoxSecret{2}
	if got := n.ask(t, read); got.Object != nil || got.Status != wire.BoxOK {
		t.Errorf("a thief reads %+v", got)
	}
	if got := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: read.Secret, Done: []uint64{a.Entries[0].Seq, 3}}); len(got.Entries) != 0 {
		t.Errorf("a thief lists %+v", got)
	}
	if got := n.ask(t, list); len(got.Entries) != 2 {
		t.Errorf("a thief deleted: %+v", got)
	}
	list.Done = []uint64{a.Entries[0].Seq, a.Entries[1].Seq, 999}
	if got := n.ask(t, list); len(got.Entries) != 0 || got.Status != wire.BoxOK {
		t.Errorf("left: %+v", got)
	}
	if got := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret, After: 1}); len(got.Entries) != 0 {
		t.Errorf("left: %+v", got)
	}
}

func TestLimits(t *testing.T) {
	n := start(t, t.TempDir(), Config{PerBox: 3, MaxBytes: 1 << 20})
	box := func(number ...byte) crypto.BoxID {
		secret := crypto.BoxSecret(append(number, make([]byte, 32-len(number))...))
		n.come(t, secret)
		return secret.ID()
	}
	for i, want := range []wire.BoxStatus{wire.BoxOK, wire.BoxOK, wire.BoxOK, wire.BoxFull} {
		if a := n.ask(t, put(box(1), object(600, byte(i)))); a.Status != want {
			t.Errorf("put %d: %+v", i, a)
		}
	}
	if a := n.ask(t, put(box(2), object(600, 1))); a.Status != wire.BoxOK {
		t.Errorf("another box: %+v", a)
	}
	if a := n.ask(t, put(box(2), object(wire.MaxBoxObject+2*headerRoom, 1))); a.Status != wire.BoxTooLarge {
		t.Errorf("too large: %+v", a)
	}
	full := false
	for i := range byte(20) {
		a := n.ask(t, put(box(3, i), object(100<<10, i)))
		full = full || a.Status == wire.BoxNoSpace
	}
	if !full {
		t.Error("two megabytes in one")
	}
}

// A box takes nothing before somebody with its secret was admitted; then it does,
// also after a restart.
func TestUnknownBox(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, Config{})
	secret := crypto.BoxSecret{1}
	refused := func(when string) {
		t.Helper()
		if a := n.ask(t, put(secret.ID(), object(600, 1))); a.Status != wire.BoxUnknown {
			t.Errorf("%s: %+v", when, a)
		}
	}
	refused("nobody came")
	list := bootnode.MailRequest{Op: bootnode.MailList, Secret: secret}
	if a := n.ask(t, list); a.Status != wire.BoxUnknown || a.New {
		t.Errorf("not admitted: %+v", a)
	}
	n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: crypto.BoxSecret(append(make([]byte, 31), 1)), Admit: true})
	refused("another came")
	list.Admit = true
	for _, first := range []bool{true, false} {
		if a := n.ask(t, list); a.Status != wire.BoxOK || a.New != first {
			t.Errorf("admitted: %+v", a)
		}
	}
	n.stop()
	n = start(t, dir, Config{})
	if a := n.ask(t, put(secret.ID(), object(600, 1))); a.Status != wire.BoxOK {
		t.Errorf("after a restart: %+v", a)
	}
	if a := n.ask(t, list); a.New || len(a.Entries) != 1 {
		t.Errorf("after a restart: %+v", a)
	}
}

func TestTTL(t *testing.T) {
	n := start(t, t.TempDir(), Config{Keep: time.Second})
	secret := crypto.BoxSecret{1}
	n.come(t, secret)
	n.ask(t, put(secret.ID(), object(600, 1)))
	until(t, "the object is gone", func() bool {
		return len(n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret}).Entries) == 0
	})
}

func TestPages(t *testing.T) {
	n := start(t, t.TempDir(), Config{PerBox: 200})
	secret, other := crypto.BoxSecret{1}, crypto.BoxSecret{5}
	n.come(t, secret)
	n.come(t, other)
	for i := range wire.MaxBoxPage + 3 {
		n.ask(t, put(secret.ID(), object(600, byte(i))))
		n.ask(t, put(other.ID(), object(600, byte(i))))
	}
	a := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret})
	if len(a.Entries) != wire.MaxBoxPage || a.Left == 0 {
		t.Fatalf("%d listed, %d left", len(a.Entries), a.Left)
	}
	b := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret, After: a.Entries[wire.MaxBoxPage-1].Seq})
	if len(b.Entries) != 3 || b.Left != 0 {
		t.Errorf("then %d listed, %d left", len(b.Entries), b.Left)
	}
}

// What is read for one request is bounded: a box of large objects has more pages.
func TestPagesOfLargeObjects(t *testing.T) {
	n := start(t, t.TempDir(), Config{})
	secret := crypto.BoxSecret{1}
	n.come(t, secret)
	const objects = 12
	for i := range byte(objects) {
		n.ask(t, put(secret.ID(), object(wire.MaxBoxObject, i)))
	}
	var got []uint64
	for after, left := uint64(0), 1; left > 0; {
		a := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret, After: after})
		if len(a.Entries) == 0 || len(a.Entries) > maxListed/wire.MaxBoxObject+1 {
			t.Fatalf("a page of %d", len(a.Entries))
		}
		for _, e := range a.Entries {
			got, after = append(got, e.Seq), e.Seq
		}
		left = a.Left
	}
	if len(got) != objects {
		t.Errorf("listed %v", got)
	}
	if a := n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret, After: 1<<64 - 1}); a.Status != wire.BoxOK || len(a.Entries) != 0 {
		t.Errorf("behind the last there is %+v", a)
	}
}

// What the operator's disk holds is what came, and no more: nothing of whom a box
// is.
func TestFilesHoldNoSecrets(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, Config{})
	secret := crypto.BoxSecret(bytes.Repeat([]byte("secret!!"), 4))
	n.come(t, secret)
	n.ask(t, put(secret.ID(), object(600, 'x')))
	n.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret})
	n.stop()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		if bytes.Contains(b, secret[:8]) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// Who is not admitted hears it, until he is.
func TestOwnerNotAdmitted(t *testing.T) {
	n := start(t, t.TempDir(), Config{})
	list := bootnode.MailRequest{Op: bootnode.MailList, Secret: crypto.BoxSecret{1}}
	if a := n.settle(t, list); a.Status != wire.BoxUnknown || a.New {
		t.Errorf("not admitted: %+v", a)
	}
	n.come(t, list.Secret)
	if a := n.ask(t, list); a.Status != wire.BoxOK {
		t.Errorf("known: %+v", a)
	}
}
