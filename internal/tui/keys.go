package tui

import (
	"unicode"

	"github.com/gdamore/tcell/v2"
)

// keyNames are the keys that the key table knows by a name, whatever is held
// with them.
var keyNames = map[tcell.Key]string{
	tcell.KeyEnter: "Enter", tcell.KeyTab: "Tab", tcell.KeyBacktab: "Shift-Tab", tcell.KeyEsc: "Esc",
	tcell.KeyBackspace: "Backspace", tcell.KeyBackspace2: "Backspace", tcell.KeyF1: "F1",
}

// movingKeys have another name with Ctrl.
var movingKeys = map[tcell.Key]string{
	tcell.KeyUp: "Up", tcell.KeyDown: "Down", tcell.KeyLeft: "Left", tcell.KeyRight: "Right",
	tcell.KeyPgUp: "PgUp", tcell.KeyPgDn: "PgDn", tcell.KeyHome: "Home", tcell.KeyEnd: "End", tcell.KeyDelete: "Delete",
}

// keyName is how the key table calls a key: "Ctrl-A", "Alt-B", "Ctrl-Up", or
// the character that it types; "" for a key that does nothing.
func keyName(ev *tcell.EventKey) string {
	k, name := ev.Key(), ""
	alt := ev.Modifiers()&(tcell.ModAlt|tcell.ModMeta) != 0
	ctrl := ev.Modifiers()&tcell.ModCtrl != 0
	switch {
	case k == tcell.KeyRune && ctrl:
		if alt && ev.Rune() == 'm' { // how tmux sends Alt-Enter
			return "Alt-Enter"
		}
		return ""
	case k == tcell.KeyRune && alt:
		return "Alt-" + string(unicode.ToUpper(ev.Rune()))
	case k == tcell.KeyRune:
		return string(ev.Rune())
	case keyNames[k] != "":
		name = keyNames[k]
	case movingKeys[k] != "":
		name = movingKeys[k]
		if ctrl {
			name = "Ctrl-" + name
		}
	case tcell.KeyCtrlA <= k && k <= tcell.KeyCtrlZ:
		name = "Ctrl-" + string(rune('A'+k-tcell.KeyCtrlA))
	default:
		return ""
	}
	if alt {
		name = "Alt-" + name
	}
	return name
}
