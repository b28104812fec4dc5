package config

import (
	"errors"
	"testing"
)

// An address can be hidden behind a named bootnode only.
func TestHidingNeedsABootnode(t *testing.T) {
	for _, tc := range []struct {
		cmd     Command
		args    []string
		refused bool
	}{
		{Run, []string{"--room", "r", "--relay-only"}, true},
		{Run, []string{"--room", "r", "--direct", "verified"}, true},
		{Run, []string{"--room", "r", "--direct", "always"}, false},
		{Run, []string{"--room", "r", "--relay-only", "--bootnode", "b"}, false},
		{Run, []string{"--room", "r", "--direct", "verified", "--bootnode", "b"}, false},
		{Send, []string{"--room", "r", "--relay-only", "text"}, true},
		{Doctor, []string{"--relay-only"}, true},
		{Doctor, []string{"--relay-only", "--bootnode", "b"}, false},
		{Tail, []string{"--room", "r", "--relay-only"}, false},
	} {
		_, err := Load(tc.cmd, tc.args, nil, "")
		var wrong *Error
		if errors.As(err, &wrong) != tc.refused {
			t.Errorf("%s %v: %v", tc.cmd, tc.args, err)
		}
	}
}
