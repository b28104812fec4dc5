package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// everyKey lists the keys of the table and some characters, hostile ones too.
func everyKey() (keys []string) {
	for _, s := range keyTable {
		for _, b := range s.bindings {
			keys = append(keys, b.keys...)
		}
	}
	return append(keys, "a", "o", "/", ":", "@", "~", " ", "1", "日", "👍", "🏽", "\u0301", "\u200d", "\u202e", "\ufffd", "é")
}

// FuzzKeyStorm presses any keys, pastes, resizes, lets others talk and what was
// entered come back: nothing
// panics or hangs, and the text stays one that can be drawn and sent.
func FuzzKeyStorm(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"), "a\nb\nc\nd\ne\nf\ng", uint8(80), uint8(24))
	f.Add([]byte{200, 201, 202, 203, 204, 7, 8, 9, 60, 61, 62, 250, 251, 252, 253}, "/quit\x1b]52;c;x\x07", uint8(3), uint8(2))
	var all []byte
	for i := range 256 {
		all = append(all, byte(i), 254, byte(255-i))
	}
	f.Add(all, "words :tad bo", uint8(20), uint8(6))
	keys := everyKey()
	var often []byte // a completion, and what may come in its way
	for i := range 250 {
		if k := keys[i*7%len(keys)]; k == "Tab" || k == ":" || k == "a" {
			often = append(often, byte(i))
		}
	}
	often = append(often, 250, 251, 252, 255)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		storm := make([]byte, 300)
		for i := range storm {
			storm[i] = byte(rng.UintN(256))
			if rng.IntN(2) == 0 {
				storm[i] = often[rng.IntN(len(often))]
			}
		}
		f.Add(storm, "words\nof several\nlines\n\nto be\nasked about :tad", byte(80), byte(24))
	}
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, storm []byte, said string, w, h uint8) {
		sess := threeRooms()
		for i := range 30 {
			sess.Say("bob", fmt.Sprintf("%d %s https://example.org/%d", i, cleanPaste(said), i))
		}
		m := NewModel(sess, func() time.Time { return fronttest.Epoch })
		m.beside = func(work func() outcome) { m.finish(work()) }
		m.outside = outside{func() {}, func() string { return "" }, func(string) {}, func(string) error { return nil }}
		v := newView(m, func(string) *theme { return newTheme("dark") })
		for i, k := range storm[:min(len(storm), 300)] {
			switch {
			case k == 255:
				m.paste(said)
			case k == 254:
				m.Apply(peer.MessageEvent{Message: sess.Say("carol", cleanPaste(said))})
			case k == 253:
				w, h = h, w
			case k == 252:
				m.finish(outcome{pane: m.current, input: cleanPaste(said), result: front.Result{Failed: true, Lines: []string{"not sent"}}})
			case k == 251:
				m.finish(outcome{pane: m.panes[i%len(m.panes)], input: "/edit", result: front.Result{Draft: "/edit " + cleanPaste(said)}})
			case k == 250:
				m.step(1) // as when a room is entered
			default:
				m.press(keys[int(k)*7%len(keys)])
			}
			c := &m.current.composer
			if c.cursor < 0 || c.cursor > len(c.text) || !utf8.ValidString(c.text[:c.cursor]) || strings.ContainsAny(c.text, "\x1b\x07") {
				t.Fatalf("key %d: cursor %d in %q", k, c.cursor, c.text)
			}
			v.SetRect(0, 0, int(w), int(h))
			screen.SetSize(int(w), int(h))
			v.Draw(screen)
		}
	})
}
