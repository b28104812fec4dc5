// Package config is the letterbox: everything a user can set, by flag,
// environment or .env file, comes in here, is checked, and leaves as one typed
// Config that remembers where each value came from.
//
// The one table in options.go is the source of the flags, of --help, of the
// README's table and of .env.example. The package reads no global: arguments
// and environment are passed in, and the only files it opens are the .env and
// the files with secrets and passphrases it is told about. It knows nothing of networks, terminals or
// profiles, and it never prints by itself.
package config

import (
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mode says what the process is.
type Mode string

// The modes.
const (
	Client   Mode = "client"
	Bootnode Mode = "bootnode"
)

// UI says which front shows the room.
type UI string

// The fronts. Auto is TUI on a terminal and Plain elsewhere.
const (
	Auto  UI = "auto"
	TUI   UI = "tui"
	Plain UI = "plain"
	JSON  UI = "json"
)

// Direct says which members learn the own address.
type Direct string

// The choices of who does.
const (
	DirectAlways   Direct = "always"
	DirectVerified Direct = "verified"
)

// Typing says who learns of writing that is not sent yet.
type Typing string

// The directions.
const (
	TypingBoth    Typing = "both"
	TypingSend    Typing = "send"    // others learn of ours
	TypingReceive Typing = "receive" // we learn of theirs
	TypingOff     Typing = "off"
)

// Theme says which of the terminal's own 16 colours the full screen uses.
type Theme string

// The themes. ThemeAuto follows NO_COLOR and COLORFGBG, and else takes colours
// that can be read on any background.
const (
	ThemeAuto  Theme = "auto"
	ThemeDark  Theme = "dark"
	ThemeLight Theme = "light"
	ThemeMono  Theme = "mono"
)

// Notify says how the full screen calls a user who looks elsewhere.
type Notify string

// The ways. NotifyAuto takes what the terminal is known to have.
const (
	NotifyAuto   Notify = "auto"
	NotifyBell   Notify = "bell"
	NotifyOSC9   Notify = "osc9"
	NotifyOSC777 Notify = "osc777"
	NotifyOff    Notify = "off"
)

// Config is every setting, checked. Addresses are "host:port" with a port
// always there, IPv6 hosts in brackets, as package net wants them.
type Config struct {
	Mode Mode

	Rooms       []Room   // in the order given, none twice; empty if none was given; see NeedRoom
	Nick        string   // "" if not given: a name is made from the key
	Bootnodes   []string // in the order given, none twice; empty: find or open one
	BootnodeKey [32]byte // the key the bootnode must have; zero: any
	Port        int      // local UDP port; 0: any free one
	Typing      Typing   // what is told of writing
	NoPortMap   bool     // the router is not asked for a port
	UI          UI
	Theme       Theme
	Notify      Notify
	STUN        []string      // servers besides the bootnodes
	RelayOnly   bool          // no member learns the own address
	Direct      Direct        // unless RelayOnly
	Drain       time.Duration // how long to wait for delivery at the end of input

	NoBirthday     bool   // no ports are guessed
	Ephemeral      bool   // nothing that is said is kept on disk
	PassphraseFile string // "": it is asked for

	Listen        []string // bootnode only; port 0 is any free one
	ListenWS      []string // for WebSockets; empty: as Listen, unless they are off
	ListenWSOff   bool
	TLSCert       string // files, both or neither
	TLSKey        string
	STUNPort      int // second STUN port; 0: the one after the listening port
	MaxMembers    int // in one room
	Relay         RelayLimits
	Monitor       Monitor
	Mailbox       Mailbox
	LimitLoopback bool // the limits count for 127.0.0.0/8 and ::1 too
	Federation    Federation

	BootnodePort      int           // fills a port missing in Listen and Bootnodes
	HeartbeatInterval time.Duration // of a client; a bootnode tells its clients its own
	PeerTimeout       time.Duration // silence after which a member counts as gone

	DataDir   string // "" if not given: the profile package knows the default
	LogLevel  slog.Level
	LogFormat LogFormat
	LogFile   string // "" is stderr

	// Of the subcommands:
	Args    []string  // arguments that are no options
	Since   time.Time // zero: all
	Limit   int       // 0: not given
	Follow  bool
	To      []string // keys, as given
	Timeout time.Duration
	Force   bool
	// QR, Out and GuestToken are of Invite, Invited of Join; nil: no invite.
	QR         bool
	Out        string // "": standard output
	GuestToken string
	Invited    *Invited
	Detach     bool           // of Run
	From       From           // of On, as the next two
	Match      *regexp.Regexp // nil: every text
	Max        int
	// NewPassphraseFile is of Lock, KeyPassphraseFile of Key; "": it is asked for.
	NewPassphraseFile, KeyPassphraseFile string

	// Warnings are things to tell the user that do not keep gochat from
	// starting: unknown names in .env, flags without effect, a readable secret.
	Warnings []string

	OnMessage     [][]string // commands run for messages, each a program and its arguments
	OnMessageFrom From

	BootnodeToken string    // "": none
	Operating     Operating // of a bootnode

	again       func() (Config, error) // Load with the same arguments
	command     Command
	settings    []Setting
	secrets     []string // as given
	secretFiles []string // as given
	inviteFile  string
	keep        []limit
	keepSize    []limit
}

// Room is a room to join.
type Room struct {
	Name   string
	Secret string // "": an open room
}

func (c *Config) roomNames() []string {
	names := make([]string, len(c.Rooms))
	for i, r := range c.Rooms {
		names[i] = r.Name
	}
	return names
}

// Setting is one option's value and where it came from.
type Setting struct {
	Option Option
	Value  string // as text; secrets are masked
	Source Source
}

// Settings lists every option in the table's order.
func (c Config) Settings() []Setting { return c.settings }

// Source tells where the option of that name got its value; a name that is no
// option has the zero Source.
func (c Config) Source(name string) Source {
	for _, s := range c.settings {
		if s.Option.Name == name {
			return s.Source
		}
	}
	return Source{}
}

// Given reports whether the user set the option, rather than its default.
func (c Config) Given(name string) bool { return c.Source(name).Kind > Default }

// Unused are the flags for all commands that were given besides those named.
func (c Config) Unused(used ...string) (names []string) {
	for _, s := range c.settings {
		if s.Source.Kind == Flag && s.Option.Use != ForCommands && !slices.Contains(used, s.Option.Name) {
			names = append(names, s.Option.Name)
		}
	}
	return names
}

// NeedRoom is the *Error to show when a command needs a room and none was
// given; nil if there is one.
func (c Config) NeedRoom() error {
	if len(c.Rooms) > 0 {
		return nil
	}
	return &Error{
		Option:  "--room",
		Source:  c.Source("room"),
		Problem: "no room was named",
		Allowed: "gochat --room NAME, such as gochat --room lobby, or gochat join INVITE; ROOM=NAME in the environment or .env does it, too; gochat --help says more",
	}
}

// Unusable is the *Error of an option whose value cannot be used, as it turned
// out, because of err.
func (c Config) Unusable(name string, err error) error {
	for _, s := range c.settings {
		if s.Option.Name == name {
			return &Error{Option: "--" + name, Source: s.Source, Value: s.Value, Problem: cause(err), Allowed: s.Option.Allowed}
		}
	}
	return err
}

// HealthTarget is the address that a health check of this configuration asks:
// the first bootnode named, else the own listening address, by loopback where
// it listens everywhere.
func (c Config) HealthTarget() string {
	if len(c.Bootnodes) > 0 && c.Mode == Client {
		return c.Bootnodes[0]
	}
	if len(c.Listen) == 0 {
		return joinPort("127.0.0.1", c.BootnodePort)
	}
	switch host, port := splitAddr(c.Listen[0]); host {
	case "", "0.0.0.0":
		return "127.0.0.1:" + port
	case "::":
		return "[::1]:" + port
	}
	return c.Listen[0]
}

// Load reads the settings of a command: args are the arguments after it,
// environ is as of os.Environ, and dotenv is the path of the .env file, which
// need not exist. Flags win over the environment, that over .env, that over
// the default; an empty value is one that is not set, and an empty flag goes
// back to the default. Load does not change the environment.
//
// The error is an *Error, or flag.ErrHelp if help was asked for.
func Load(cmd Command, args []string, environ []string, dotenv string) (Config, error) {
	return loadWith(cmd, args, environ, dotenv, readBounded, nil)
}

// loadWith is Load with a way to read the .env file, and the standard input, from
// which an invite may come.
func loadWith(cmd Command, args []string, environ []string, dotenv string, read reader, stdin io.Reader) (Config, error) {
	var c Config
	in, err := gather(cmd, args, environ, dotenv, read)
	if err == nil && cmd == Join {
		err = in.readInvite(stdin)
	}
	if err != nil {
		return c, err
	}
	c.command, c.Warnings, c.Args = cmd, in.warnings, in.args
	// At the start a .env file may be a pipe that somebody fills then; while others
	// wait it may not.
	c.again = func() (Config, error) { return loadWith(cmd, args, environ, dotenv, ReadRegular, nil) }
	c.Mode = cmd.mode()
	for _, o := range options {
		if !o.takenBy(cmd) || o.Name == "mode" && c.Mode != "" {
			continue
		}
		values, src := in.lookup(o)
		if len(values) == 0 {
			src = Source{Kind: Default}
			if def := o.defaultFor(c.Mode); def != "" {
				values = []string{def}
			}
		}
		for _, v := range values {
			if err := o.set(&c, v); err != nil {
				return c, o.fail(v, src, err)
			}
		}
		if src.Kind == Flag && !o.Use.in(c.Mode) && cmd != Operate {
			c.Warnings = append(c.Warnings, "--"+o.Name+" has no effect in mode "+string(c.Mode))
		}
		c.settings = append(c.settings, Setting{Option: o, Value: strings.Join(values, ","), Source: src})
	}
	if err := c.finish(in); err != nil {
		return c, err
	}
	if cmd == Join {
		c.takeInvite(in)
	}
	for i := range c.settings {
		c.settings[i].Value = c.settings[i].Option.show(&c, c.settings[i].Value)
	}
	return c, nil
}

// finish does what needs more than one setting.
func (c *Config) finish(in inputs) error {
	c.Bootnodes = fillPorts(c.Bootnodes, c.BootnodePort)
	c.Listen = fillPorts(c.Listen, c.BootnodePort)
	c.STUN = fillPorts(c.STUN, stunPort)
	c.ListenWS = fillPorts(c.ListenWS, c.BootnodePort)
	if err := c.checkWS(); err != nil {
		return err
	}
	if c.PeerTimeout <= c.HeartbeatInterval {
		return c.conflict("peer-timeout", "not longer than the heartbeat interval, "+
			c.HeartbeatInterval.String()+" ("+c.Source("heartbeat-interval").String()+")",
			"more than the heartbeat interval, so that one late heartbeat removes nobody")
	}
	if c.BootnodeKey != [32]byte{} && len(c.Bootnodes) != 1 {
		return c.conflict("bootnode-key", "needs exactly one --bootnode to belong to",
			"one --bootnode together with --bootnode-key")
	}
	if err := c.checkPrivacy(); err != nil {
		return err
	}
	for _, a := range c.Listen {
		_, port := splitAddr(a)
		switch {
		case c.Mode != Bootnode:
		case port == "65535" && c.STUNPort == 0:
			return c.conflict("stun-port", "there is no port after 65535", "a port of its own")
		case port == strconv.Itoa(c.STUNPort) && c.STUNPort != 0:
			return c.conflict("stun-port", "is the listening port", "another port")
		}
	}
	if err := c.checkFederation(); err != nil {
		return err
	}
	if err := c.checkMonitor(); err != nil {
		return err
	}
	if err := c.checkBackground(); err != nil {
		return err
	}
	if err := c.checkLimits(); err != nil {
		return err
	}
	if err := c.checkPassphraseFile(); err != nil {
		return err
	}
	return c.readSecrets()
}

// stunPort is where STUN servers listen (RFC 8489 §14.1).
const stunPort = 3478

// conflict is the error for the option of that name, which is fine by itself.
func (c *Config) conflict(name, problem, allowed string) error {
	for _, s := range c.settings {
		if s.Option.Name == name {
			return &Error{Option: "--" + name, Source: s.Source, Value: s.Option.mask(s.Value),
				Problem: problem, Allowed: allowed}
		}
	}
	panic("config: no option " + name)
}
