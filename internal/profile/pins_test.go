package profile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// allKnown opens the profile anew and looks for those pinned: alice with key 1,
// bob with 2 and carol with 3.
func allKnown(t *testing.T, dir string) {
	t.Helper()
	p := open(t, dir) // and nothing is damaged
	for i, nick := range []string{"alice", "bob", "carol"} {
		if known, first, _ := p.PinNick(nick, key(9)); first || known != key(i+1) {
			t.Errorf("%s was lost", nick)
		}
	}
}

// When the disk is full, half a line may be written. What comes later is kept all
// the same, and so is that.
func TestPinsAfterHalfALine(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	_, _, err := p.PinNick("alice", key(1))
	must(t, err)
	_, err = p.pins.file.WriteString(`{"nick":"b`)
	must(t, err)
	must(t, p.pins.close())
	p.pins.file, err = os.Open(filepath.Join(dir, pinsFile)) // takes nothing
	must(t, err)
	if _, first, err := p.PinNick("bob", key(2)); !first || err == nil {
		t.Error("a pin that was not written counts as kept")
	}
	must(t, p.Verify("carol", key(3)))
	must(t, p.Close())
	allKnown(t, dir)
}

// A rewrite that fails is tried again with the next pin.
func TestPinsAfterAFailedRewrite(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	_, _, err := p.PinNick("alice", key(1))
	must(t, err)
	full := errors.New("no space left on device")
	p.vault.fault = func() error { return full }
	p.pins.lines = maxReplaced + p.pins.count() + 1
	if _, _, err := p.PinNick("bob", key(2)); !errors.Is(err, full) {
		t.Errorf("the disk is full: %v", err)
	}
	p.vault.fault = nil
	_, _, err = p.PinNick("carol", key(3))
	must(t, err)
	must(t, p.Close())
	allKnown(t, dir)
}

// A profile that does not open leaves no file of it open, nor its lock.
func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir).Close())
	must(t, os.RemoveAll(filepath.Join(dir, nickFile)))
	must(t, os.Mkdir(filepath.Join(dir, nickFile), 0o700)) // which can be opened, and not read
	if _, _, err := Open(dir, true, nil); err == nil {
		t.Fatal("a folder is a nick")
	}
	must(t, os.Remove(filepath.Join(dir, nickFile)))
	open(t, dir)
}
