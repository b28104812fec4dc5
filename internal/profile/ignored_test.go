package profile

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"gochat/crypto"
)

func TestIgnored(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	must(t, p.Ignore(key(1), true))
	must(t, p.Ignore(key(1), true)) // again: nothing changes
	must(t, p.Ignore(key(2), true))
	must(t, p.Ignore(key(3), true))
	must(t, p.Ignore(key(2), false))
	must(t, p.Ignore(key(4), false))
	must(t, p.Verify("alice", key(1))) // one does not hinder the other
	check := func(p *Profile) {
		t.Helper()
		for i, want := range map[int]bool{1: true, 2: false, 3: true, 4: false} {
			if p.Ignored(key(i)) != want {
				t.Errorf("key %d: %v", i, !want)
			}
		}
		want := []crypto.PublicKey{key(1), key(3)}
		slices.SortFunc(want, crypto.PublicKey.Compare)
		if got := p.AllIgnored(); !slices.Equal(got, want) {
			t.Errorf("all: %v", got)
		}
		if !p.Verified(key(1)) || p.Verified(key(3)) {
			t.Error("verified and ignored are mixed up")
		}
	}
	check(p)
	p.pins.lines = maxReplaced + p.pins.count() // the file is written anew
	must(t, p.Ignore(key(5), true))
	must(t, p.Ignore(key(5), false))
	must(t, p.Close())
	check(open(t, dir))
	r, err := Read(dir, nil)
	must(t, err)
	if !r.Ignored(key(1)) || r.Ignored(key(2)) {
		t.Error("a reader sees others ignored")
	}
}

func TestIgnoredIsBounded(t *testing.T) {
	p := open(t, t.TempDir())
	p.KeepNothing()
	for i := range maxPins {
		must(t, p.Ignore(key(i+1), true))
	}
	if err := p.Ignore(key(maxPins+1), true); !errors.Is(err, ErrPinsFull) {
		t.Errorf("one more: %v", err)
	}
	must(t, p.Ignore(key(1), false))
	must(t, p.Ignore(key(maxPins+1), true))
}

func TestDamagedIgnored(t *testing.T) {
	k := key(1).String()
	for _, line := range []string{
		`{"ignored":true}`, `{"ignored":true,"key":"x"}`, `{"ignored":true,"nick":"a","key":"` + k + `"}`,
		`{"ignored":1,"key":"` + k + `"}`, `{"ignored":true,"verified":true,"key":"` + k + `"}`,
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, pinsFile), line+"\n"+`{"ignored":true,"key":"`+key(2).String()+`"}`+"\n")
		p, notices, err := Open(dir, true, nil)
		must(t, err)
		if len(notices) != 1 || p.Ignored(key(1)) || p.Verified(key(1)) || !p.Ignored(key(2)) {
			t.Errorf("%s: notices %v", line, notices)
		}
		must(t, p.Close())
	}
}
