//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is read again while the bootnode runs is no pipe that nobody writes to, no
// directory and not too long; a link to a file is as good as the file.
func TestReadOwn(t *testing.T) {
	dir := t.TempDir()
	file, pipe, link := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link} {
		if b, err := ReadOwn(path, 5); err != nil || string(b) != "hello" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	for path, want := range map[string]string{file: "too long", pipe: "not a regular file", dir: "not a regular file", file + "x": "no such file"} {
		if _, err := ReadOwn(path, 4); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// A .env file that has become a pipe keeps no bootnode from its other work: the
// settings stay as they were.
func TestReloadReadsNoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte("MAX_ROOMS=5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Run, []string{"--mode", "bootnode"}, nil, path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Reload(); err != nil || again.Operating.MaxRooms != 5 {
		t.Fatalf("%d, %v", again.Operating.MaxRooms, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reload(); err != nil {
		t.Errorf("without a .env file: %v", err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reload(); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v", err)
	}
}
