package jsonio

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gochat/internal/front"
	"gochat/peer"
)

// Limits of a command.
const (
	// MaxLine is the longest input line in bytes: a message of the largest
	// size with every character escaped as \uXXXX.
	MaxLine = 1 << 20
	// MaxHistory is the most messages one history reply holds.
	MaxHistory = 10_000

	defaultHistory = 50
	maxID          = 256 // bytes of a command's id
)

// The error codes of replies and error events.
const (
	codeBadJSON     = "bad_json"        // the line is no JSON object
	codeBadCommand  = "bad_command"     // a field has the wrong type or value
	codeUnknown     = "unknown_command" // cmd is none of ours
	codeLineTooLong = "line_too_long"   // over MaxLine
	codeEmpty       = "empty"           // send without text
	codeTooLong     = "too_long"        // a message over the limit
	codeNotSent     = "not_sent"        // the message was refused, by the store for one
	codeBadNick     = "bad_nick"        // the nick is not allowed
	codeInput       = "input"           // standard input cannot be read
)

// command is one input object. Unknown fields are ignored.
type command struct {
	ID    json.RawMessage `json:"id"`
	Cmd   string          `json:"cmd"`
	Text  string          `json:"text"`
	Kind  string          `json:"kind"`
	Limit *int            `json:"limit"`
	Nick  string          `json:"nick"`
}

// parseCommand reads one line. With an error, the command holds at most an id
// to answer to.
func parseCommand(line string) (command, *fault) {
	var c command
	err := json.Unmarshal([]byte(line), &c)
	var wrongType *json.UnmarshalTypeError
	if strings.TrimSpace(line) == "null" || err != nil && (!errors.As(err, &wrongType) || wrongType.Field == "") {
		return command{}, &fault{codeBadJSON, "not a JSON object: one object a line is expected, such as {\"cmd\":\"peers\"}"}
	}
	id, ok := cleanID(c.ID)
	if !ok {
		return command{}, &fault{codeBadCommand, fmt.Sprintf("id must be a string or a number of at most %d bytes", maxID)}
	}
	c.ID = id
	if err != nil {
		return command{ID: id}, &fault{codeBadCommand, fmt.Sprintf("%s has the wrong type or value: %s", wrongType.Field, wrongType.Value)}
	}
	return c, nil
}

// cleanID is an id ready to be sent back, nil if there is none. Strings are
// encoded anew, since invalid UTF-8 passes a RawMessage.
func cleanID(raw json.RawMessage) (id json.RawMessage, ok bool) {
	var v any
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	if json.Unmarshal(raw, &v) != nil {
		return nil, false
	}
	switch v := v.(type) {
	case float64:
		return raw, len(raw) <= maxID // as it was written: 1e3 is not 1000 to every reader
	case string:
		id, err := encode(v)
		return id, err == nil && len(v) <= maxID
	}
	return nil, false
}

// perform does a command. The caller adds the head and the id.
func perform(sess front.Session, c command) (r reply, quit bool) {
	switch c.Cmd {
	case "send":
		return send(sess, c), false
	case "peers":
		list := []memberFields{}
		for _, m := range sess.Members() {
			list = append(list, member(m))
		}
		return reply{OK: true, Peers: &list}, false
	case "history":
		return history(sess, c), false
	case "nick":
		if err := sess.SetNick(c.Nick); err != nil {
			return refused(codeBadNick, err.Error()), false
		}
		return reply{OK: true, Nick: sess.Nick()}, false
	case "whoami":
		private := sess.Private()
		return reply{
			OK: true, Nick: sess.Nick(), Key: sess.Key().String(),
			Room: sess.Room(), Private: &private, RoomWord: sess.RoomWord(),
		}, false
	case "quit":
		return reply{OK: true}, true
	}
	return refused(codeUnknown, "cmd is none of send, peers, history, nick, whoami, quit"), false
}

func refused(code, message string) reply { return reply{Error: &fault{code, message}} }

func send(sess front.Session, c command) reply {
	kind := peer.Text
	switch c.Kind {
	case "", "text":
	case "action":
		kind = peer.Action
	default:
		return refused(codeBadCommand, "kind must be text or action")
	}
	id, err := sess.Send(kind, c.Text)
	switch {
	case err == nil:
		return reply{OK: true, MessageID: id}
	case errors.Is(err, peer.ErrEmpty):
		return refused(codeEmpty, err.Error())
	case errors.Is(err, peer.ErrTooLong):
		return refused(codeTooLong, err.Error())
	}
	return refused(codeNotSent, err.Error())
}

func history(sess front.Session, c command) reply {
	limit := defaultHistory
	if c.Limit != nil {
		limit = *c.Limit
	}
	if limit < 1 || limit > MaxHistory {
		return refused(codeBadCommand, fmt.Sprintf("limit must be 1 to %d", MaxHistory))
	}
	list := []messageFields{}
	for _, m := range sess.History(limit) {
		list = append(list, message(m))
	}
	return reply{OK: true, Messages: &list}
}
