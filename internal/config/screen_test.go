package config

import (
	"strings"
	"testing"
)

// What another process says of its terminal is checked like a setting.
func TestParseLook(t *testing.T) {
	if theme, notify, err := ParseLook("light", "osc9"); theme != ThemeLight || notify != NotifyOSC9 || err != nil {
		t.Error(theme, notify, err)
	}
	if theme, notify, err := ParseLook("", ""); theme != "" || notify != "" || err != nil {
		t.Error(theme, notify, err)
	}
	for _, x := range [][2]string{{"pink", ""}, {"", "loud"}, {"dark\n", ""}} {
		if _, _, err := ParseLook(x[0], x[1]); err == nil || !strings.Contains(err.Error(), "unknown") {
			t.Errorf("%q: %v", x, err)
		}
	}
}
