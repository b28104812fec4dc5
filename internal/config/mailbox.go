package config

import (
	"errors"
	"time"
)

// Mailbox says how a bootnode keeps what is for members who are away.
type Mailbox struct {
	Dir      string // "": it keeps nothing
	TTL      time.Duration
	MaxBytes int64
	PerUser  int // messages for one member in one room
}

const (
	minMailboxTTL = time.Minute
	maxMailboxTTL = 366 * 24 * time.Hour
	minMailbox    = 1 << 20
	mailboxUsers  = 100_000
)

// The options of the mailbox.
var (
	mailboxDir = Option{
		Name: "mailbox-dir", Env: "MAILBOX_DIR", Arg: "DIR", Use: ForBootnode,
		Help:    "keeps sealed messages for members who are away, here on disk; without one, none are kept",
		Allowed: "a directory",
		set:     path(func(c *Config) *string { return &c.Mailbox.Dir }),
	}
	mailboxTTL = Option{
		Name: "mailbox-ttl", Env: "MAILBOX_TTL", Default: "7d", Arg: "TIME", Use: ForBootnode,
		Help:    "how long a message waits in the mailbox",
		Allowed: "days or weeks such as 7d or 2w, or a duration such as 12h, 1m to 366d",
		set: func(c *Config, text string) (err error) {
			if c.Mailbox.TTL, err = parseAge(text); err == nil && (c.Mailbox.TTL < minMailboxTTL || c.Mailbox.TTL > maxMailboxTTL) {
				err = errors.New("out of range")
			}
			return err
		},
	}
	mailboxMax = Option{
		Name: "mailbox-max", Env: "MAILBOX_MAX", Default: "1GB", Arg: "SIZE", Use: ForBootnode,
		Help:    "how much the mailbox takes in all; beyond it, senders are told that it is full",
		Allowed: bytesAllowed + "; at least 1MB",
		set: func(c *Config, text string) (err error) {
			if c.Mailbox.MaxBytes, err = parseBytes(text); err == nil && c.Mailbox.MaxBytes < minMailbox {
				err = errors.New("too small")
			}
			return err
		},
		text: func(c *Config) string { return bytesText(c.Mailbox.MaxBytes) },
	}
	mailboxPerUser = Option{
		Name: "mailbox-per-user", Env: "MAILBOX_PER_USER", Default: "500", Arg: "N", Use: ForBootnode,
		Help:    "messages the mailbox keeps for one member of a room",
		Allowed: "1 to 100000",
		set:     integer(func(c *Config) *int { return &c.Mailbox.PerUser }, 1, mailboxUsers),
	}
)
