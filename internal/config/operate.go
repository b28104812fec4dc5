package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gochat/crypto"
)

// Operating is what a bootnode's operator sets besides what it serves.
type Operating struct {
	AdminSock    string // "" if not given: in the data directory
	AdminSockOff bool
	MOTDFile     string // "": no greeting
	InviteOnly   string // file of invitations; "": everybody is welcome
	MaxPerIP     int
	MaxPerPrefix int
	MaxRooms     int

	// Of the command bootnode:
	For    time.Duration // 0: not given
	Reason string
	In     time.Duration // 0: not given
	Cancel bool
}

const (
	maxFor    = 10 * 365 * 24 * time.Hour
	maxReason = 200 // bytes, as of the frame that carries it
	maxToken  = 128
)

const tokensAllowed = "16 to 128 printable characters without spaces"

// operatorOptions are those of a bootnode's operator, and those of members they
// concern.
var operatorOptions = []Option{
	{
		Name: "bootnode-token", Env: "BOOTNODE_TOKEN", Arg: "TOKEN", Secret: true, Use: ForClient,
		Help:    "the token for bootnodes that take only those they invited; other users of this machine can read a flag, so prefer the variable",
		Allowed: tokensAllowed,
		set:     token(func(c *Config) *string { return &c.BootnodeToken }),
	}, {
		Name: "max-rooms", Env: "MAX_ROOMS", Default: "1000000", Arg: "N", Use: ForBootnode,
		Help:    "rooms there are at most",
		Allowed: "1 to 1000000",
		set:     integer(func(c *Config) *int { return &c.Operating.MaxRooms }, 1, maxMembers),
	}, {
		Name: "max-per-ip", Env: "MAX_PER_IP", Default: "1024", Arg: "N", Use: ForBootnode,
		Help:    "members admitted from one IPv4 address or IPv6 /64",
		Allowed: "1 to 1000000",
		set:     integer(func(c *Config) *int { return &c.Operating.MaxPerIP }, 1, maxMembers),
	}, {
		Name: "max-per-prefix", Env: "MAX_PER_PREFIX", Default: "8192", Arg: "N", Use: ForBootnode,
		Help:    "members admitted from one IPv4 /24 or IPv6 /48",
		Allowed: "1 to 1000000",
		set:     integer(func(c *Config) *int { return &c.Operating.MaxPerPrefix }, 1, maxMembers),
	}, {
		Name: "invite-only", Env: "INVITE_ONLY", Arg: "FILE", Use: ForBootnode,
		Help:    "takes only members with a token of this file, which has a line NAME:TOKEN for each; without one, everybody",
		Allowed: "a readable file of lines NAME:TOKEN, tokens of " + tokensAllowed,
		set:     path(func(c *Config) *string { return &c.Operating.InviteOnly }),
	}, {
		Name: "motd-file", Env: "MOTD_FILE", Arg: "FILE", Use: ForBootnode,
		Help:    "greets members with the text of this file",
		Allowed: "a readable file of at most 1000 bytes",
		set:     path(func(c *Config) *string { return &c.Operating.MOTDFile }),
	}, {
		Name: "admin-sock", Env: "ADMIN_SOCK", Arg: "PATH|off", Use: ForBootnode,
		Help:    "the Unix socket for gochat bootnode status and the other commands; without one, bootnode/admin.sock in the data directory",
		Allowed: "a path, or off",
		set: func(c *Config, text string) error {
			c.Operating.AdminSock, c.Operating.AdminSockOff = text, text == "off"
			return checkPath(text)
		},
	}, {
		Name: "for", Arg: "TIME", Use: ForCommands, Of: []Command{Operate},
		Help:    "of kick and ban: how long (90m, 12h, 7d, 1w); without it a kick keeps out for a minute, a ban for good",
		Allowed: "a time such as 90m, 12h, 7d or 1w; up to ten years",
		set: func(c *Config, text string) error {
			d, err := parseAge(text)
			if err == nil && (d < time.Second || d > maxFor) {
				err = errors.New("out of range")
			}
			c.Operating.For = d
			return err
		},
	}, {
		Name: "reason", Arg: "TEXT", Use: ForCommands, Of: []Command{Operate},
		Help:    "of kick and ban: what they are told",
		Allowed: fmt.Sprintf("at most %d bytes", maxReason),
		set: func(c *Config, text string) error {
			c.Operating.Reason = text
			if len(text) > maxReason {
				return errors.New("too long")
			}
			return nil
		},
	}, {
		Name: "in", Arg: "TIME", Use: ForCommands, Of: []Command{Operate},
		Help:    "of drain: stop after this time at the latest; without it, 15s",
		Allowed: durations + "; 1s to 1h",
		set:     duration(func(c *Config) *time.Duration { return &c.Operating.In }, time.Second, time.Hour),
	}, {
		Name: "cancel", Default: "false", Use: ForCommands, Of: []Command{Operate},
		Help:    "of drain: stay after all",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Operating.Cancel }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Operating.Cancel) },
	},
}

// Reloadable are the options that a running bootnode takes over anew.
var Reloadable = []string{
	"max-members", "max-rooms", "max-per-ip", "max-per-prefix", "limit-loopback",
	"relay-rate", "relay-burst", "relay-total", "relay-quota",
	"invite-only", "motd-file", "fed-allow", "tls-cert", "tls-key", "log-level",
}

// Reload reads all settings again: the same flags and environment, and the .env
// file as it is now.
func (c Config) Reload() (Config, error) { return c.again() }

// Differences are the options whose values differ in another Config of the same
// command, by whether a running bootnode takes them over.
func (c Config) Differences(other Config) (reloadable, restart []string) {
	for i, s := range c.settings {
		switch {
		case i >= len(other.settings) || other.settings[i].Value == s.Value:
		case slices.Contains(Reloadable, s.Option.Name):
			reloadable = append(reloadable, s.Option.Name)
		default:
			restart = append(restart, s.Option.Name)
		}
	}
	return reloadable, restart
}

// ReadOwn reads a file of the operator's as ReadRegular does; the error is for
// Unusable, without the path.
func ReadOwn(file string, limit int64) ([]byte, error) {
	b, err := ReadRegular(file, limit)
	if err != nil {
		return nil, errors.New("cannot be read: " + cause(err))
	}
	return b, nil
}

// ReadRegular reads a file of at most limit bytes that is read again while others
// wait. So it never waits itself: a pipe, to which nobody need ever write, is
// refused. The error is an *fs.PathError.
func ReadRegular(file string, limit int64) ([]byte, error) {
	// Without O_NONBLOCK the open itself waits for a pipe's other end.
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: file, Err: err}
	}
	b, err := readAtMost(f, limit)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: file, Err: err}
	}
	return b, nil
}

// WarnReadable says who else may read a file with tokens; "": nobody.
func WarnReadable(file string) string { return warnReadable("token", file) }

// token reads what opens a bootnode that takes only those it invited.
func token(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, text string) error {
		*field(c) = text
		if len(text) < crypto.MinToken || len(text) > maxToken || strings.ContainsFunc(text, func(r rune) bool { return r == ' ' || invisible(r) }) {
			return errors.New("no token")
		}
		return nil
	}
}
