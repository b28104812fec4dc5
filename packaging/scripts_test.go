package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gochat/internal/netspace"
)

// asked runs a script of the packages and returns what it asked of systemctl.
func asked(t *testing.T, script string, args ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		netspace.Skip(t, "sh, which the scripts are written for")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	fake := "#!/bin/sh\necho \"$@\" >>" + log + "\n"
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{"scripts/" + script}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s %v: %v\n%s", script, args, err, out)
	}
	words, err := os.ReadFile(log)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(words)
}

// Whoever installs the package has started nothing by that, and an upgrade ends
// nothing: deb says what it does by a word, rpm by the packages that are left.
func TestScripts(t *testing.T) {
	for _, args := range [][]string{{"configure"}, {"configure", "0.1.0"}, {"1"}, {"2"}} {
		for line := range strings.Lines(asked(t, "postinstall", args...)) {
			if line != "daemon-reload\n" && line != "try-restart gochat-bootnode.service\n" {
				t.Errorf("postinstall %v asks systemctl to %s", args, line)
			}
		}
	}
	for _, args := range [][]string{{"upgrade", "0.2.0"}, {"1"}, {"failed-upgrade", "0.1.0"}} {
		if got := asked(t, "preremove", args...); got != "" {
			t.Errorf("preremove %v asks systemctl to %s", args, got)
		}
	}
	for _, word := range []string{"remove", "0"} {
		if got := asked(t, "preremove", word); !strings.HasPrefix(got, "disable gochat-bootnode.service\n") {
			t.Errorf("preremove %s asks systemctl to %s", word, got)
		}
	}
	for _, word := range []string{"remove", "upgrade", "0", "1"} {
		if got := asked(t, "postremove", word); strings.TrimSuffix(got, "daemon-reload\n") != "" {
			t.Errorf("postremove %s asks systemctl to %s", word, got)
		}
	}
	for _, name := range []string{"postinstall", "preremove", "postremove"} {
		if !strings.Contains(read(t, "../.goreleaser.yaml"), name+": packaging/scripts/"+name+"\n") {
			t.Errorf("the packages do not run %s", name)
		}
	}
}
