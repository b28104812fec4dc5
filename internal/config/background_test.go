package config

import (
	"slices"
	"strings"
	"testing"
)

func TestOn(t *testing.T) {
	const key = "2xdopimtopwfu5iw74convkobiewus3btpg6ibzud7pz4gvqkw5q"
	c, err := read(On, "--room", "ops", "--verified", "bob", "--key", strings.ToUpper(key), "--key", key[:4]+" "+key[4:], "--match", "^deploy", "--max", "2", "--", "run", "--fast", "-x")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Args, []string{"run", "--fast", "-x"}) || !slices.Equal(c.From.Keys, []string{key}) || !slices.Equal(c.From.Verified, []string{"bob"}) ||
		c.Match == nil || !c.Match.MatchString("deploy now") || c.Max != 2 || c.From.Anyone {
		t.Errorf("%+v", c)
	}
	for _, args := range [][]string{
		{"--", "run"},
		{"--anyone"},
		{"--key", "bob", "--", "run"},
		{"--verified", "b b", "--", "run"},
		{"--anyone", "--match", "(", "--", "run"},
		{"--anyone", "--match", strings.Repeat("a", maxPattern+1), "--", "run"},
		{"--anyone", "--max", "0", "--", "run"},
	} {
		if _, err := read(On, args...); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

func TestDetach(t *testing.T) {
	if c, err := read(Run, "--room", "a", "--detach"); err != nil || !c.Detach {
		t.Error(err)
	}
	if _, err := read(Run, "--mode", "bootnode", "--detach"); err == nil || !strings.Contains(err.Error(), "service") {
		t.Error(err)
	}
	if _, err := read(Tail, "--room", "a", "--detach"); err == nil || !strings.Contains(err.Error(), "gochat tail does not take it") {
		t.Error(err)
	}
	if !strings.Contains(HelpText(), "  --detach ") {
		t.Error("the help does not tell of --detach")
	}
}

func TestOnMessage(t *testing.T) {
	c, err := Load(Run, nil, []string{"ROOM=a", `ON_MESSAGE=notify-send "a b"`}, "")
	if err != nil || len(c.OnMessage) != 1 || !slices.Equal(c.OnMessage[0], []string{"notify-send", "a b"}) || !c.OnMessageFrom.AllVerified || c.OnMessageFrom.Nobody() {
		t.Errorf("%+v, %v", c.OnMessage, err)
	}
	if c, err := read(Run, "--on-message-from", "anyone"); err != nil || !c.OnMessageFrom.Anyone || c.OnMessageFrom.AllVerified {
		t.Error(err)
	}
	if _, err := read(Run, "--on-message-from", "bob"); err == nil {
		t.Error("a nick was taken for a key")
	}
}

func TestHarmless(t *testing.T) {
	got := Harmless([]string{"PATH=/bin", "SECRET=x", "BOOTNODE_TOKEN=y", "NICK=bob"})
	if !slices.Equal(got, []string{"PATH=/bin", "NICK=bob"}) {
		t.Error(got)
	}
}

func read(cmd Command, args ...string) (Config, error) { return Load(cmd, args, nil, "") }
