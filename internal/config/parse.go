package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gochat/internal/text"
)

const (
	maxRoom       = 64      // bytes of a room's name
	maxRooms      = 64      // to join at the start
	maxSecret     = 1024    // bytes
	maxPath       = 4096    // bytes
	maxHost       = 253     // bytes, RFC 1035
	maxAddresses  = 64      // in one list
	maxDotenv     = 1 << 20 // bytes of a .env file
	maxSecretFile = maxSecret + 2
)

// RoomsAllowed says what a room's name may be.
const RoomsAllowed = "1 to 64 bytes of text without control or invisible characters, not beginning with @"

const secretsAllowed = "1 to 1024 bytes"

// Each parser below makes an option's set function for the field it is given.

func choice[T ~string](field func(*Config) *T, allowed ...T) func(*Config, string) error {
	return func(c *Config, text string) error {
		v := T(strings.ToLower(text))
		if !slices.Contains(allowed, v) {
			words := make([]string, len(allowed))
			for i, a := range allowed {
				words[i] = string(a)
			}
			if near := nearest(string(v), words); near != "" {
				return fmt.Errorf("unknown; did you mean %s?", near)
			}
			return errors.New("unknown")
		}
		*field(c) = v
		return nil
	}
}

func integer(field func(*Config) *int, low, high int) func(*Config, string) error {
	return func(c *Config, text string) error {
		n, err := strconv.Atoi(text)
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return errors.New("not a whole number")
		case err != nil || n < low || n > high:
			return errors.New("out of range")
		}
		*field(c) = n
		return nil
	}
}

// duration reads plain seconds, as HEARTBEAT_INTERVAL has always been written,
// or a duration with its unit.
func duration(field func(*Config) *time.Duration, low, high time.Duration) func(*Config, string) error {
	return func(c *Config, text string) error {
		d, err := time.ParseDuration(text)
		if _, plain := strconv.ParseUint(text, 10, 64); plain == nil {
			d, err = time.ParseDuration(text + "s")
		}
		switch {
		case err != nil:
			return errors.New("not a duration")
		case d < low || d > high:
			return errors.New("out of range")
		}
		*field(c) = d
		return nil
	}
}

// addRoom takes one room, unless it is there already.
func addRoom(c *Config, name string) error {
	if slices.Contains(c.roomNames(), name) {
		return nil
	}
	if len(c.Rooms) == maxRooms {
		return fmt.Errorf("more than %d rooms", maxRooms)
	}
	c.Rooms = append(c.Rooms, Room{Name: name})
	if rest, at := strings.CutPrefix(name, "@"); at && slices.Contains([]Command{Tail, Search, Export, Import}, c.command) {
		return CheckRoom(rest) // a conversation can be read and carried like a room
	}
	return CheckRoom(name)
}

// CheckRoom refuses what cannot be told apart on a screen. A room's name is a
// key, so it is never mended silently: two people would then mean two rooms.
func CheckRoom(s string) error {
	switch {
	case s == "":
		return errors.New("empty")
	case !utf8.ValidString(s):
		return errors.New("not valid UTF-8")
	case len(s) > maxRoom:
		return fmt.Errorf("%d bytes long", len(s))
	case strings.ContainsFunc(s, invisible):
		return errors.New("contains a control or invisible character")
	case text.BeginsWithAt(s):
		return errors.New("reserved for a conversation: it begins with @; /msg opens one")
	}
	return nil
}

// invisible reports control characters, format characters (zero width,
// direction), private use, and line and paragraph separators.
func invisible(r rune) bool {
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}

// CheckSecret refuses a secret that is too long.
func CheckSecret(s string) error {
	if len(s) > maxSecret {
		return errors.New("too long")
	}
	return nil
}

func path(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, text string) error {
		*field(c) = text
		return checkPath(text)
	}
}

func checkPath(text string) error {
	switch {
	case len(text) > maxPath:
		return errors.New("too long")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("contains a control character")
	case strings.HasPrefix(text, "~"):
		return errors.New("~ is not expanded here: write the whole path, or ./~ for that very name")
	}
	return nil
}

func boolean(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, text string) (err error) {
		*field(c), err = parseBool(text)
		return err
	}
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return true, nil
	case "false", "0", "no", "off":
		return false, nil
	}
	return false, errors.New("neither true nor false")
}

func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, errors.New("no log level")
}

// addresses reads a comma list; a port that is missing stays empty ("host:")
// until fillPorts.
func addresses(field func(*Config) *[]string, parse func(string) (string, error)) func(*Config, string) error {
	return func(c *Config, text string) error {
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			addr, err := parse(part)
			if err != nil {
				return fmt.Errorf("%s: %w", quote(part), err)
			}
			*field(c) = append(*field(c), addr)
		}
		switch n := len(*field(c)); {
		case n == 0:
			return errors.New("no address in it")
		case n > maxAddresses:
			return fmt.Errorf("more than %d addresses", maxAddresses)
		}
		return nil
	}
}

// parseBootnode reads the address of a bootnode: a host and a port, or a URL.
func parseBootnode(s string) (string, error) {
	if IsURL(s) {
		return parseURL(s)
	}
	return parseTarget(s)
}

// IsBootnode reports whether a text is the address of a bootnode with its port,
// or the URL of one.
func IsBootnode(s string) bool {
	addr, err := parseBootnode(s)
	return err == nil && (IsURL(s) || !strings.HasSuffix(addr, ":"))
}

// parseTarget reads an address to send to by UDP: a host and a port.
func parseTarget(s string) (string, error) {
	host, port, err := splitHostPort(s, 1)
	if err == nil && !isIP(host) && !isHostname(host) {
		err = errors.New("not a host name or IP address")
	}
	return net.JoinHostPort(host, port), err
}

// parseListen reads an address of this machine, or all ("") of them; port 0 is
// any free one.
func parseListen(s string) (string, error) {
	host, port, err := splitHostPort(s, 0)
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if err == nil && host != "" && !isIP(host) {
		err = errors.New("not an IP address of this machine")
	}
	return net.JoinHostPort(host, port), err
}

// splitHostPort takes the brackets off; the port, if there is one, is low or more.
func splitHostPort(s string, low int) (host, port string, err error) {
	host = s
	switch bare := strings.Trim(s, "[]"); {
	case isIP(s) || (isIP(bare) && s == "["+bare+"]"):
		host = bare
	case strings.Contains(s, ":"):
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", "", errors.New("not HOST:PORT; an IPv6 address with a port stands in brackets")
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || int(n) < low {
			return "", "", fmt.Errorf("port not in %d to 65535", low)
		}
	}
	return host, port, nil
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isHostname holds for RFC 1123 names, with the underscore that Docker and
// DNS-SD names have. All digits is a forgotten host, not a name.
func isHostname(s string) bool {
	if len(s) > maxHost || strings.Trim(s, "0123456789.") == "" {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_') {
				return false
			}
		}
	}
	return true
}

// fillPorts adds the port where none was given and drops repetitions.
func fillPorts(addrs []string, port int) []string {
	var out []string
	for _, a := range addrs {
		if strings.HasSuffix(a, ":") {
			a += strconv.Itoa(port)
		}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func joinPort(host string, port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// splitAddr takes apart what parseTarget or parseListen and fillPorts have made.
func splitAddr(addr string) (host, port string) {
	host, port, _ = net.SplitHostPort(addr)
	return host, port
}
