//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func TestOutputNeedsForceForAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	for i, force := range []bool{false, true} {
		out, err := outputFile(file, force)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.write(put(strings.Repeat("x", i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(file); string(b) != "xx" {
		t.Errorf("the file holds %q", b)
	}
	if _, err := outputFile(file, false); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("a file that is there: %v", err)
	}
}

func TestOutputFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	target, link, dangling := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{link: "target", dangling: "nothing"} {
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	out, err := outputFile(link, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.write(put("new")); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "target" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if b, _ := os.ReadFile(target); string(b) != "new" {
		t.Errorf("its target holds %q", b)
	}
	if _, err := outputFile(dangling, true); err == nil {
		t.Error("a link that leads nowhere was taken")
	}
}

func TestOutputNeverReplacesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		b, _ := os.ReadFile(fifo)
		read <- string(b)
	}()
	out, err := outputFile(fifo, false) // nothing is lost: no force is needed
	if err != nil {
		t.Fatal(err)
	}
	if err := out.write(put("through")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through" {
		t.Errorf("the reader of the pipe got %q", got)
	}
	if st, err := os.Lstat(fifo); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is now %v, %v", st, err)
	}
	for _, force := range []bool{false, true} {
		if _, err := outputFile(dir, force); err == nil || strings.Contains(err.Error(), "--force") {
			t.Errorf("a directory, force %v: %v", force, err)
		}
	}
}
