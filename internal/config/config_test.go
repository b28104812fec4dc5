package config

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// load is Load with a .env of that text; "" is none.
func load(t *testing.T, dotenv string, environ []string, args ...string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if dotenv != "" {
		write(t, path, dotenv, 0o600)
	}
	return Load(Run, args, environ, path)
}

func mustLoad(t *testing.T, dotenv string, environ []string, args ...string) Config {
	t.Helper()
	c, err := load(t, dotenv, environ, args...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestDefaults(t *testing.T) {
	c := mustLoad(t, "", nil)
	if c.Mode != Client || c.UI != Auto || c.Port != 0 || c.Drain != 5*time.Second ||
		c.HeartbeatInterval != 10*time.Second || c.PeerTimeout != 15*time.Second ||
		c.MaxMembers != 2000 || c.LogLevel != slog.LevelWarn || c.LimitLoopback ||
		c.Nick != "" || len(c.Rooms)+len(c.Bootnodes)+len(c.Listen)+len(c.Warnings) != 0 {
		t.Errorf("client: %+v", c)
	}
	if c.Given("mode") {
		t.Error("a default counts as given")
	}
	b := mustLoad(t, "", nil, "--mode", "bootnode")
	if b.Mode != Bootnode || b.LogLevel != slog.LevelInfo || !slices.Equal(b.Listen, []string{"0.0.0.0:9595"}) {
		t.Errorf("bootnode: %+v", b)
	}
}

func TestPrecedence(t *testing.T) {
	for _, tc := range []struct {
		dotenv, env string
		args        []string
		want, from  string
	}{
		{"ROOM=file", "ROOM=env", []string{"--room", "flag"}, "flag", "flag --room"},
		{"ROOM=file", "ROOM=env", nil, "env", "environment ROOM"},
		{"ROOM=file", "", nil, "file", ".env ROOM"},
		{"ROOM=file", "ROOM=", nil, "file", ".env ROOM"},
		{"ROOM=", "ROOM= ", nil, "", "default"},
		{"ROOM=file", "ROOM=env", []string{"--room="}, "", "default"},
		{"ROOM=file,more", "", []string{"--room", "a", "--room", "b c", "--room", "a"}, "a|b c", "flag --room"},
		{"ROOM=file, more,,file", "", nil, "file|more", ".env ROOM"},
		{"", "", []string{"--room", "a,b"}, "a,b", "flag --room"}, // one name, as ever
		{"", "ROOM=,", nil, "", "default"},
	} {
		c := mustLoad(t, tc.dotenv, []string{tc.env}, tc.args...)
		if strings.Join(c.roomNames(), "|") != tc.want || c.Source("room").String() != tc.from {
			t.Errorf("%+v: rooms %q from %s", tc, c.Rooms, c.Source("room"))
		}
	}
}

// The command lines of the original, word for word.
func TestOriginalCommandLines(t *testing.T) {
	b := mustLoad(t, "", nil, "--mode", "bootnode", "--listen", "0.0.0.0:9595")
	if !slices.Equal(b.Listen, []string{"0.0.0.0:9595"}) || len(b.Warnings) > 0 {
		t.Errorf("%+v", b)
	}
	c := mustLoad(t, "", nil, "--mode", "client", "--bootnode", "example.org:9595", "--room", "test")
	if !slices.Equal(c.Bootnodes, []string{"example.org:9595"}) || c.Rooms[0] != (Room{Name: "test"}) || len(c.Rooms)+len(c.Warnings) > 1 {
		t.Errorf("%+v", c)
	}
}

func TestAddresses(t *testing.T) {
	c := mustLoad(t, "", []string{"BOOTNODE_UDP_PORT=7000"},
		"--bootnode", "a.example, [::1]:9 ,fe80::1%eth0", "--bootnode", "boot_node", "--bootnode", "a.example:7000,,[2001:db8::2]")
	want := []string{"a.example:7000", "[::1]:9", "[fe80::1%eth0]:7000", "boot_node:7000", "[2001:db8::2]:7000"}
	if !slices.Equal(c.Bootnodes, want) {
		t.Errorf("got %q", c.Bootnodes)
	}
	l := mustLoad(t, "", []string{"MODE=bootnode", "LISTEN=:1,[::]:2,127.0.0.1:0,0.0.0.0", "BOOTNODE_UDP_PORT=7000"})
	if want := []string{":1", "[::]:2", "127.0.0.1:0", "0.0.0.0:7000"}; !slices.Equal(l.Listen, want) {
		t.Errorf("got %q", l.Listen)
	}
}

func TestHealthTarget(t *testing.T) {
	for _, tc := range []struct{ env, want string }{
		{"MODE=client", "127.0.0.1:9595"},
		{"BOOTNODE=b.example", "b.example:9595"},
		{"MODE=bootnode", "127.0.0.1:9595"},
		{"MODE=bootnode LISTEN=:70", "127.0.0.1:70"},
		{"MODE=bootnode LISTEN=[::]:70", "[::1]:70"},
		{"MODE=bootnode LISTEN=10.0.0.1 BOOTNODE=b", "10.0.0.1:9595"},
	} {
		if got := mustLoad(t, "", strings.Fields(tc.env)).HealthTarget(); got != tc.want {
			t.Errorf("%s: %s", tc.env, got)
		}
	}
}

func TestDurations(t *testing.T) {
	c := mustLoad(t, "HEARTBEAT_INTERVAL=10 #seconds\nPEER_TIMEOUT=1m30s\n", nil, "--drain", "250ms")
	if c.HeartbeatInterval != 10*time.Second || c.PeerTimeout != 90*time.Second || c.Drain != 250*time.Millisecond {
		t.Errorf("%+v", c)
	}
}

// Every bad value ends in an *Error that names the option, its source and
// what is allowed.
func TestBadValues(t *testing.T) {
	for _, tc := range []struct {
		dotenv, env string
		args        string
		says        string // parts of the message, separated by |
	}{
		{args: "--mode server", says: `--mode "server"|client, bootnode`},
		{env: "MODE=bootnod", says: `(environment MODE)|did you mean bootnode?`},
		{dotenv: "PEER_TIMEOUT=abc", says: `--peer-timeout "abc" (.env PEER_TIMEOUT)|not a duration|seconds such as 10`},
		{env: "HEARTBEAT_INTERVAL=0", says: "out of range"},
		{env: "HEARTBEAT_INTERVAL=99999999999999999999", says: "(environment HEARTBEAT_INTERVAL)"},
		{args: "--heartbeat-interval 20", says: "--peer-timeout|not longer than the heartbeat interval, 20s (flag --heartbeat-interval)"},
		{args: "--port 65536", says: "--port|out of range|0 to 65535"},
		{args: "--port 9999999999999999999999", says: "out of range"},
		{args: "--port x", says: "not a whole number"},
		{args: "--bootnode ,", says: "no address"},
		{args: "--bootnode :9595", says: "not a host name"},
		{args: "--bootnode a:0", says: "port not in 1 to 65535"},
		{args: "--bootnode a:b:c", says: "stands in brackets"},
		{args: "--bootnode a/b", says: "not a host name"},
		{args: "--bootnode 9595", says: "not a host name"},
		{args: "--bootnode -a.b", says: "not a host name"},
		{args: "--bootnode " + strings.Repeat("a,", 100), says: "more than 64"},
		{args: "--bootnode-key xyz --bootnode a", says: "not a key|52 letters"},
		{args: "--bootnode-key " + strings.Repeat("b", 51) + "a", says: "exactly one --bootnode"},
		{args: "--mode bootnode --listen 10.0.0.1:65535", says: "--stun-port|no port after 65535"},
		{args: "--mode bootnode --listen 10.0.0.1:99,10.0.0.1:98 --stun-port 98", says: "--stun-port|is the listening port"},
		{args: "--limit-loopback=maybe", says: "--limit-loopback|true, false"},
		{args: "--json=maybe", says: "--json|true, false"},
		{args: "--log-level loud", says: "--log-level|debug, info, warn, error"},
		{args: "--room " + strings.Repeat("r", 65), says: "65 bytes long|1 to 64 bytes"},
		{env: "ROOM=a\x1b[31m", says: `\x1b|control`},
		{env: "ROOM=a\u202eb", says: `\u202e|invisible`},
		{env: "ROOM=\xff", says: "UTF-8"},
		{env: "NICK=a#b", says: `--nick "a#b" (environment NICK)|one word`},
		{env: "SECRET=" + strings.Repeat("hunter2", 200), says: "--secret|not shown|too long"},
		{args: "--secret hunter2 --secret-file x", says: "--secret-file|given twice"},
		{args: "--secret hunter2 --secret hunter3", says: "--secret|given twice"},
		{args: "--room a --room b --secret hunter2", says: "--secret|for which it is|ROOM=TEXT|one of a, b"},
		{args: "--room a --room b --secret-file some.txt", says: "--secret-file|for which it is|ROOM=FILE"},
		{args: "--room a --room b --secret c=hunter2", says: "for which it is"},
		{args: "--room a --room b --secret a=", says: "nothing is given"},
		{args: "--room a --room b --secret a=hunter2 --secret a=hunter2", says: `"a" has a secret already`},
		{args: "--room a --room b --secret a=hunter2 --secret-file a=x", says: `--secret-file|has a secret already`},
		{args: "--room a --room b --secret-file b=/nowhere/secret", says: "cannot be read: no such file"},
		{args: "--room a --room b --secret b=" + strings.Repeat("hunter2", 200), says: "too long"},
		{env: "ROOM=" + manyRooms(maxRooms+1), says: "more than 64 rooms"},
		{env: "ROOM=a,b\x1b", says: `--room "b\x1b" (environment ROOM)|control`},
		{args: "--secret-file /nowhere/secret", says: "--secret-file|cannot be read: no such file"},
		{args: "--data-dir a\x01", says: "control character"},
		{args: "--rom x", says: "no such option|did you mean --room?"},
		{args: "--xyzzyxyzzy x", says: "no such option|gochat help"},
		{args: "--room", says: "value is missing|--room NAME"},
		{args: "--room --nick x", says: "--room: a value is missing"},
		{args: "--=x", says: "gochat help"},
		{args: "config --room x", says: "a command stands first: gochat config"},
		{args: "--room x y", says: `"y"|not expected`},
		{dotenv: "ROOM=a\nSECRET=\"hunter2\nNICK=x", says: ".env|quote is not closed"},
		{dotenv: "ROOM=a\nSECRET hunter2\n", says: "line 2"},
		{dotenv: "=x", says: "line 1"},
		{dotenv: "SECRET=correct # horse", says: ".env|SECRET has quotes, a comment or space"},
		{dotenv: "SECRET='a'", says: ".env|docker run --env-file"},
		{dotenv: "SECRET= a", says: ".env|docker run --env-file"},
		{dotenv: "A=\x00", says: "no text file"},
		{dotenv: strings.Repeat("#", maxDotenv+1), says: "too long"},
	} {
		_, err := load(t, tc.dotenv, []string{tc.env}, strings.Fields(tc.args)...)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%+v: no *Error but %v", tc, err)
			continue
		}
		for part := range strings.SplitSeq(tc.says, "|") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q %q %q: %q lacks %q", tc.dotenv, tc.env, tc.args, err, part)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the secret shows: %s", err)
		}
		if len(err.Error()) > 400 || strings.ContainsFunc(err.Error(), invisible) {
			t.Errorf("message not fit to print: %q", err)
		}
	}
}

func manyRooms(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("room", i)
	}
	return strings.Join(names, ",")
}

func TestHelpIsNoError(t *testing.T) {
	if _, err := load(t, "", nil, "--room", "x", "--help"); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
}

func TestJSONFlag(t *testing.T) {
	c := mustLoad(t, "", nil, "--json")
	if c.UI != JSON || c.Source("ui").String() != "flag --json" {
		t.Errorf("%v from %v", c.UI, c.Source("ui"))
	}
	if c := mustLoad(t, "UI=plain", nil, "--json=false"); c.UI != Plain {
		t.Error(c.UI)
	}
}

func TestNick(t *testing.T) {
	// The login name is nobody's business in an open room.
	if c := mustLoad(t, "", []string{"USER=zoë"}); c.Nick != "" {
		t.Errorf("%q from %v", c.Nick, c.Source("nick"))
	}
	if c := mustLoad(t, "NICK=eve", []string{"USER=bob"}); c.Nick != "eve" {
		t.Errorf("%q", c.Nick)
	}
}

func TestSecretFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for text, want := range map[string]string{
		"hunter2": "hunter2", "hunter2\n": "hunter2", "hunter2\r\n": "hunter2", " a b \n\n": " a b \n",
	} {
		write(t, file, text, 0o600)
		if c := mustLoad(t, "", nil, "--room", "r", "--secret-file", file); c.Rooms[0].Secret != want || len(c.Warnings) > 0 {
			t.Errorf("%q: %q, warnings %q", text, c.Rooms, c.Warnings)
		}
	}
	write(t, file, "hunter2", 0o644)
	if c := mustLoad(t, "", nil, "--room", "r", "--secret-file", file); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "chmod 600") {
		t.Errorf("warnings %q", c.Warnings)
	}
	// An empty flag drops what .env says, so that the file can be used.
	if c := mustLoad(t, "SECRET=x", nil, "--room", "r", "--secret=", "--secret-file", file); c.Rooms[0].Secret != "hunter2" {
		t.Errorf("%q", c.Rooms)
	}
	for _, text := range []string{"", "\n", strings.Repeat("x", maxSecret+1)} {
		write(t, file, text, 0o600)
		if _, err := load(t, "", nil, "--secret-file", file); err == nil {
			t.Errorf("%d bytes accepted", len(text))
		}
	}
}

func TestSecretsOfSeveralRooms(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	write(t, one, "first\n", 0o600)
	write(t, two, "second", 0o644)
	for name, c := range map[string]Config{
		"flags": mustLoad(t, "", nil, "--room", "a", "--room", "lobby", "--room", "a=b", "--room", "c",
			"--secret", "c= t=x,y ", "--secret-file", "a="+one, "--secret-file", "a=b="+two),
		"variables": mustLoad(t, "ROOM=a,lobby,a=b,c\nSECRET_FILE=a="+one+", a=b="+two+"\n", []string{"SECRET=c= t=x,y "}),
	} {
		if want := []Room{{"a", "first"}, {Name: "lobby"}, {"a=b", "second"}, {"c", " t=x,y "}}; !slices.Equal(c.Rooms, want) {
			t.Errorf("%s: %q", name, c.Rooms)
		}
		if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], two) {
			t.Errorf("%s: warnings %q", name, c.Warnings)
		}
	}
	// With one room nothing is taken apart.
	write(t, filepath.Join(dir, "a=b,c"), "third", 0o600)
	if c := mustLoad(t, "", []string{"ROOM=a", "SECRET_FILE=" + filepath.Join(dir, "a=b,c")}); c.Rooms[0].Secret != "third" {
		t.Errorf("%q", c.Rooms)
	}
	if c := mustLoad(t, "", nil, "--room", "a", "--secret", "a=b"); c.Rooms[0].Secret != "a=b" {
		t.Errorf("%q", c.Rooms)
	}
}

// Values of .env are literal: no variable is expanded, no byte of a secret lost.
func TestDotenvIsLiteral(t *testing.T) {
	c := mustLoad(t, "\uFEFFROOM=a#b\r\nSECRET=pa$HOME${ROOM}$$x\r\nexport NICK='n'\r\n", nil)
	if c.Rooms[0] != (Room{"a#b", "pa$HOME${ROOM}$$x"}) || c.Nick != "n" {
		t.Errorf("%q %q", c.Rooms, c.Nick)
	}
}

// A folder that somebody else has made runs no programs.
func TestDotenvRunsNothing(t *testing.T) {
	for _, name := range []string{"HOOK", "ON_MESSAGE"} {
		path := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(path, []byte("ROOM=a\n"+name+"=touch here\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(Run, nil, nil, path); err == nil || !strings.Contains(err.Error(), name+" would run a program") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c := mustLoad(t, "ROOM=a\nHOOK=\n", nil); len(c.Monitor.Hooks) != 0 {
		t.Errorf("%q", c.Monitor.Hooks)
	}
}

// What Docker would read otherwise is told.
func TestDotenvQuotes(t *testing.T) {
	c := mustLoad(t, "ROOM=\"lobby\" # ours\nNICK=bob\n", nil)
	if c.Rooms[0].Name != "lobby" || c.Nick != "bob" || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "ROOM is read without its quotes") {
		t.Errorf("%q %q %q", c.Rooms, c.Nick, c.Warnings)
	}
}

func TestWarnings(t *testing.T) {
	c := mustLoad(t, "ROM=x\nCOMPOSE_PROJECT_NAME=y\n", []string{"LISTEN=0.0.0.0"}, "--max-members", "5")
	if len(c.Warnings) != 2 || !strings.Contains(c.Warnings[0], "did you mean ROOM?") ||
		!strings.Contains(c.Warnings[1], "--max-members has no effect in mode client") {
		t.Errorf("%q", c.Warnings)
	}
}

func TestNeedRoom(t *testing.T) {
	var e *Error
	if err := mustLoad(t, "", nil).NeedRoom(); !errors.As(err, &e) || e.Option != "--room" || !strings.Contains(e.Allowed, "gochat --room lobby, or gochat join INVITE") {
		t.Error(err)
	}
	if err := mustLoad(t, "", nil, "--room", "x").NeedRoom(); err != nil {
		t.Error(err)
	}
}

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		args string
		cmd  Command
		rest int
	}{
		{"", Run, 0}, {"--room x", Run, 2}, {"config --room x", Show, 2}, {"healthcheck", Healthcheck, 0},
		{"version", Version, 0}, {"--version", Version, 0}, {"help", Help, 0}, {"-h", Help, 0},
	} {
		cmd, rest, err := Split(strings.Fields(tc.args))
		if cmd != tc.cmd || len(rest) != tc.rest || err != nil {
			t.Errorf("%q: %q %q %v", tc.args, cmd, rest, err)
		}
	}
	var e *Error
	if _, _, err := Split([]string{"confgi"}); !errors.As(err, &e) || !strings.Contains(e.Allowed, "gochat config") {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("ROOM=a\nNICK='b'\n", "--room x --bootnode [::1]:9,a.b")
	f.Add("SECRET=\"a\\nb\"\nexport X: y\n", "--json=true --drain 1h5s --mode bootnode --listen :,::")
	f.Add("=\n'", "-room= --x --- -")
	f.Fuzz(func(t *testing.T, dotenv, args string) {
		if strings.Contains(args, "-file") {
			return // would open files of that name
		}
		path := filepath.Join(t.TempDir(), ".env")
		write(t, path, dotenv, 0o600)
		c, err := Load(Run, strings.Fields(args), nil, path)
		var e *Error
		if err != nil && !errors.As(err, &e) && !errors.Is(err, flag.ErrHelp) {
			t.Fatalf("%v is no *Error", err)
		}
		var b strings.Builder
		if err := c.Print(&b); err != nil || strings.ContainsAny(b.String(), "\x00\x1b") {
			t.Fatalf("%q %v", b.String(), err)
		}
	})
}
