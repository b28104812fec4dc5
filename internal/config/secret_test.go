package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gochat/crypto"
)

func TestReadPassphrase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "passphrase")
	for content, want := range map[string]string{
		"horse\n": "", "horse battery": "", strings.Repeat("x", crypto.MaxPassphrase) + "\r\n": "",
		"": "holds no passphrase", "\r\n": "holds no passphrase", strings.Repeat("x", crypto.MaxPassphrase+3): "too long",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, warning, err := ReadPassphrase(file)
		if want == "" && (err != nil || string(got) != content) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.20q: %.20q, %v", content, got, err)
		}
		if warning != "" {
			t.Error(warning)
		}
	}
	if _, _, err := ReadPassphrase(file + "-none"); err == nil || strings.Contains(err.Error(), file) {
		t.Errorf("absent: %v", err)
	}
	if err := os.WriteFile(file, []byte("horse"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, warning, err := ReadPassphrase(file); err != nil || runtime.GOOS != "windows" && !strings.Contains(warning, "chmod 600") {
		t.Errorf("readable by all: %q, %v", warning, err)
	}
}

// A file that was named counts, whether the profile turns out to need it or not.
func TestPassphraseFileIsChecked(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good": "a passphrase\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, ok := range map[string]bool{"good": true, "empty": false, "missing": false, ".": false} {
		args := []string{"--room", "x", "--passphrase-file", filepath.Join(dir, file)}
		_, err := Load(Tail, args, nil, filepath.Join(dir, ".env"))
		var wrong *Error
		if (err == nil) != ok || err != nil && (!errors.As(err, &wrong) || wrong.Option != "--passphrase-file") {
			t.Errorf("%s: %v", file, err)
		}
		if _, err := Load(Run, append(args, "--mode", "bootnode"), nil, filepath.Join(dir, ".env")); err != nil {
			t.Errorf("%s, of a bootnode: %v", file, err)
		}
	}
}
