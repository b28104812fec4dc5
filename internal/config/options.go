package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
)

// Use says in which mode an option has an effect.
type Use int

// The uses. An option ForCommands has no variable.
const (
	Always Use = iota
	ForClient
	ForBootnode
	ForCommands
)

func (u Use) in(m Mode) bool {
	return u == Always || (u != ForBootnode) == (m == Client)
}

// Option is one line of the table: everything that can be said about a
// setting, for the parser and for the reader.
type Option struct {
	Name    string // of the flag
	Env     string // of the variable, in the environment and in .env
	Default string // as text; "" is none
	// BootnodeDefault takes Default's place in mode bootnode unless empty.
	BootnodeDefault string
	Arg             string // placeholder for the value in --help
	Help            string // one sentence without a full stop
	Allowed         string // for error messages
	Secret          bool   // never shown
	List            bool   // the flag may be repeated; set is called for each value
	Runs            bool   // it names a program, which no .env may: whoever made the folder is not the user
	Commas          bool   // in a variable, commas separate values
	Use             Use
	Of              []Command // ForCommands: those that take it

	OperateArg string // Arg of the command bootnode, if it is another
	// HelpOf is Help of commands for which it is another thing; a default that is
	// another is told there.
	HelpOf map[Command]string

	set  func(c *Config, text string) error
	text func(c *Config) string // the value in canonical form; nil: as given
}

// Options is the table in the order of --help.
func Options() []Option { return options }

const (
	minInterval = 100 * time.Millisecond
	maxInterval = time.Hour
	maxDrain    = 24 * time.Hour
	maxMembers  = 1_000_000
)

const durations = "seconds such as 10, or a duration such as 500ms or 1m30s"

// options is the whole table.
var options = slices.Concat(baseOptions, backgroundOptions, federationOptions, operatorOptions, inviteOptions)

// Mode stands first: the defaults of others depend on it.
var baseOptions = []Option{
	{
		Name: "mode", Env: "MODE", Default: "client", Arg: "client|bootnode",
		Help:    "talk in a room, or introduce those who do",
		Allowed: "client, bootnode",
		set:     choice(func(c *Config) *Mode { return &c.Mode }, Client, Bootnode),
	}, {
		Name: "room", Env: "ROOM", Arg: "NAME", List: true, Commas: true, Use: ForClient,
		Help:    "the room to join; repeat it for several, or separate them by commas in the variable",
		Allowed: RoomsAllowed,
		set:     addRoom,
		text:    func(c *Config) string { return strings.Join(c.roomNames(), ", ") },
	}, {
		Name: "bootnode", Env: "BOOTNODE", Arg: "HOST:PORT,…", List: true, Use: ForClient,
		Help:    "bootnodes to use; repeat it or separate by commas; without one, gochat finds or opens one on this network",
		Allowed: "HOST, HOST:PORT or [IPv6]:PORT, or wss://HOST/PATH for TCP only; several separated by commas",
		set:     addresses(func(c *Config) *[]string { return &c.Bootnodes }, parseBootnode),
		text:    func(c *Config) string { return strings.Join(c.Bootnodes, ",") },
	}, {
		Name: "bootnode-key", Env: "BOOTNODE_KEY", Arg: "KEY", Use: ForClient,
		Help:    "the key the bootnode must have; with another one gochat refuses to talk to it",
		Allowed: "the 52 letters and digits the bootnode prints at start",
		set: func(c *Config, text string) error {
			k, err := crypto.ParsePublicKey(text)
			if err != nil || k.IsZero() {
				return fmt.Errorf("not a key")
			}
			c.BootnodeKey = k
			return nil
		},
	}, {
		Name: "nick", Env: "NICK", Arg: "NAME", Use: ForClient,
		Help:    "the name others see; without one, a name made from your key",
		Allowed: fmt.Sprintf("one word of letters, digits, emoji and - _ . ', at most %d bytes and %d columns", text.MaxNickBytes, text.MaxNickCells),
		set: func(c *Config, nick string) error {
			c.Nick = nick
			return text.ValidNick(nick)
		},
	}, {
		Name: "secret", Env: "SECRET", Arg: "TEXT", Secret: true, List: true, Use: ForClient,
		Help:    "makes the room private: only those with the same secret meet; with several rooms, ROOM=TEXT for each private one; other users of this machine can read a flag, so prefer a secret file",
		Allowed: secretsAllowed,
		set: func(c *Config, text string) error {
			c.secrets = append(c.secrets, text)
			return nil
		},
	}, {
		Name: "secret-file", Env: "SECRET_FILE", Arg: "FILE", List: true, Use: ForClient,
		Help:    "reads the secret from a file; a newline at its end does not count; with several rooms, ROOM=FILE for each private one",
		Allowed: "a readable file with " + secretsAllowed,
		set: func(c *Config, text string) error {
			c.secretFiles = append(c.secretFiles, text)
			return checkPath(text)
		},
		text: func(c *Config) string { return strings.Join(c.secretFiles, ", ") },
	}, {
		Name: "ui", Env: "UI", Default: "auto", Arg: "auto|tui|plain|json", Use: ForClient,
		Help:    "how the room is shown; auto is tui on a terminal and plain elsewhere; --json is short for --ui json",
		Allowed: "auto, tui, plain, json",
		set:     choice(func(c *Config) *UI { return &c.UI }, Auto, TUI, Plain, JSON),
	}, theme, notify, typing, {
		Name: "port", Env: "LOCAL_UDP_PORT", Default: "0", Arg: "PORT", Use: ForClient,
		Help:    "local UDP port; 0 takes any free one, which suits most NATs best",
		Allowed: "0 to 65535",
		set:     integer(func(c *Config) *int { return &c.Port }, 0, 65535),
	}, {
		Name: "relay-only", Env: "RELAY_ONLY", Default: "false", Use: ForClient,
		Help:    "shows your address to no member: the bootnode carries everything; needs --bootnode",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.RelayOnly }),
		text:    func(c *Config) string { return strconv.FormatBool(c.RelayOnly) },
	}, {
		Name: "direct", Env: "DIRECT", Default: "always", Arg: "always|verified", Use: ForClient,
		Help:    "who learns your address: every member, or those you have verified; the bootnode carries the rest; verified needs --bootnode",
		Allowed: "always, verified",
		set:     choice(func(c *Config) *Direct { return &c.Direct }, DirectAlways, DirectVerified),
	}, {
		Name: "no-portmap", Env: "NO_PORTMAP", Default: "false", Use: ForClient,
		Help:    "does not ask the router to forward a port here (PCP, NAT-PMP, UPnP)",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.NoPortMap }),
		text:    func(c *Config) string { return strconv.FormatBool(c.NoPortMap) },
	}, {
		Name: "no-birthday", Env: "NO_BIRTHDAY", Default: "false", Use: ForClient,
		Help:    "never guesses the ports of a symmetric NAT, which takes up to 1,024 small packets; such members are relayed",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.NoBirthday }),
		text:    func(c *Config) string { return strconv.FormatBool(c.NoBirthday) },
	}, {
		Name: "stun", Env: "STUN_SERVERS", Arg: "HOST:PORT,…", List: true, Use: ForClient,
		Help:    "STUN servers to ask besides the bootnodes, which tell more of your NAT by it; they learn your address and nothing else",
		Allowed: "HOST, HOST:PORT or [IPv6]:PORT, several separated by commas",
		set:     addresses(func(c *Config) *[]string { return &c.STUN }, parseTarget),
		text:    func(c *Config) string { return strings.Join(c.STUN, ",") },
	}, {
		Name: "drain", Env: "DRAIN", Default: "5s", Arg: "TIME", Use: ForClient,
		Help:    "how long to wait for delivery at the end of input",
		Allowed: durations + "; up to 24h",
		set:     duration(func(c *Config) *time.Duration { return &c.Drain }, 0, maxDrain),
		text:    func(c *Config) string { return c.Drain.String() },
	}, {
		Name: "ephemeral", Env: "EPHEMERAL", Default: "false", Use: ForClient,
		Help:    "keeps nothing on disk of what is said and learned; the own key stays",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Ephemeral }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Ephemeral) },
	}, {
		Name: "keep", Env: "KEEP", Default: keepDefault, Arg: "TIME", List: true, Commas: true, Use: ForClient,
		Help:    "how long messages are kept; ROOM=TIME for one room",
		Allowed: keepAllowed,
		set:     addLimit(func(c *Config) *[]limit { return &c.keep }, parseKeep),
	}, {
		Name: "keep-size", Env: "KEEP_SIZE", Default: sizeDefault, Arg: "SIZE", List: true, Commas: true, Use: ForClient,
		Help:    "how much of a room is kept; ROOM=SIZE for one room",
		Allowed: sizeAllowed,
		set:     addLimit(func(c *Config) *[]limit { return &c.keepSize }, parseSize),
	}, {
		Name: "passphrase-file", Env: "PASSPHRASE_FILE", Arg: "FILE", Use: ForClient,
		Help:    "reads the passphrase of a locked profile from a file; without one it is asked for on the terminal",
		Allowed: "a readable file",
		set:     path(func(c *Config) *string { return &c.PassphraseFile }),
	}, {
		Name: "listen", Env: "LISTEN", BootnodeDefault: "0.0.0.0", Arg: "HOST:PORT,…", List: true, Use: ForBootnode,
		Help:    "addresses to listen on; repeat it or separate by commas; [::] is IPv6 and IPv4",
		Allowed: "IP, IP:PORT or [IPv6]:PORT of this machine, several separated by commas",
		set:     addresses(func(c *Config) *[]string { return &c.Listen }, parseListen),
		text:    func(c *Config) string { return strings.Join(c.Listen, ",") },
	}, {
		Name: "listen-ws", Env: "LISTEN_WS", Arg: "HOST:PORT,…|off", List: true, Commas: true, Use: ForBootnode,
		Help:    "addresses to take WebSockets on, over TCP, for networks that let no UDP through; without one, those of --listen",
		Allowed: "off, or IP, IP:PORT or [IPv6]:PORT of this machine, several separated by commas",
		set:     listenWS,
	}, {
		Name: "tls-cert", Env: "TLS_CERT", Arg: "FILE", Use: ForBootnode,
		Help:    "certificate chain for the WebSockets, as PEM; without one they are plain, for a proxy in front that does TLS",
		Allowed: "a readable file, together with --tls-key",
		set:     path(func(c *Config) *string { return &c.TLSCert }),
	}, {
		Name: "tls-key", Env: "TLS_KEY", Arg: "FILE", Use: ForBootnode,
		Help:    "private key of --tls-cert, as PEM",
		Allowed: "a readable file, together with --tls-cert",
		set:     path(func(c *Config) *string { return &c.TLSKey }),
	}, {
		Name: "stun-port", Env: "STUN_PORT", Arg: "PORT", Use: ForBootnode,
		Help:    "second port for STUN; without one, the port after the listening port",
		Allowed: "1 to 65535",
		set:     integer(func(c *Config) *int { return &c.STUNPort }, 1, 65535),
	}, {
		Name: "max-members", Env: "MAX_MEMBERS", Default: "2000", Arg: "N", Use: ForBootnode,
		Help:    "members admitted to one room",
		Allowed: "1 to 1000000",
		set:     integer(func(c *Config) *int { return &c.MaxMembers }, 1, maxMembers),
	}, {
		Name: "relay-rate", Env: "RELAY_RATE", Default: "512KB", Arg: "SIZE", Use: ForBootnode,
		Help:    "bytes a second each member may send through the relay",
		Allowed: bytesAllowed + "; at least 16KB",
		set:     amount(func(c *Config) *int { return &c.Relay.Rate }, leastRate, mostRate, false),
		text:    func(c *Config) string { return bytesText(int64(c.Relay.Rate)) },
	}, {
		Name: "relay-burst", Env: "RELAY_BURST", Default: "2MB", Arg: "SIZE", Use: ForBootnode,
		Help:    "bytes a member that was silent may send at once",
		Allowed: bytesAllowed + "; at least 16KB",
		set:     amount(func(c *Config) *int { return &c.Relay.Burst }, leastRate, mostRate, false),
		text:    func(c *Config) string { return bytesText(int64(c.Relay.Burst)) },
	}, {
		Name: "relay-total", Env: "RELAY_TOTAL", Default: "0", Arg: "SIZE", Use: ForBootnode,
		Help:    "bytes a second the relay carries in all, shared evenly among those who send; 0: no limit",
		Allowed: bytesAllowed + "; at least 16KB, or 0",
		set:     amount(func(c *Config) *int { return &c.Relay.Total }, leastRate, mostRate, true),
		text:    func(c *Config) string { return bytesText(int64(c.Relay.Total)) },
	}, {
		Name: "relay-quota", Env: "RELAY_QUOTA", Default: "0", Arg: "SIZE/hour|day", Use: ForBootnode,
		Help:    "bytes each member may send through the relay in an hour or a day; 0: no quota",
		Allowed: quotaAllowed,
		set:     setQuota,
		text:    func(c *Config) string { return quotaText(c.Relay) },
	}, mailboxDir, mailboxTTL, mailboxMax, mailboxPerUser, {
		Name: "limit-loopback", Env: "LIMIT_LOOPBACK", Default: "false", Use: ForBootnode,
		Help:    "applies the limits per address to this machine too",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.LimitLoopback }),
		text:    func(c *Config) string { return strconv.FormatBool(c.LimitLoopback) },
	}, {
		Name: "metrics-listen", Env: "METRICS_LISTEN", Arg: "HOST:PORT", Use: ForBootnode,
		Help:    "address to show counts and health on over HTTP: /metrics, /healthz and /readyz; without one, nowhere",
		Allowed: "IP:PORT or [IPv6]:PORT of this machine",
		set:     setMetricsListen,
		text:    func(c *Config) string { return c.Monitor.Listen },
	}, {
		Name: "pprof", Env: "PPROF", Default: "false", Use: ForBootnode,
		Help:    "shows Go's profiles there, too, at /debug/pprof/; only if that address is of loopback",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Monitor.Profile }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Monitor.Profile) },
	}, {
		Name: "hook", Env: "HOOK", Arg: "COMMAND", List: true, Runs: true, Use: ForBootnode,
		Help:    "command to run when something happens, with the event as JSON on its input; repeat it for several; no shell reads it, quotes keep spaces",
		Allowed: "a program and its arguments, at most 4 times",
		set:     addCommand(func(c *Config) *[][]string { return &c.Monitor.Hooks }),
	}, {
		Name: "webhook", Env: "WEBHOOK", Arg: "URL", List: true, Secret: true, Use: ForBootnode,
		Help:    "URL to post events to, as JSON; repeat it for several",
		Allowed: "http://HOST/PATH or https://HOST/PATH, at most 4 times",
		set:     addWebhook,
	}, {
		Name: "bootnode-port", Env: "BOOTNODE_UDP_PORT", Default: "9595", Arg: "PORT",
		Help:    "fills in where --bootnode or --listen names no port",
		Allowed: "1 to 65535",
		set:     integer(func(c *Config) *int { return &c.BootnodePort }, 1, 65535),
	}, {
		Name: "heartbeat-interval", Env: "HEARTBEAT_INTERVAL", Default: "10", Arg: "TIME",
		Help:    "time between heartbeats; a bootnode's counts for its members",
		Allowed: durations + "; 100ms to 1h",
		set:     duration(func(c *Config) *time.Duration { return &c.HeartbeatInterval }, minInterval, maxInterval),
		text:    func(c *Config) string { return c.HeartbeatInterval.String() },
	}, {
		Name: "peer-timeout", Env: "PEER_TIMEOUT", Default: "15", Arg: "TIME",
		Help:    "silence after which a member counts as gone; longer than the heartbeat interval",
		Allowed: durations + "; 100ms to 1h",
		set:     duration(func(c *Config) *time.Duration { return &c.PeerTimeout }, minInterval, maxInterval),
		text:    func(c *Config) string { return c.PeerTimeout.String() },
	}, {
		Name: "data-dir", Env: "DATA_DIR", Arg: "DIR",
		Help:    "where key, pins and history live; without one, a profile of its own under the user's data directory",
		Allowed: "a directory",
		set:     path(func(c *Config) *string { return &c.DataDir }),
	}, {
		Name: "log-level", Env: "LOG_LEVEL", Default: "warn", BootnodeDefault: "info", Arg: "debug|info|warn|error",
		Help:    "what is logged; never message text, room names or secrets",
		Allowed: "debug, info, warn, error",
		set: func(c *Config, text string) (err error) {
			c.LogLevel, err = parseLevel(text)
			return err
		},
		text: func(c *Config) string { return strings.ToLower(c.LogLevel.String()) },
	}, {
		Name: "log-format", Env: "LOG_FORMAT", Default: "text", Arg: "text|json",
		Help:    "how a line of the log looks",
		Allowed: "text, json",
		set:     choice(func(c *Config) *LogFormat { return &c.LogFormat }, LogText, LogJSON),
	}, {
		Name: "log-file", Env: "LOG_FILE", Arg: "FILE",
		Help:    "where the log goes; without one, to standard error",
		Allowed: "a file that can be written",
		set:     path(func(c *Config) *string { return &c.LogFile }),
	}, {
		Name: "since", Arg: "TIME", Use: ForCommands, Of: []Command{Tail, Search, Export},
		Help:    "only what is younger: a date (2026-01-31), a date and time (2026-01-31T15:04), or how long ago (90m, 12h, 7d, 1w)",
		Allowed: sinceAllowed,
		set: func(c *Config, text string) (err error) {
			c.Since, err = parseSince(text, time.Now())
			return err
		},
	}, {
		Name: "limit", Arg: "N", Use: ForCommands, Of: []Command{Tail, Search},
		Help:    "at most so many messages, the newest (default 50 on a terminal without --since, else all)",
		HelpOf:  map[Command]string{Search: "at most so many messages, the newest (default 50)"},
		Allowed: "1 to 1000000000",
		set:     integer(func(c *Config) *int { return &c.Limit }, 1, 1_000_000_000),
	}, {
		Name: "follow", Default: "false", Use: ForCommands, Of: []Command{Tail},
		Help:    "goes on printing what a running gochat receives",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Follow }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Follow) },
	}, {
		Name: "to", Arg: "KEY|NICK", List: true, Use: ForCommands, Of: []Command{Send, Operate},
		Help:       "sends to whoever has this key, or whom you have verified under this nick, instead of to a room; without --room, in the rooms remembered; repeat it for several",
		OperateArg: "HOST:PORT[/KEY]",
		HelpOf:     map[Command]string{Operate: "of drain: where its members are sent, another bootnode and its key; repeat it for several"},
		Allowed:    "the 52 letters and digits of a key, as /whois shows it, or a nick; of bootnode drain: HOST:PORT or HOST:PORT/KEY",
		set: func(c *Config, text string) error {
			c.To = append(c.To, text)
			return nil
		},
	}, {
		Name: "timeout", Default: "30s", Arg: "TIME", Use: ForCommands, Of: []Command{Send, Stop, On},
		Help: "how long to wait for delivery; it counts from when the message is written: the key of a room that is new here takes a second or two before, and the goodbye up to a second after",
		HelpOf: map[Command]string{
			Stop: "how long to wait for the end",
			On:   "how long a command may run (default 10s); then it is ended",
		},
		Allowed: durations + "; up to 24h",
		set:     duration(func(c *Config) *time.Duration { return &c.Timeout }, 0, maxDrain),
		text:    func(c *Config) string { return c.Timeout.String() },
	}, {
		Name: "new-passphrase-file", Arg: "FILE", Use: ForCommands, Of: []Command{Lock},
		Help:    "reads the passphrase that a locked profile gets instead of its present one",
		Allowed: "a readable file",
		set:     path(func(c *Config) *string { return &c.NewPassphraseFile }),
	}, {
		Name: "key-passphrase-file", Arg: "FILE", Use: ForCommands, Of: []Command{Key},
		Help:    "reads the passphrase of the exported key; without one, --passphrase-file counts for it if the profile is not locked itself",
		Allowed: "a readable file",
		set:     path(func(c *Config) *string { return &c.KeyPassphraseFile }),
	}, {
		Name: "force", Default: "false", Use: ForCommands, Of: []Command{Key, Export, Invite},
		Help:    "overwrites the file that is there",
		HelpOf:  map[Command]string{Key: "of import: replaces the key that is there, and keeps that beside; of export: overwrites the file"},
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.Force }),
		text:    func(c *Config) string { return strconv.FormatBool(c.Force) },
	},
}

// takenBy reports whether a command has the option.
func (o Option) takenBy(cmd Command) bool {
	return o.Use != ForCommands || slices.Contains(o.Of, cmd)
}

// isBool reports whether the flag may stand without a value.
func (o Option) isBool() bool { return o.Arg == "" }

func (o Option) defaultFor(m Mode) string {
	if m == Bootnode && o.BootnodeDefault != "" {
		return o.BootnodeDefault
	}
	return o.Default
}

// show is the value for people to read.
func (o Option) show(c *Config, text string) string {
	if o.text != nil {
		text = o.text(c)
	}
	return o.mask(text)
}

func (o Option) mask(text string) string {
	if o.Secret && text != "" {
		return "(set, not shown)"
	}
	return text
}

func (o Option) fail(text string, src Source, err error) error {
	return &Error{Option: "--" + o.Name, Source: src, Value: o.mask(text),
		Problem: err.Error(), Allowed: o.Allowed}
}
