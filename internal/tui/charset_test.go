package tui

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
)

func TestASCIIOnly(t *testing.T) {
	for _, c := range []struct {
		env   []string
		ascii bool
		fails bool
	}{
		{nil, false, false},
		{[]string{"LANG", "C.UTF-8"}, false, false},
		{[]string{"LANG", "de_DE.utf8@euro"}, false, false},
		{[]string{"LANG", "de_DE"}, false, false},
		{[]string{"LANG", "C"}, true, false},
		{[]string{"LANG", "C.UTF-8", "LC_CTYPE", "POSIX"}, true, false},
		{[]string{"LC_CTYPE", "C", "LC_ALL", "en_GB.UTF-8"}, false, false},
		{[]string{"LC_ALL", "en_US.US-ASCII"}, true, false},
		{[]string{"LC_ALL", "ru_RU.KOI8-R"}, false, true},
		{[]string{"LC_ALL", "x.\x1b[2J"}, false, true},
	} {
		ascii, err := asciiOnly(env(c.env...))
		if ascii != c.ascii || (err != nil) != c.fails || err != nil && (!errors.Is(err, ErrUnsuitable) || strings.ContainsRune(err.Error(), '\x1b')) {
			t.Errorf("%q: %v, %v", c.env, ascii, err)
		}
	}
}

// What ASCII lacks takes as many columns as ever.
func TestInASCII(t *testing.T) {
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.SetSize(20, 1)
	area{0, 0, 20, 1}.put(asciiScreen{screen}, 0, 0, "a café ✓✓… 👍 → e\u0301|", base)
	shown := ""
	for x := range 20 {
		s, _, _ := screen.Get(x, 0)
		shown += s
	}
	if shown != "a caf? vv~ ?  > e|  " {
		t.Errorf("%q", shown)
	}
}

// What leaves the process about its terminal is of a few variables, short, and
// printable.
func TestEnviron(t *testing.T) {
	got := Environ(env("TERM", "xterm", "NO_COLOR", strings.Repeat("1", 1000), "TMUX", "/tmp/ä\x1b", "SECRET", "word", "STY", ""))
	if len(got) != 3 || got["TERM"] != "xterm" || got["NO_COLOR"] != strings.Repeat("1", maxValue) || got["TMUX"] != "/tmp/??" {
		t.Errorf("%q", got)
	}
}

// coloured is what tells a terminal one of its 16 colours.
var coloured = regexp.MustCompile(`\x1b\[(3|9)[0-7]m`)

// Each terminal is drawn for as its own environment says, all at once, and not as that
// of this process does.
func TestFarTerminalsHaveTheirOwnLook(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	t.Setenv("NO_COLOR", "")
	type look struct {
		theme, term   string
		env           []string
		ascii, colour bool
		has           string
	}
	looks := []look{
		{"dark", "xterm-256color", []string{"LC_ALL", "C.UTF-8"}, false, true, "│"},
		{"", "xterm-256color", []string{"LC_ALL", "C.UTF-8", "NO_COLOR", "1"}, false, false, "│"},
		{"mono", "screen", []string{"LANG", "C"}, true, false, "|"},
		{"light", "xterm", []string{"LC_ALL", "C"}, true, true, "|"},
	}
	shown := make([]chan string, len(looks))
	for i, l := range looks {
		shown[i] = make(chan string, 1)
		sess := fronttest.New()
		sess.Rooms()[0].(*fronttest.Room).Say("bob", "café 👍")
		sess.Add("tea")
		f := newFar()
		f.width = 110
		screen, err := NewScreen(f, l.term)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := Run(context.Background(), sess, Options{Screen: screen, Theme: l.theme, Getenv: env(l.env...)})
			if err != nil {
				t.Error(err)
			}
			shown[i] <- f.shown.String()
		}()
		if _, err := f.keys.Write([]byte("/quit\r")); err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range looks {
		s := <-shown[i]
		ascii := !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
		if ascii != l.ascii || coloured.MatchString(s) != l.colour || !strings.Contains(s, l.has) {
			t.Errorf("%+v: shown was %q", l, s)
		}
	}
}

// A terminal with a character set that cannot be written gets no full screen.
func TestUnknownCharacterSet(t *testing.T) {
	screen, err := NewScreen(newFar(), "xterm")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(context.Background(), fronttest.New(), Options{Screen: screen, Getenv: env("LANG", "ja_JP.eucJP")})
	if !errors.Is(err, ErrUnsuitable) || !strings.Contains(err.Error(), "eucJP") {
		t.Error(err)
	}
}
