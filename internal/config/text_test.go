package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/joho/godotenv"
)

func TestPrint(t *testing.T) {
	c := mustLoad(t, "SECRET=hunter2", []string{"ROOM=tea"}, "--bootnode", "a")
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"room tea environment ROOM", "bootnode a:9595 flag --bootnode", "secret (set, not shown) .env SECRET",
		"heartbeat-interval 10s default", "nick - default",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(out, "hunter2") {
		t.Error("the secret shows")
	}
}

func TestHelpText(t *testing.T) {
	help := OptionsText()
	for _, o := range Options() {
		name, env := "--"+o.Name+" ", "[$"+o.Env+"]"
		if o.Use == ForCommands {
			name, env = strings.TrimSpace(name+o.Arg)+":", ""
		}
		if slices.Contains(o.Of, Run) {
			name = "  --" + o.Name + "\n"
		}
		if !strings.Contains(help, name) || !strings.Contains(help, env) {
			t.Errorf("--%s or $%s is missing", o.Name, o.Env)
		}
	}
	for line := range strings.SplitSeq(help, "\n") {
		if len([]rune(line)) > helpWidth {
			t.Errorf("too wide: %s", line)
		}
	}
}

// What the table says of itself must be so: each default is accepted, and
// each default in .env.example is the one in force without it.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range Options() {
		if o.Name == "" || (o.Env == "") != (o.Use == ForCommands) || (len(o.Of) > 0) != (o.Use == ForCommands) || o.Help == "" || o.Allowed == "" || seen[o.Name] || o.Env != "" && seen[o.Env] {
			t.Errorf("incomplete or twice: %+v", o.Name)
		}
		seen[o.Name], seen[o.Env] = true, true
		for _, m := range []Mode{Client, Bootnode} {
			if def := o.defaultFor(m); def != "" {
				if err := o.set(&Config{}, def); err != nil {
					t.Errorf("--%s: default %q: %v", o.Name, def, err)
				}
			}
		}
	}
	plain, example := mustLoad(t, "", nil), mustLoad(t, EnvExample(), nil)
	for i, s := range example.Settings() {
		if s.Value != plain.Settings()[i].Value {
			t.Errorf("%s: %q with .env.example, %q without", s.Option.Name, s.Value, plain.Settings()[i].Value)
		}
	}
	if len(example.Warnings) > 0 {
		t.Errorf("%q", example.Warnings)
	}
}

// docker run --env-file passes quotes and trailing comments on literally.
func TestEnvExampleIsLiteral(t *testing.T) {
	for line := range strings.Lines(EnvExample()) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.ContainsAny(line, "\"'#$ ") {
			t.Errorf("not literal: %q", line)
		}
		if m, err := godotenv.Unmarshal(line); err != nil || m[key] != value {
			t.Errorf("%q read as %q, %v", line, m, err)
		}
	}
}

const root = "../.."

func TestEnvExampleFile(t *testing.T) {
	compare(t, ".env.example", "", "", EnvExample())
}

// The README carries the table between two markers, as soon as there is one.
func TestReadme(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "README.md")); errors.Is(err, os.ErrNotExist) {
		return
	}
	compare(t, "README.md", "<!-- options:begin -->\n", "<!-- options:end -->", ConfigTable())
}

// compare holds what stands between two marks in a file of the repository ("":
// its ends) against want; with GOCHAT_UPDATE=1 it writes want there instead.
func compare(t *testing.T, name, begin, end, want string) {
	t.Helper()
	path := filepath.Join(root, name)
	update := os.Getenv("GOCHAT_UPDATE") != ""
	b, err := os.ReadFile(path)
	if err != nil && !update {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	got, tail := rest, ""
	if end != "" && ok {
		got, tail, ok = strings.Cut(rest, end)
	}
	switch {
	case !ok:
		t.Errorf("%s lacks the lines %s and %s", name, strings.TrimSpace(begin), end)
	case got == want:
	case update:
		write(t, path, head+begin+want+end+tail, 0o644)
	default:
		t.Errorf("%s differs from the option table; run: make generate\nwant:\n%s", name, want)
	}
}
