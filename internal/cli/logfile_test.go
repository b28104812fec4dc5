package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A log is bounded however long the process runs, and who follows it is told of
// the new file.
func TestBoundedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("before\n", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := openBoundedLog(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	files := 0
	l.follow(func(*os.File) { files++ })
	for range 35 {
		if n, err := l.Write([]byte("a record\n")); n != 9 || err != nil {
			t.Fatal(n, err)
		}
	}
	now, err1 := os.ReadFile(path)
	kept, err2 := os.ReadFile(path + ".1")
	if err1 != nil || err2 != nil || string(now) != strings.Repeat("a record\n", 2) || string(kept) != strings.Repeat("a record\n", 11) || files != 5 {
		t.Errorf("%v, %v, %d files: %q, %q", err1, err2, files, now, kept)
	}
}
