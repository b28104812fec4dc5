package config

import (
	"testing"
	"time"
)

func TestMailboxOptions(t *testing.T) {
	for _, o := range []struct {
		option Option
		good   []string
		bad    []string
	}{
		{mailboxDir, []string{"/var/lib/gochat/mail", "mail"}, []string{"~/mail", "a\nb"}},
		{mailboxTTL, []string{"7d", "2w", "12h", "1m"}, []string{"", "59s", "367d", "-1h", "7"}},
		{mailboxMax, []string{"1GB", "1MB", "1048576"}, []string{"", "1KB", "0", "x"}},
		{mailboxPerUser, []string{"1", "100000"}, []string{"0", "-1", "100001", ""}},
	} {
		for _, text := range o.good {
			if err := o.option.set(&Config{}, text); err != nil {
				t.Errorf("--%s %q: %v", o.option.Name, text, err)
			}
		}
		for _, text := range o.bad {
			if err := o.option.set(&Config{}, text); err == nil {
				t.Errorf("--%s %q is taken", o.option.Name, text)
			}
		}
	}
	var c Config
	if err := mailboxTTL.set(&c, "7d"); err != nil || c.Mailbox.TTL != 7*24*time.Hour {
		t.Errorf("%v, %v", c.Mailbox.TTL, err)
	}
	if err := mailboxMax.set(&c, "1GB"); err != nil || mailboxMax.text(&c) != "1GB" {
		t.Errorf("%v, %v", c.Mailbox.MaxBytes, err)
	}
}
