package peer

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"gochat/internal/wire"
)

func TestAway(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		if err := p.b.SetAway(true, "  tea \n and cake "); err != nil { // nobody is there yet
			t.Fatal(err)
		}
		p.both("r", "s")
		b := p.b.Key()
		if m := p.lastMember(p.a, b); !m.Away || m.Status != "tea and cake" {
			t.Errorf("on a new link: %+v", m)
		}
		if a := p.b.Away(); a != (Away{true, "tea and cake"}) {
			t.Errorf("of oneself: %+v", a)
		}
		if err := p.b.SetAway(true, strings.Repeat("x", wire.MaxStatus+1)); !errors.Is(err, ErrStatus) {
			t.Errorf("too long: %v", err)
		}
		if err := p.b.SetAway(false, "ignored"); err != nil {
			t.Fatal(err)
		}
		p.settle(5 * time.Second)
		for _, room := range []string{"r", "s"} {
			if m := p.a.Room(room).Members()[0]; m.Away || m.Status != "" {
				t.Errorf("back, in %s: %+v", room, m)
			}
		}
	})
}

// Who changes his status all the time is shown once in a while, and at last as
// it is.
func TestStatusFlood(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		p.forget(p.a)
		for range 100 {
			for _, text := range []string{"here", "there"} {
				if err := p.b.SetAway(true, text); err != nil {
					t.Fatal(err)
				}
			}
			p.settle(100 * time.Millisecond)
		}
		p.settle(5 * time.Second)
		shown := 0
		for _, e := range p.events(p.a) {
			if c, ok := e.(MemberChanged); ok && c.Away {
				shown++
			}
		}
		if shown > 6 {
			t.Errorf("%d changes shown in 10 s", shown)
		}
		if m := p.a.Room("r").Members()[0]; m.Status != "there" {
			t.Errorf("at last: %+v", m)
		}
	})
}

// Hostile text is cleaned; a frame that is none costs the link.
func TestHostileStatus(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		send := func(frame []byte) {
			p.do(p.b, func(time.Time) { p.b.Room("r").members[p.a.Key()].link.write(frame) })
			p.settle(4 * time.Second)
		}
		send(wire.AppendLinkFrame(nil, wire.LinkStatus{Away: true, Text: "\x1b[2J\u202egnp\n\xffx"}))
		if m := p.a.Room("r").Members()[0]; m.Status != "\ufffd[2Jgnp \ufffdx" {
			t.Errorf("cleaned: %q", m.Status)
		}
		send(append([]byte{wire.MaxStatus + 3, byte(wire.LinkFrameStatus), 1}, make([]byte, wire.MaxStatus+1)...))
		synctest.Wait()
		if m := p.lastMember(p.a, p.b.Key()); m.State != Unreachable || m.Away {
			t.Errorf("after a frame that is too long: %+v", m)
		}
	})
}

// Who is ignored has nothing to say of himself.
func TestIgnoredStatus(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		if err := p.a.Ignore(p.b.Key(), true); err != nil {
			t.Fatal(err)
		}
		if err := p.b.SetAway(true, "look at me"); err != nil {
			t.Fatal(err)
		}
		p.settle(5 * time.Second)
		if m := p.a.Room("r").Members()[0]; m.Away || m.Status != "" {
			t.Errorf("%+v", m)
		}
	})
}

func FuzzCleanStatus(f *testing.F) {
	for _, s := range []string{"", "tea", "\x1b]0;x\a", "a\u0301\u0301\u0301\u0301\u0301", "\u202e\u200d", strings.Repeat("é ", 60)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s := cleanStatus(raw)
		if len(s) > wire.MaxStatus || !utf8.ValidString(s) || strings.ContainsAny(s, "\n\t\x1b") || s != strings.TrimSpace(s) {
			t.Errorf("%q", s)
		}
	})
}
