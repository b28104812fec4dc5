package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func loadCommand(t *testing.T, line string) (Config, error) {
	t.Helper()
	cmd, rest, err := Split(strings.Fields(line))
	if err != nil {
		t.Fatal(err)
	}
	return Load(cmd, rest, nil, "testdata/absent")
}

func TestCommandsTakeArguments(t *testing.T) {
	for line, want := range map[string][]string{
		"send --room r hello":                   {"hello"},
		"send hello --room r":                   {"hello"},
		"send --timeout 5s - --room r":          {"-"},
		"send --room r -- --nick":               {"--nick"},
		"search --limit 3 two words --since 1h": {"two", "words"},
		"key export k.txt --force":              {"export", "k.txt"},
		"key show":                              {"show"},
		"key import - --key-passphrase-file p":  {"import", "-"},
		"lock --new-passphrase-file p":          nil,
		"tail --follow --json":                  nil,
	} {
		c, err := loadCommand(t, line)
		if err != nil || !slices.Equal(c.Args, want) {
			t.Errorf("%s: %q, %v", line, c.Args, err)
		}
	}
	for line, want := range map[string]string{
		"send --room r":                  "gochat send [options] TEXT|-",
		"send two words":                 "words",
		"tail extra":                     "extra",
		"--room r stray":                 "not expected here",
		"tail --to x":                    "gochat send",
		"--room r --follow":              "gochat tail",
		"unlock --new-passphrase-file p": "gochat lock",
		"lock --key-passphrase-file p":   "gochat key",
		"tail --sinse 1h":                "--since",
		"tail --since yesterday":         "how long ago",
		"tail --limit 0":                 "out of range",
		"--room r --keep 5m":             "too short",
		"--room r --keep other=5d":       "other",
		"--room r --keep-size 5":         "too small",
		"--room r --keep-size 10EB":      "not a size",
		"--room r --keep-size 9999999GB": "too large",
	} {
		_, err := loadCommand(t, line)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestKeep(t *testing.T) {
	const d = 24 * time.Hour
	for line, want := range map[string]struct {
		age  time.Duration
		size int64
	}{
		"--room r":           {90 * d, 512 << 20},
		"--room r --keep 7d": {7 * d, 512 << 20},
		"--room r --keep forever --keep-size unlimited":   {NoLimit, NoLimit},
		"--room r --room s --keep s=1d --keep-size s=1GB": {90 * d, 512 << 20},
		"--room r --room s --keep r=36h --keep 2d":        {36 * time.Hour, 512 << 20},
		"--room r --keep r=36h --keep-size 1048576":       {36 * time.Hour, 1 << 20},
	} {
		c, err := loadCommand(t, line)
		if age, size := c.Keep("r"); err != nil || age != want.age || size != want.size {
			t.Errorf("%s: %v, %d, %v", line, age, size, err)
		}
	}
}

// What is for one mode only is so whatever is set for others, its defaults, too.
func TestModeOfCommands(t *testing.T) {
	for line, want := range map[string]Mode{"bootnode status": Bootnode, "invite --room r": Client, "--room r": Bootnode} {
		cmd, rest, err := Split(strings.Fields(line))
		if err != nil {
			t.Fatal(err)
		}
		environ := []string{"MODE=bootnode"}
		if cmd == Operate {
			environ = []string{"MODE=client"}
		}
		c, err := Load(cmd, rest, environ, "testdata/absent")
		if err != nil || c.Mode != want || len(c.Listen) > 0 != (want == Bootnode) {
			t.Errorf("%s: %s, listening at %v, %v", line, c.Mode, c.Listen, err)
		}
	}
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"2026-01-31":           time.Date(2026, 1, 31, 0, 0, 0, 0, time.Local),
		"2026-01-31T15:04":     time.Date(2026, 1, 31, 15, 4, 0, 0, time.Local),
		"2026-01-31 15:04:05":  time.Date(2026, 1, 31, 15, 4, 5, 0, time.Local),
		"2026-01-31T15:04:00Z": time.Date(2026, 1, 31, 15, 4, 0, 0, time.UTC),
		"90m":                  now.Add(-90 * time.Minute),
		"7d":                   now.Add(-7 * 24 * time.Hour),
		"1w":                   now.Add(-7 * 24 * time.Hour),
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestMeantOf(t *testing.T) {
	for word, want := range map[string]string{"stauts": "did you mean gochat bootnode status?", "unabn": "did you mean gochat bootnode unban?", "xyzzy": "gochat help bootnode lists all"} {
		if got := MeantOf(Operate, word); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// The time limit of on is another one than that of send and stop.
func TestTimeoutHelp(t *testing.T) {
	for cmd, want := range map[Command]string{
		On:   "  --timeout TIME\n      how long a command may run (default 10s); then it is ended\n",
		Send: "  --timeout TIME\n      how long to wait for delivery; it counts from when the message is written:\n",
		Stop: "  --timeout TIME\n      how long to wait for the end (default 30s)\n",
	} {
		if text := CommandHelp(cmd); !strings.Contains(text, want) {
			t.Errorf("help of %s: %s", cmd, text)
		}
	}
}

// The help of a command names what it takes, and nothing of another's.
func TestHelpOfItsOwn(t *testing.T) {
	for cmd, want := range map[Command][2]string{
		Key:        {"keeps that beside", "--room"},
		Export:     {"  --force\n      overwrites the file that is there\n", "import"},
		Search:     {"(default 50)", "tail"},
		Send:       {"instead of to a room", "drain"},
		Join:       {"the line that gochat invite or /invite made", "such a line"},
		Import:     {"a file that gochat export wrote", "such a file"},
		Man:        {"gochat man | man -l -", "Of the options"},
		Completion: {"source <(", "Of the options"},
		Version:    {"--json counts most", "--room"},
	} {
		if text := CommandHelp(cmd); !strings.Contains(text, want[0]) || strings.Contains(text, want[1]) {
			t.Errorf("want %q and not %q:\n%s", want[0], want[1], text)
		}
	}
}

func TestStrayWords(t *testing.T) {
	err := Send.checkArgs([]string{"hello", "world"})
	if err == nil || !strings.Contains(err.Error(), `"world": the text is one argument: put the text in quotes`) {
		t.Error(err)
	}
	if _, err := HelpAbout([]string{"hlep"}); err == nil || strings.Contains(err.Error(), "gochat help help") {
		t.Error(err)
	}
}

// Unused are flags alone: a variable may be for another command.
func TestUnused(t *testing.T) {
	c, err := Load(Attach, []string{"--room", "zzz", "--nick", "other", "--json", "--data-dir", "x"}, []string{"THEME=dark"}, "absent")
	if err != nil || strings.Join(c.Unused("data-dir", "ui"), " ") != "room nick" {
		t.Errorf("%q, %v", c.Unused("data-dir", "ui"), err)
	}
}
