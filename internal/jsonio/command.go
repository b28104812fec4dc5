package jsonio

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gochat/internal/front"
	"gochat/internal/text"
)

// Limits of a command.
const (
	// MaxLine is the longest input line in bytes: a message of the largest
	// size with every character written as an escape of six, such as \u0041.
	MaxLine = 1 << 20
	// MaxHistory is the most messages one history reply holds.
	MaxHistory = 10_000

	defaultHistory = 50
	maxOrder       = 128 // digits of a place in the order
	maxID          = 256 // bytes of a command's id
)

// The error codes of replies and error events.
const (
	codeBadJSON     = "bad_json"        // the line is no JSON object
	codeBadCommand  = "bad_command"     // a field has the wrong type or value
	codeUnknown     = "unknown_command" // cmd is none of ours
	codeLineTooLong = "line_too_long"   // over MaxLine
	codeEmpty       = "empty"           // send or edit without text
	codeTooLong     = "too_long"        // a message over the limit
	codeNotSent     = "not_sent"        // the message was refused, by the store for one
	codeBadNick     = "bad_nick"        // the nick is not allowed
	codeUnknownRoom = "unknown_room"    // the command names a room we are not in
	codeNoRoom      = "no_room"         // the command needs a room, and we are in none
	codeNotJoined   = "not_joined"      // the room was not joined
	codeInput       = "input"           // standard input cannot be read
	codeNotFound    = "not_found"       // the message is not here
	codeNotOwn      = "not_own"         // the message is somebody else's
	codeDeleted     = "deleted"         // the message is deleted, or its time is over
	codeBadEmoji    = "bad_emoji"       // emoji is not one emoji
	codeNotKept     = "not_kept"        // of verified, unverify, ignore, unignore, mute and unmute: message says why
	codeNoInvite    = "no_invite"       // the room is one that nobody is invited to
)

// command is one input object. Unknown fields are ignored.
type command struct {
	ID    json.RawMessage `json:"id"`
	Cmd   string          `json:"cmd"`
	Text  string          `json:"text"`
	Kind  string          `json:"kind"`
	Limit *int            `json:"limit"`
	Nick  string          `json:"nick"`

	To json.RawMessage `json:"to"` // msg, verify, verified, unverify, ignore, unignore

	Verified bool `json:"verified"` // msg

	All bool `json:"all"` // mute

	Room   string `json:"room"`
	Secret string `json:"secret"`
	Invite string `json:"invite"`

	MessageID string   `json:"message_id"`
	ReplyTo   string   `json:"reply_to"`
	TTL       *float64 `json:"ttl"`
	Emoji     string   `json:"emoji"`
	Retract   bool     `json:"retract"`
	Before    string   `json:"before"`
	After     string   `json:"after"`

	File string `json:"file"`
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
	case "send", "edit", "delete", "react", "peers", "invite", "history", "search", "holes", "delivery", "same", "typing", "part", "mute", "unmute":
		return inRoom(sess, c), false
	case "exposed":
		found := exposed(sess.Exposed())
		return reply{OK: true, Exposed: &found}, false
	case "doctor":
		found := doctor(sess.Diagnose())
		return reply{OK: true, Doctor: &found}, false
	case "verify", "verified", "unverify":
		return trust(sess, c), false
	case "ignore", "unignore":
		return ignore(sess, c), false
	case "ignored":
		return reply{OK: true, Ignored: ignoredList(sess)}, false
	case "requests":
		return requests(sess, c), false
	case "away", "back":
		return away(sess, c), false
	case "nick":
		if _, err := sess.SetNick(c.Nick); err != nil {
			return refused(codeBadNick, err.Error()), false
		}
		return reply{OK: true, Nick: sess.Nick()}, false
	case "whoami":
		return whoami(sess, c), false
	case "rooms":
		list := roomList(sess)
		return reply{OK: true, Rooms: &list}, false
	case "join":
		return join(sess, c), false
	case "msg":
		return msg(sess, c), false
	case "import":
		return importFile(sess, c), false
	case "quit":
		return reply{OK: true}, true
	case "stop": // after the reply
		return reply{OK: true}, true
	}
	return refused(codeUnknown, "cmd is none of send, edit, delete, react, peers, history, search, holes, delivery, same, typing, nick, whoami, rooms, join, invite, part, msg, verify, verified, unverify, ignore, unignore, ignored, requests, mute, unmute, away, back, doctor, exposed, import, quit, stop"), false
}

// inRoom does a command that is for one room.
func inRoom(sess front.Session, c command) reply {
	r, bad := addressed(sess, c.Room)
	if bad != nil {
		return reply{Error: bad}
	}
	switch c.Cmd {
	case "send":
		return send(r, c)
	case "edit", "delete", "react":
		return change(r, c)
	case "history", "search":
		return history(r, c)
	case "holes":
		list := holes(r.Holes())
		return reply{OK: true, Holes: &list}
	case "delivery":
		return delivery(r, c)
	case "same":
		t := r.Compare()
		return reply{OK: true, Records: &t.Records, Digest: t.Digest, Asked: &t.Asked}
	case "typing":
		r.Typing()
		return reply{OK: true}
	case "peers":
		list := []memberFields{}
		for _, m := range r.Members() {
			list = append(list, member(m))
		}
		return reply{OK: true, Peers: &list}
	case "invite":
		return invite(sess, r)
	case "mute", "unmute":
		return mute(r, c)
	default:
		r.Part()
		return reply{OK: true}
	}
}

// addressed is the room a command is for: the one it names, or the first.
func addressed(sess front.Session, name string) (front.Room, *fault) {
	rooms := sess.Rooms()
	if len(rooms) == 0 {
		return nil, &fault{codeNoRoom, "you are in no room; join one first"}
	}
	if name == "" {
		return rooms[0], nil
	}
	if r := front.Find(sess, name); r != nil {
		return r, nil
	}
	return nil, &fault{codeUnknownRoom, fmt.Sprintf("you are not in a room called %q; rooms lists yours", text.Clip(name, 80))}
}

// whoami tells of the session and of the room addressed, if there is any.
func whoami(sess front.Session, c command) reply {
	list := roomList(sess)
	out := reply{OK: true, Nick: sess.Nick(), Key: sess.Key().String(), Rooms: &list}
	out.setAway(sess)
	if len(list) == 0 && c.Room == "" {
		return out
	}
	r, bad := addressed(sess, c.Room)
	if bad != nil {
		return reply{Error: bad}
	}
	out.setRoom(r)
	return out
}

func join(sess front.Session, c command) reply {
	r, err := sess.Join(front.Entry{Name: c.Room, Secret: c.Secret, Invite: c.Invite})
	if err != nil {
		return refused(codeNotJoined, err.Error())
	}
	out := reply{OK: true}
	out.setRoom(r)
	return out
}

// invite answers with what a friend needs to join the room.
func invite(sess front.Session, r front.Room) reply {
	v, err := sess.Invite(r)
	if err != nil {
		return refused(codeNoInvite, err.Error())
	}
	private := v.Private
	return reply{OK: true, Room: v.Room, Private: &private, Invite: v.Line, Reach: v.Reach.String(), Unpinned: v.Unpinned, Tokenless: v.Tokenless}
}

func (r *reply) setRoom(in front.Room) {
	private := in.Private()
	r.Room, r.Private, r.RoomWord = in.Name(), &private, in.Word()
	r.Members = keyTexts(in.Between())
	r.Direct = r.Members != nil
}

// stop ends the session for everybody, where others take part in it, too.
func stop(sess front.Session) {
	if shared, ok := sess.(front.Shared); ok {
		shared.StopAll()
	}
}

func refused(code, message string) reply { return reply{Error: &fault{code, message}} }
