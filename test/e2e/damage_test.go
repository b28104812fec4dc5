package e2e

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gochat/test/proc"
)

// The file of messages is damaged. It is said, with what to do; nothing is
// changed; and who does it has everything again, without a fork.
func TestDamagedHistory(t *testing.T) {
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		return b
	}
	for name, c := range map[string]struct {
		damage func(file []byte) []byte
		starts bool // and tells of it then
	}{
		"noise":     {damage: func(file []byte) []byte { return noise(len(file)) }},
		"text":      {damage: func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 1000)) }},
		"truncated": {damage: func(file []byte) []byte { return file[:len(file)/2] }},
		"emptied":   {damage: func([]byte) []byte { return nil }},
		"noise in the middle": {starts: true, damage: func(file []byte) []byte {
			const page = 4096
			at := len(file) / 2 / page * page
			return bytes.Join([][]byte{file[:at], noise(4 * page), file[at+4*page:]}, nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			alice, bob := w.life("alice"), w.life("bob")
			meet(alice.Now(), bob.Now())
			deliveredTo(alice.Now(), say(alice.Now(), strings.Repeat("a longer message ", 100), 60), 1)
			alice.Stop()
			path := filepath.Join(w.dir("alice"), "history.db")
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := c.damage(bytes.Clone(file))
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			alice.Start()
			said := ""
			if e, ok := alice.Now().Saw(patience, func(e proc.Event) bool {
				return c.starts && e.Type() == "notice" && e.String("level") == "error"
			}); ok {
				said = e.String("text")
				alice.Stop()
			} else {
				exitsWith(t, alice.Now(), 1)
				said = alice.Now().Stderr()
				if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, damaged) {
					t.Errorf("the file was changed (%v)", err)
				}
			}
			if !strings.Contains(said, path) || !strings.Contains(said, "not a gochat database") || strings.Contains(said, "goroutine") {
				t.Errorf("it said: %s", said)
			}

			moveAway(t, w.dir("alice"))
			alice.Start()
			deliveredTo(alice.Now(), alice.Now().Say("here again"), 1)
			proc.Equal(t, patience, alice.Now(), bob.Now())
			if n := len(proc.SameHistory(t, alice.Now(), bob.Now())); n != 61 {
				t.Errorf("%d messages are there", n)
			}
			for _, p := range []*proc.Process{alice.Now(), bob.Now()} {
				none(t, p, 0, "a complaint", proc.Complaint)
			}
		})
	}
}
