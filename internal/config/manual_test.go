package config

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gochat/internal/netspace"
)

// file is compare for a whole file of the repository, which is made if it is not
// there.
func file(t *testing.T, name, want string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	compare(t, name, "", "", want)
}

// The pages in packaging are those of the tables, and name every option and
// command that is theirs.
func TestManualFiles(t *testing.T) {
	both := ""
	for page, name := range Pages {
		text, err := ManPage(page)
		if err != nil {
			t.Fatal(err)
		}
		file(t, "packaging/man/"+name, text)
		both += text
		lint(t, text, "mandoc", "-Tlint", "-W", "error")
		lint(t, text, "groff", "-man", "-Tutf8", "-ww", "-z")
	}
	for _, o := range options {
		if !strings.Contains(both, escapeRoff("--"+o.Name)) {
			t.Errorf("no page has --%s", o.Name)
		}
	}
	for _, name := range commandNames() {
		if !strings.Contains(both, "\n.B \""+escapeRoff(name)) {
			t.Errorf("no page has gochat %s", name)
		}
	}
	var e *Error
	if _, err := ManPage("gochta"); !errors.As(err, &e) {
		t.Errorf("an unknown page: %v", err)
	}
}

// lint has a program complain about a text, if it is installed.
func lint(t *testing.T, text, program string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Logf("NOT CHECKED: %s is not installed", program)
		return
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%s: %v\n%s", program, err, out)
	}
}

func TestCompletionFiles(t *testing.T) {
	names := map[string]string{"bash": "gochat.bash", "zsh": "_gochat", "fish": "gochat.fish"}
	for _, shell := range Shells {
		text, err := Complete(shell)
		if err != nil {
			t.Fatal(err)
		}
		file(t, "packaging/completion/"+names[shell], text)
		script := filepath.Join(t.TempDir(), shell)
		write(t, script, text, 0o600)
		lint(t, "", shell, "-n", script)
		for _, o := range options {
			if !strings.Contains(text, o.Name) {
				t.Errorf("%s does not complete --%s", shell, o.Name)
			}
		}
		for _, name := range commandNames() {
			if !strings.Contains(text, name) {
				t.Errorf("%s does not complete gochat %s", shell, name)
			}
		}
	}
	var e *Error
	if _, err := Complete("cmd.exe"); !errors.As(err, &e) {
		t.Errorf("an unknown shell: %v", err)
	}
}

// What bash offers behind the words of a line.
func TestBashCompletes(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		netspace.Skip(t, "bash, whose completion this is")
	}
	dir := t.TempDir()
	for _, name := range []string{"my data", "key"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "my key.pem"), "", 0o600)
	for line, want := range map[string]string{
		"comp":            "completion",
		"completion ":     "bash|zsh|fish",
		"--ui ":           "auto|tui|plain|json",
		"--ui pl":         "plain",
		"--bootnode-k":    "--bootnode-key",
		"send --timeo":    "--timeout",
		"tail --timeo":    "",
		"--room tea comp": "completion",
		"bootnode dr":     "drain",
		"key ex":          "export",
		"--nick ":         "",
		"--ui = ":         "auto|tui|plain|json", // as bash splits --ui=
		"--ui = pl":       "plain",
		"--room send --l": "--listen|--listen-ws|--limit-loopback|--log-level|--log-format|--log-file", // none of send's
		"--room = key ha": "",
		"--nick send key": "key",
		"--tls-key my":    "my data|my key.pem",
		"--data-dir my":   "my data",
		"import my":       "my data|my key.pem",
		"key":             "key", // not the directory of this name
	} {
		words := strings.Split("gochat "+line, " ")
		script := `source /dev/stdin; complete -p gochat >/dev/null || exit 9; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _gochat; IFS='|'; echo "${COMPREPLY[*]}"`
		cmd := exec.Command("bash", append([]string{"-c", script, "bash"}, words...)...)
		cmd.Dir = dir
		cmd.Stdin = strings.NewReader(bashCompletion())
		out, err := cmd.CombinedOutput()
		got := strings.Split(strings.TrimSuffix(string(out), "\n"), "|")
		slices.Sort(got)
		wanted := strings.Split(want, "|")
		slices.Sort(wanted)
		if err != nil || !slices.Equal(got, wanted) {
			t.Errorf("%q completes to %q, %v; want %q", line, got, err, want)
		}
	}
}

func TestShortHelp(t *testing.T) {
	help := HelpText()
	for _, name := range commandNames() {
		if !strings.Contains(help, "\n  "+name) {
			t.Errorf("no gochat %s", name)
		}
	}
	lines := strings.Split(help, "\n")
	for _, line := range lines {
		if utf8.RuneCountInString(line) > helpWidth {
			t.Errorf("too wide: %s", line)
		}
	}
	if len(lines) > 80 {
		t.Errorf("%d lines", len(lines))
	}
	for topic, want := range map[string]string{"send": "gochat send [options]", "options": "$LOG_FORMAT", "--room": "Usage"} {
		if text, err := HelpAbout([]string{topic}); err != nil || !strings.Contains(text, want) {
			t.Errorf("help %s: %v\n%s", topic, err, text)
		}
	}
	if _, err := HelpAbout([]string{"snd"}); err == nil || !strings.HasSuffix(err.Error(), "; did you mean gochat help send?") {
		t.Errorf("help snd: %v", err)
	}
}
