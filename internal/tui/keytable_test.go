package tui

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
)

// pressed makes the events that a terminal sends for a key of the table.
func pressed(t *testing.T, key string) *tcell.EventKey {
	t.Helper()
	mod, name := tcell.ModNone, key
	for _, m := range []struct {
		prefix string
		mod    tcell.ModMask
	}{{"Ctrl-", tcell.ModCtrl}, {"Alt-", tcell.ModAlt}} {
		if rest, ok := strings.CutPrefix(name, m.prefix); ok {
			mod, name = m.mod, rest
		}
	}
	for _, names := range []map[tcell.Key]string{keyNames, movingKeys} {
		for k, n := range names {
			if n == name {
				return tcell.NewEventKey(k, 0, mod)
			}
		}
	}
	r, size := utf8.DecodeRuneInString(strings.ToLower(name))
	if mod == tcell.ModNone {
		r, size = utf8.DecodeRuneInString(name)
	}
	if size != len(name) {
		t.Errorf("no keyboard has the key %q", key)
	}
	return tcell.NewEventKey(tcell.KeyRune, r, mod)
}

func TestEveryKeyOfTheTableCanBePressed(t *testing.T) {
	for _, s := range keyTable {
		for _, b := range s.bindings {
			for _, key := range b.keys {
				if got := keyName(pressed(t, key)); got != key {
					t.Errorf("%q arrives as %q", key, got)
				}
			}
		}
	}
}

// A key does one thing at a place.
func TestNoKeyIsTakenTwice(t *testing.T) {
	taken := map[string]string{}
	for _, s := range keyTable {
		for _, b := range s.bindings {
			if b.help == "" || strings.HasSuffix(b.help, ".") || b.do == nil {
				t.Errorf("%v: help %q", b.keys, b.help)
			}
			for at := composing; at <= bare; at <<= 1 {
				for _, key := range b.keys {
					id := fmt.Sprint(at, key)
					if b.where&at != 0 && taken[id] != "" {
						t.Errorf("%s at %d: %s, and %s", key, at, taken[id], b.help)
					}
					if b.where&at != 0 {
						taken[id] = b.help
					}
				}
			}
			if b.where&writing != 0 {
				for _, key := range b.keys {
					if utf8.RuneCountInString(key) == 1 {
						t.Errorf("%q could not be typed any more", key)
					}
				}
			}
		}
	}
}

func TestKeysThatDoNothing(t *testing.T) {
	for _, ev := range []*tcell.EventKey{
		tcell.NewEventKey(tcell.KeyF12, 0, tcell.ModNone),
		tcell.NewEventKey(tcell.KeyRune, 'é', tcell.ModCtrl|tcell.ModAlt),
		tcell.NewEventKey(wakeKey, 0, tcell.ModNone),
	} {
		if got := keyName(ev); got != "" {
			t.Errorf("%v is called %q", ev, got)
		}
	}
}

// docs/KEYS.md is written from the table: make generate.
func TestKeysFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Keys and commands in the full screen\n\n" +
		"F1 or `/help` shows the same in gochat. This page is generated from its key table (`make generate`).\n" +
		"Alt is Option on a Mac, where the terminal has a setting to pass it on (in Terminal: Use Option as Meta key).\n" +
		"The mouse is the terminal's own: select and copy as everywhere, after Alt-L whole lines with nothing beside them.\n")
	for _, s := range keyTable {
		fmt.Fprintf(&b, "\n## %s\n\n| key | |\n|---|---|\n", s.title)
		for _, x := range s.bindings {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(keyLabels(x.keys), "`, `"), x.help)
		}
	}
	b.WriteString("\n## Commands\n\n| command | |\n|---|---|\n")
	for _, u := range usages() {
		b.WriteString(strings.NewReplacer("|", "\\|", "\x00", "|").Replace("\x00 `" + u[0] + "` \x00 " + u[1] + " \x00\n"))
	}
	golden(t, "../../docs/KEYS.md", b.String())
}
