// Package admin is how an operator talks to a running bootnode: over a Unix
// socket that only its owner can open, one JSON request a line, one JSON
// response a line. docs/ADMIN.md describes both for programs.
//
// Here are the words and the socket. What a command does is the bootnode's
// business and wired up in internal/cli; nothing here imports it.
package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Version of requests and responses. Fields of results may be added under one.
const Version = 1

// Bounds of what is read.
const (
	MaxRequest  = 16 << 10 // bytes of a line
	MaxResponse = 16 << 20
	maxField    = 4 << 10 // bytes of a string in a request
	MaxFor      = 10 * 365 * 24 * time.Hour
)

// The commands.
const (
	Status = "status"
	Peers  = "peers"
	Rooms  = "rooms"
	Kick   = "kick"
	Ban    = "ban"
	Unban  = "unban"
	Bans   = "bans"
	Notice = "notice"
	MOTD   = "motd"
	Drain  = "drain"
	Reload = "reload"
)

// Request asks for one command.
type Request struct {
	V      int      `json:"v"`
	Cmd    string   `json:"cmd"`
	Target string   `json:"target,omitempty"` // of kick, ban, unban
	For    int64    `json:"for_s,omitempty"`  // of kick and ban: seconds; 0: for good, of kick a minute
	Reason string   `json:"reason,omitempty"` // of kick, ban
	Text   *string  `json:"text,omitempty"`   // of notice; of motd: "" takes it away, without it is shown
	Room   string   `json:"room,omitempty"`   // of notice and rooms: the beginning of its tag
	To     []string `json:"to,omitempty"`     // of drain: HOST:PORT or HOST:PORT/KEY
	In     int64    `json:"in_s,omitempty"`   // of drain: seconds until the stop at the latest; 0: 15
	Cancel bool     `json:"cancel,omitempty"` // of drain
}

// ErrRequest says that a line is no request.
var ErrRequest = errors.New("not a request")

// ParseRequest reads a line. Fields that are not known are refused: a ban
// without the end it was given would be another ban.
func ParseRequest(line []byte) (r Request, err error) {
	if len(line) > MaxRequest {
		return r, fmt.Errorf("%w: over %d bytes", ErrRequest, MaxRequest)
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Request{}, fmt.Errorf("%w: something stands behind it", ErrRequest)
	}
	if r.V != Version {
		return Request{}, fmt.Errorf("%w: version %d, this bootnode speaks %d", ErrRequest, r.V, Version)
	}
	fields := append([]string{r.Cmd, r.Target, r.Reason, r.Room}, r.To...)
	if r.Text != nil {
		fields = append(fields, *r.Text)
	}
	for _, s := range fields {
		if len(s) > maxField || !utf8.ValidString(s) {
			return Request{}, fmt.Errorf("%w: a field is over %d bytes", ErrRequest, maxField)
		}
	}
	most := int64(MaxFor / time.Second)
	if len(r.To) > 16 || r.For < 0 || r.For > most || r.In < 0 || r.In > most {
		return Request{}, fmt.Errorf("%w: out of range", ErrRequest)
	}
	return r, nil
}

// The codes of an Error.
const (
	CodeRequest = "bad-request" // the request cannot be understood
	CodeFailed  = "failed"      // it cannot be done
	CodeBusy    = "busy"        // too many others ask
	CodeUsage   = "usage"       // an argument is wrong
	CodeNobody  = "nobody"      // no bootnode runs there; the command itself says so
)

// Error is why a command was not done.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Usage is an Error about an argument.
func Usage(format string, args ...any) error {
	return &Error{CodeUsage, fmt.Sprintf(format, args...)}
}

// Response answers a request.
type Response struct {
	V      int             `json:"v"`
	OK     bool            `json:"ok"`
	Error  *Error          `json:"error,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// respond makes a line of what came of a request.
func respond(result any, err error) []byte {
	r := Response{V: Version, OK: err == nil}
	if err == nil {
		r.Result, err = json.Marshal(result)
		r.OK = err == nil
	}
	if err != nil {
		r.Error = &Error{CodeFailed, err.Error()}
		if e := (*Error)(nil); errors.As(err, &e) {
			r.Error = e
		}
		if errors.Is(err, ErrRequest) {
			r.Error = &Error{CodeRequest, err.Error()}
		}
		r.Error.Message = strings.ToValidUTF8(r.Error.Message, "\uFFFD")
	}
	b, err := json.Marshal(r)
	if err != nil || len(b) >= MaxResponse {
		b = []byte(`{"v":1,"ok":false,"error":{"code":"failed","message":"the answer is too long"}}`)
	}
	return append(b, '\n')
}
