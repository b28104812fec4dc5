// Package packaging has what releases are made of; its tests compare the parts.
package packaging

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gochat/internal/netspace"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Everything that packages are to hold is there, or prepare makes it.
func TestPackagesHaveTheirFiles(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		netspace.Skip(t, "bash, which prepare is written for")
	}
	made := t.TempDir()
	if out, err := exec.Command(bash, "prepare", made, "1.2.0-rc1", "2026-01-02T03:04:05Z").CombinedOutput(); err != nil {
		t.Fatalf("prepare: %v\n%s", err, out)
	}
	sources := regexp.MustCompile(`src: "?([^",}\s]+)`).FindAllStringSubmatch(read(t, "../.goreleaser.yaml"), -1)
	if len(sources) < 10 {
		t.Fatalf("%d sources", len(sources))
	}
	for _, m := range sources {
		at := filepath.Join("..", m[1])
		if name, ok := strings.CutPrefix(m[1], ".package/"); ok {
			at = filepath.Join(made, name)
		}
		found, err := filepath.Glob(at)
		if err != nil || len(found) == 0 {
			t.Errorf("%s is not there (%v)", m[1], err)
		}
		for _, f := range found {
			if i, err := os.Stat(f); err != nil || i.Size() == 0 {
				t.Errorf("%s: empty, or %v", f, err)
			}
		}
	}
	if unit := read(t, filepath.Join(made, "gochat-bootnode.service")); !strings.Contains(unit, "ExecStart=/usr/bin/gochat ") {
		t.Error("the unit of the packages starts another program than theirs")
	}
	for line := range strings.Lines(read(t, filepath.Join(made, "bootnode.env"))) {
		if line != "\n" && !strings.HasPrefix(line, "#") {
			t.Errorf("the packages set %s", line)
		}
	}
	if unpacked(t, filepath.Join(made, "gochat.1.gz")) != read(t, "man/gochat.1") {
		t.Error("the manual is another")
	}
	changes := unpacked(t, filepath.Join(made, "changelog.Debian.gz"))
	first, last := "gochat (1.2.0~rc1) unstable; urgency=medium\n\n  * ", "\n\n -- gochat maintainers <maintainers@gochat.invalid>  Fri, 02 Jan 2026 03:04:05 +0000\n"
	if !strings.HasPrefix(changes, first) || !strings.HasSuffix(changes, last) {
		t.Errorf("Debian's list of changes:\n%s", changes)
	}
}

// unpacked is a file that gzip has made.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What README and the guide for operators name of the project is in the archives
// and in the packages: whoever has those alone finds it.
func TestReleasesHaveWhatTheirDocsName(t *testing.T) {
	archives, packages, found := strings.Cut(read(t, "../.goreleaser.yaml"), "\nnfpms:\n")
	if !found {
		t.Fatal("no packages")
	}
	named := map[string]bool{}
	for _, doc := range []string{"../README.md", "../docs/OPERATING.md"} {
		for _, m := range regexp.MustCompile(`(?:docs|packaging)/[\w/-]+\.[a-z]+`).FindAllString(read(t, doc), -1) {
			named[m] = true
		}
	}
	if len(named) < 8 {
		t.Errorf("they name %d files alone", len(named))
	}
	for name := range named {
		for what, list := range map[string]string{"archives": archives, "packages": packages} {
			all := strings.HasSuffix(name, ".md") && strings.Contains(list, `src: "docs/*.md"`)
			if !all && !strings.Contains(list, "src: "+name) && !strings.Contains(list, "src: .package/"+filepath.Base(name)) {
				t.Errorf("the %s have no %s", what, name)
			}
		}
	}
}

// A release and make build give the linker the same, but for the version's form.
func TestReleasesAreBuiltAsByMake(t *testing.T) {
	of := func(name, pattern string) []string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
		if m == nil {
			t.Fatalf("%s has no %s", name, pattern)
		}
		var words []string
		for w := range strings.FieldsSeq(m[1]) {
			if w, _, _ = strings.Cut(w, "="); strings.HasPrefix(w, "-") || strings.HasPrefix(w, "gochat/") {
				words = append(words, w)
			}
		}
		return words
	}
	make, release, image := of("../Makefile", `LDFLAGS +:= (.*)`), of("../.goreleaser.yaml", `ldflags: \["(.*)"\]`), of("../Dockerfile", `-ldflags "(.*)"`)
	if strings.Join(make, " ") != strings.Join(release, " ") {
		t.Errorf("make: %q\nrelease: %q", make, release)
	}
	if len(image) < 4 || strings.Join(make[:len(image)], " ") != strings.Join(image, " ") {
		t.Errorf("make: %q\nimage: %q", make, image)
	}
	for _, flag := range []string{"-trimpath", "-buildvcs=false", "CGO_ENABLED=0"} {
		for _, name := range []string{"../Makefile", "../.goreleaser.yaml", "../Dockerfile"} {
			if !strings.Contains(read(t, name), flag) {
				t.Errorf("%s has no %s", name, flag)
			}
		}
	}
	version := regexp.MustCompile(`goreleaser/v2@(v[0-9.]+)`)
	for _, name := range []string{"../Makefile", "../.github/workflows/release.yml"} {
		if m := version.FindStringSubmatch(read(t, name)); m == nil || m[1] != version.FindStringSubmatch(read(t, "../Makefile"))[1] {
			t.Errorf("%s has another goreleaser: %q", name, m)
		}
	}
}
