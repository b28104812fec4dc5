package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A program that is not there is said at once, not when the first message comes.
func TestProgramsAreLookedFor(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ line, want string }{
		{"on --anyone --room x -- nosuchcmd a", `COMMAND "nosuchcmd": there is no such program (allowed: a program in PATH`},
		{"on --anyone --room x -- " + plain, "COMMAND"},
		{"--room x --on-message nosuchcmd", `--on-message "nosuchcmd": there is no such program`},
		{"--detach --room x --on-message nosuchcmd", `--on-message "nosuchcmd": there is no such program`},
		{"--mode bootnode --listen 127.0.0.1:0 --hook /no/such/program", `--hook "/no/such/program": there is no such program`},
	} {
		code, said := runMain(t, strings.ReplaceAll(tc.line, "--room x", "--room x --data-dir "+filepath.Join(dir, "data")))
		if code != ExitUsage || !strings.Contains(said, tc.want) {
			t.Errorf("gochat %s: %d, %s", tc.line, code, said)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !os.IsNotExist(err) {
		t.Errorf("a data directory was made: %v", err)
	}
}

// runMain runs gochat without any setting but those of the line, and returns what it
// printed.
func runMain(t *testing.T, line string) (code int, said string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	env := Env{In: os.Stdin, Out: out, Err: out, Getenv: func(string) string { return "" }, Dotenv: "absent"}
	code = Main(t.Context(), strings.Fields(line), env)
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(b)
}
