package e2e

import (
	"fmt"
	"path/filepath"
	"testing"

	"gochat/test/proc"
)

// Ten processes of one user start in the same moment, without a data
// directory of their own being named: each takes a profile, all meet, and what
// each says at once reaches everybody once.
func TestTenAtOnce(t *testing.T) {
	const count = 10
	w := newWorld(t)
	w.bootnode()
	var members []*proc.Process
	var texts []string
	for i := range count {
		name := fmt.Sprint("member", i)
		p := proc.Start(t, name, w.command("--bootnode", w.boot, "--room", w.room, "--nick", name, "--ui", "json"))
		p.Post(map[string]any{"cmd": "send", "text": "hello from " + name})
		members, texts = append(members, p), append(texts, "hello from "+name)
	}
	keys := map[string]string{}
	for _, p := range members {
		key := p.ReadyKey()
		if other := keys[key]; other != "" {
			t.Errorf("%s and %s have the same key", other, p.Name)
		}
		keys[key] = p.Name
	}
	meet(members...)
	sameRoom(t, members, texts)
	if dirs, err := filepath.Glob(filepath.Join(w.home, "data", "gochat", "profile-*", "identity")); err != nil || len(dirs) != count-1 {
		t.Errorf("%d profiles besides the first, want %d (%v)", len(dirs), count-1, err)
	}
	for _, p := range members {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}
}
