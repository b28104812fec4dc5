package profile

import (
	"path/filepath"
	"strings"
	"testing"
)

// A nick that was allowed once gives way, and the user is told why.
func TestKeptNickIsAllowedNoMore(t *testing.T) {
	for nick, why := range map[string]string{"bob✓": `may not contain '✓'`, "you": "gochat itself uses"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "nick"), nick+"\n")
		p, notices, err := Open(dir, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.OwnNick() != "" || len(notices) != 1 || !strings.Contains(notices[0].Text, why) || !strings.Contains(notices[0].Text, "/nick") {
			t.Errorf("%q: %q, %v", p.OwnNick(), nick, notices)
		}
		must(t, p.Close())
	}
}

func TestOwnNick(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	if kept, err := p.KeepNick("two words"); kept || err == nil || p.OwnNick() != "" {
		t.Errorf("a nick of two words: %v, %v, %q", kept, err, p.OwnNick())
	}
	if kept, err := p.KeepNick("wilma"); !kept || err != nil {
		t.Fatal(kept, err)
	}
	must(t, p.Close())
	if r, err := Read(dir, nil); err != nil || r.OwnNick() != "wilma" {
		t.Errorf("beside: %v", err)
	}
	p = open(t, dir)
	if p.OwnNick() != "wilma" {
		t.Errorf("the next start has %q", p.OwnNick())
	}
	p.KeepNothing()
	if kept, err := p.KeepNick("betty"); kept || err != nil || p.OwnNick() != "betty" {
		t.Errorf("--ephemeral: %v, %v, %q", kept, err, p.OwnNick())
	}
	must(t, p.Close())
	if p = open(t, dir); p.OwnNick() != "wilma" {
		t.Errorf("--ephemeral has kept %q", p.OwnNick())
	}
}
