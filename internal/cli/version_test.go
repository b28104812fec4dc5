package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gochat/internal/config"
)

// Each field that version --json may have stands in docs/EVENTS.md, and no other.
func TestVersion(t *testing.T) {
	doc, err := os.ReadFile("../../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "\n## Version\n")
	section, _, _ = strings.Cut(section, "\n## ")
	fields := 0
	for f := range reflect.TypeFor[buildInfo]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "v" || name == "type" {
			continue
		}
		fields++
		if !strings.Contains(section, "\n| `"+name+"` |") {
			t.Errorf("docs/EVENTS.md lacks the field %s of version", name)
		}
	}
	if rows := strings.Count(section, "\n| `"); rows != fields {
		t.Errorf("docs/EVENTS.md has %d fields of version, the code %d", rows, fields)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(versionText([]string{"--json"})), &got); err != nil {
		t.Fatal(err)
	}
	if got["type"] != "version" || got["v"] != 1.0 || got["go"] != runtime.Version() || got["version"] == "" {
		t.Errorf("version --json says %v", got)
	}
	if text := versionText(nil); !strings.HasPrefix(text, "gochat ") || !strings.HasSuffix(text, runtime.GOARCH+"\n") {
		t.Errorf("version says %q", text)
	}
}

// What depends on no setting is printed whatever the settings are; what is
// written otherwise than that is taken apart as any command.
func TestMadeWithoutSettings(t *testing.T) {
	for _, tc := range []struct {
		line string
		code int
		want string
	}{
		{"completion bash", ExitOK, "complete -F _gochat gochat"},
		{"man", ExitOK, `.TH "GOCHAT" "1"`},
		{"man gochat-bootnode", ExitOK, `.TH "GOCHAT\-BOOTNODE" "8"`},
		{"help doctor", ExitOK, "gochat doctor [options]"},
		{"help dcotor", ExitUsage, "did you mean gochat help doctor?"},
		{"completion", ExitUsage, "something is missing"},
		{"completion tcsh", ExitUsage, "bash, zsh, fish"},
		{"man gochta", ExitUsage, "gochat-bootnode"},
		{"--rom x", ExitUsage, "there is no such option; did you mean --room?"},
		{"hepl", ExitUsage, "there is no such command; did you mean gochat help?"},
	} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		env := Env{In: os.Stdin, Out: out, Err: out, Environ: []string{"LOCAL_UDP_PORT=nonsense"}, Getenv: func(string) string { return "" }, Dotenv: "absent"}
		code := Main(t.Context(), strings.Fields(tc.line), env)
		text, err := os.ReadFile(out.Name())
		if code != tc.code || err != nil || !strings.Contains(string(text), tc.want) {
			t.Errorf("gochat %s: %d, %v, %.200s", tc.line, code, err, text)
		}
		out.Close()
	}
	if text, is, err := made(config.Completion, []string{"--json"}); is || err != nil || text != "" {
		t.Errorf("an option is taken for a shell: %q, %v", text, err)
	}
}
