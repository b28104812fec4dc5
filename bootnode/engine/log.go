package engine

import (
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// natsLog is NATS' log. Its errors are warnings here: a link that failed is
// dialled again. It implements server.Logger.
type natsLog struct {
	log      *slog.Logger
	loop     func(connection uint64)
	stranger func()          // a connection of others was none of a node's
	dialled  map[string]bool // ports of other nodes
	self     string          // this node's key

	mu     sync.Mutex
	fatal  string          // the first
	burst  int             // lines that may still be written in this period
	said   map[string]bool // in the present span, without numbers: a node that is away is dialled each second
	span   time.Time
	period time.Time
	cut    int       // lines that were not
	denyAt time.Time // the hub did not let this node in
}

const (
	logPeriod = 10 * time.Second
	logBurst  = 20
	logSpan   = 10 * time.Minute // in which the same line is written once
	maxSaid   = 256
	maxLine   = 400 // bytes
)

// attempts counts up in each line about a node that is away.
var attempts = regexp.MustCompile(`\(attempt \d+\)`)

// connected is whose connection a line is about: its number is another at each
// try, and so is the port of who dialled.
var connected = regexp.MustCompile(`^(\S+):(\d+) - [a-z_]+:\d+ - `)

// ends are the two ends of a connection, as the system names them in an error.
var ends = regexp.MustCompile(`tcp \S+->\S+`)

// loopMark is in the line that NATS writes when it finds a ring of leafnode
// links; it has no other way to tell (leafnode.go, handleLeafNodeLoop).
const loopMark = "Loop detected for leafnode"

func (l *natsLog) Noticef(format string, v ...any) { l.log.Debug("nats: " + line(format, v)) }
func (l *natsLog) Warnf(format string, v ...any)   { l.log.Debug("nats: " + line(format, v)) }
func (l *natsLog) Debugf(format string, v ...any)  {}
func (l *natsLog) Tracef(format string, v ...any)  {}

func (l *natsLog) Fatalf(format string, v ...any) {
	text := line(format, v)
	l.mu.Lock()
	if l.fatal == "" {
		l.fatal = text
	}
	l.mu.Unlock()
	l.log.Error("nats: " + text)
}

func (l *natsLog) Errorf(format string, v ...any) {
	text := line(format, v)
	if strings.Contains(text, loopMark) {
		l.loop(connectionOf(text))
		return
	}
	if l.isStranger(text) {
		l.stranger()
	}
	if strings.HasPrefix(text, "websocket: ") {
		l.log.Debug("nats: " + text) // strangers at the door
		return
	}
	if isDenial(text) {
		l.mu.Lock()
		l.denyAt = time.Now()
		l.mu.Unlock()
	}
	said := "nats: " + text
	if plain := l.plain(text); plain != "" {
		l.log.Debug(said)
		text, said = plain, plain
	}
	now := time.Now()
	l.mu.Lock()
	if l.repeated(now, text) {
		l.mu.Unlock()
		l.log.Debug(said)
		return
	}
	if now.Sub(l.period) >= logPeriod {
		l.period, l.burst = now, logBurst
	}
	l.burst--
	write, cut := l.burst >= 0, l.cut
	if l.cut = 0; !write {
		l.cut = cut + 1
	}
	l.mu.Unlock()
	if !write {
		return
	}
	if cut > 0 {
		l.log.Warn("nats: lines were left out", "lines", cut)
	}
	l.log.Warn(said)
}

// plain says what an operator has to do about a line that NATS writes at each
// try, with another port in it; "" of other lines.
func (l *natsLog) plain(text string) string {
	switch {
	case strings.Contains(text, ErrPinned.Error()):
		return "the hub shows another certificate than the pinned one: compare --uplink-pin with the pin that the hub's log shows at its start; it is dialled on"
	case isDenial(text):
		return "the hub does not list this node: send its operator the node key " + l.self + " for the list of --fed-allow, or ask why it is kept out; it is dialled on"
	case strings.Contains(text, errStranger.Error()), strings.Contains(text, " - rid:") && strings.Contains(text, "remote error: tls: bad certificate"):
		return "a node that dials this one, or is dialled by it, has another --cluster-secret-file: gochat bootnode peers names it if it is of --cluster-peers; they try on"
	case strings.Contains(text, "handshake error: ") && (strings.HasSuffix(text, "EOF") || strings.HasSuffix(text, "connection reset by peer") ||
		strings.HasSuffix(text, "does not look like a TLS handshake") || strings.Contains(text, "client didn't provide a certificate") ||
		strings.Contains(text, "oversized record received")):
		return "connections at the port for other bootnodes that are none of theirs are closed: port scanners, as a rule"
	}
	return ""
}

// denyMemory is how long a refusal by the hub counts: it is dialled each second or two.
const denyMemory = 15 * time.Second

// denied reports whether the hub has refused this node lately.
func (l *natsLog) denied(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.denyAt.IsZero() && now.Sub(l.denyAt) < denyMemory
}

func isDenial(text string) bool {
	return strings.Contains(text, "Leafnode Error") && strings.Contains(text, "Authorization Violation")
}

// isStranger reports whether a line is about a connection that came to a port
// for other nodes and was none of theirs. Lines about a handshake do not tell who
// dialled, but to which port it went at the other end.
func (l *natsLog) isStranger(text string) bool {
	if strings.HasPrefix(text, "websocket: ") || strings.Contains(text, " - websocket handshake error: ") {
		return true
	}
	other, _, route := strings.Cut(text, " - rid:")
	_, port, err := net.SplitHostPort(other)
	return route && err == nil && !l.dialled[port] && strings.Contains(text, "handshake error: ")
}

// repeated reports whether a line was written not long ago, whatever attempt it
// counts and whichever connection it was. Called under mu.
func (l *natsLog) repeated(now time.Time, text string) bool {
	if now.Sub(l.span) >= logSpan || len(l.said) >= maxSaid {
		l.span, l.said = now, map[string]bool{}
	}
	key := l.unnumbered(text)
	if l.said[key] {
		return true
	}
	l.said[key] = true
	return false
}

// unnumbered is a line without what is another at each try.
func (l *natsLog) unnumbered(text string) string {
	text = ends.ReplaceAllString(attempts.ReplaceAllString(text, ""), "tcp")
	m := connected.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	other := m[1]
	if l.dialled[m[2]] { // which of several nodes there it is
		other += ":" + m[2]
	}
	return other + " - " + text[len(m[0]):]
}

// firstFatal is why NATS cannot go on, if it cannot.
func (l *natsLog) firstFatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

// line formats a line and cuts it off: part of it may be another node's words.
func line(format string, v []any) string {
	s := strings.TrimSpace(fmt.Sprintf(format, v...))
	if len(s) > maxLine {
		s = s[:maxLine] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// connectionOf finds the number in "127.0.0.1:4222 - lid:7 - …" or "lid_ws:7"; 0 if there is none.
func connectionOf(text string) uint64 {
	for _, mark := range []string{" - lid:", " - lid_ws:"} {
		if _, after, ok := strings.Cut(text, mark); ok {
			digits, _, _ := strings.Cut(after, " ")
			n, _ := strconv.ParseUint(digits, 10, 64)
			return n
		}
	}
	return 0
}
