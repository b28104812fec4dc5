package cli

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/internal/admin"
	"gochat/internal/config"
	"gochat/internal/filelock"
)

// A second bootnode with the same mailbox directory does not start: it would write
// over what the first one acknowledged.
func TestMailboxDirectoryIsOneBootnodes(t *testing.T) {
	cfg := config.Config{}
	cfg.Mailbox.Dir = filepath.Join(t.TempDir(), "mail")
	release, err := claimStore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claimStore(cfg); !errors.Is(err, filelock.ErrInUse) || !strings.Contains(err.Error(), "--mailbox-dir") {
		t.Errorf("the second one: %v", err)
	}
	release()
	again, err := claimStore(cfg)
	if err != nil {
		t.Fatal("not free after its end:", err)
	}
	again()

	if release, err = claimStore(config.Config{}); err != nil {
		t.Fatal("without a mailbox:", err)
	}
	release()
}

// A mailbox that does not work is not shown as an empty one.
func TestMailboxWords(t *testing.T) {
	m := admin.Mailbox{Objects: 3, Bytes: 2000, MaxBytes: 4000, Used: 0.5}
	if got := mailboxWords(m); !strings.HasPrefix(got, "3 objects, ") {
		t.Error(got)
	}
	m.Failing = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := mailboxWords(m); !strings.HasPrefix(got, "does not work since 2026-01-02 03:04:05") || !strings.HasSuffix(got, "when last seen: 3 objects, 2.0 KB of 3.9 KB (50 %)") {
		t.Error(got)
	}
}
