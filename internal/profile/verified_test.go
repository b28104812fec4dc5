package profile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerified(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	_, _, err := p.PinNick("alice", key(1)) // somebody took the nick first
	must(t, err)
	must(t, p.Verify("alice", key(2)))
	must(t, p.Verify("alice", key(2))) // again: nothing changes
	must(t, p.Verify("alice", key(3))) // a second alice, verified, too
	must(t, p.Verify("", key(4)))
	must(t, p.Unverify(key(4)))
	must(t, p.Unverify(key(5)))
	check := func(p *Profile) {
		t.Helper()
		for i, want := range map[int]bool{1: false, 2: true, 3: true, 4: false, 5: false} {
			if p.Verified(key(i)) != want {
				t.Errorf("key %d: %v", i, !want)
			}
		}
		if known, _, _ := p.PinNick("alice", key(9)); known != key(2) {
			t.Error("alice is not the one who was verified first")
		}
	}
	check(p)
	b, err := os.ReadFile(filepath.Join(dir, pinsFile))
	must(t, err)
	if n := strings.Count(string(b), "\n"); n != 6 {
		t.Errorf("%d lines:\n%s", n, b)
	}
	must(t, p.Close())
	if err := p.Verify("", key(6)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	check(open(t, dir))
	r, err := Read(dir, nil)
	must(t, err)
	if !r.Verified(key(2)) || r.Verified(key(4)) {
		t.Error("a reader sees others verified")
	}
}

// Who changes his mind again and again does not fill the disk, and what counts
// survives the rewriting.
func TestVerifiedFileStaysSmall(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	must(t, p.Verify("carol", key(1)))
	p.pins.lines = maxReplaced // as after as many changes
	for range 3 {
		must(t, p.Verify("", key(2)))
		must(t, p.Unverify(key(2)))
	}
	if p.pins.lines > maxReplaced {
		t.Errorf("%d lines", p.pins.lines)
	}
	must(t, p.Close())
	p = open(t, dir)
	if !p.Verified(key(1)) || p.Verified(key(2)) {
		t.Error("not the one that was verified")
	}
}

func TestVerifiedIsBounded(t *testing.T) {
	p := open(t, t.TempDir())
	p.KeepNothing()
	for i := range maxPins {
		must(t, p.Verify("", key(i+1)))
	}
	if err := p.Verify("", key(maxPins+1)); !errors.Is(err, ErrPinsFull) {
		t.Errorf("one more: %v", err)
	}
	if err := p.Verify("", key(0)); err == nil && key(0).IsZero() {
		t.Error("the zero key was verified")
	}
}

func TestDamagedVerification(t *testing.T) {
	k := key(1).String()
	for _, line := range []string{
		`{"verified":true}`, `{"verified":true,"key":"x"}`, `{"verified":true,"nick":"a","key":"` + k + `"}`,
		`{"verified":"yes","key":"` + k + `"}`, `{"verified":true,"bootnode":"a","key":"` + k + `"}`,
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, pinsFile), line+"\n"+`{"verified":true,"key":"`+key(2).String()+`"}`+"\n")
		p, notices, err := Open(dir, true, nil)
		must(t, err)
		if len(notices) != 1 || p.Verified(key(1)) || !p.Verified(key(2)) {
			t.Errorf("%s: notices %v", line, notices)
		}
		must(t, p.Close())
	}
}
