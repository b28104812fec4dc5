package tui

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gdamore/tcell/v2"
)

// tcell goes by this process's locale, for all screens alike. Terminals that are
// elsewhere have their own, so tcell writes UTF-8 in any case, and what a terminal
// cannot show is replaced before it gets there.

// writeUTF8 has tcell take all character sets for UTF-8.
var writeUTF8 = sync.OnceFunc(func() {
	tcell.SetEncodingFallback(tcell.EncodingFallbackUTF8)
	for _, ascii := range []string{"US-ASCII", "ASCII", "ISO646"} {
		tcell.RegisterEncoding(ascii, tcell.GetEncoding("UTF-8"))
	}
})

// asciiOnly reports whether a terminal shows nothing but ASCII, by the locale in its
// environment. The error wraps ErrUnsuitable: it has another character set.
func asciiOnly(getenv func(string) string) (only bool, err error) {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set, as POSIX has it
		if locale = getenv(name); locale != "" {
			break
		}
	}
	locale, _, _ = strings.Cut(locale, "@")
	_, charset, named := strings.Cut(locale, ".")
	if !named && (locale == "C" || locale == "POSIX") {
		charset = "ASCII"
	}
	switch strings.ToUpper(charset) {
	case "", "UTF-8", "UTF8": // a locale that names none has it, nowadays
		return false, nil
	case "ASCII", "US-ASCII", "ISO646", "ANSI_X3.4-1968":
		return true, nil
	}
	return false, fmt.Errorf("%w (the character set of its locale is %q)", ErrUnsuitable, clean(charset))
}

// asciiScreen is a screen that shows nothing but ASCII.
type asciiScreen struct{ tcell.Screen }

// SetContent draws what is ASCII, and a sign like it for the rest.
func (s asciiScreen) SetContent(x, y int, r rune, _ []rune, style tcell.Style) {
	s.Screen.SetContent(x, y, inASCII(r), nil, style)
}

// inASCII is a rune as ASCII has it.
func inASCII(r rune) rune {
	if r < 0x7f {
		return r
	}
	if sign, ours := signs[r]; ours {
		return sign
	}
	for _, like := range tcell.RuneFallbacks[r] {
		return like
	}
	return '?'
}

// signs are our own as ASCII has them.
var signs = map[rune]rune{
	'●': '*', '◐': '/', '○': 'o', '×': 'x', '✓': 'v', '·': '.', '↓': 'v', '…': '~', '│': '|', '─': '-',
}
