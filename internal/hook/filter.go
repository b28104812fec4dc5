package hook

import (
	"encoding/json"
	"regexp"
	"slices"

	"gochat/internal/text"
)

// Filter chooses the messages that a command is run for. One that names nobody
// chooses nothing.
type Filter struct {
	Anyone      bool     // whoever wrote it, strangers too
	AllVerified bool     // whoever was verified
	Verified    []string // nicks: of members whose keys were verified
	Keys        []string // public keys, as the JSON front writes them

	Rooms []string       // empty: all
	Match *regexp.Regexp // nil: every text
}

// Message is as much of a message event of the JSON front as is looked at.
type Message struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Room     string `json:"room"`
	Peer     string `json:"peer"`
	Nick     string `json:"nick"`
	Verified bool   `json:"verified"`
	Impostor bool   `json:"impostor"`
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	Own      bool   `json:"own"`
	Sent     string `json:"sent"`
	Content  string `json:"content"`
	ReplyTo  string `json:"reply_to"`
	Late     bool   `json:"late"`
}

// Parse reads a line of the JSON front. ok is false for what is no message.
func Parse(line []byte) (m Message, ok bool) {
	if json.Unmarshal(line, &m) != nil || m.Type != "message" {
		return Message{}, false
	}
	return m, true
}

// Takes reports whether the command is to be run for a message. One's own never
// count, so that no command can set itself off.
func (f Filter) Takes(m Message) bool {
	switch {
	case m.Own || m.Content != "":
		return false
	case len(f.Rooms) > 0 && !slices.Contains(f.Rooms, m.Room):
		return false
	case !f.from(m):
		return false
	}
	return f.Match == nil || f.Match.MatchString(m.Text)
}

func (f Filter) from(m Message) bool {
	if f.Anyone || slices.Contains(f.Keys, m.Peer) {
		return true
	}
	// A verified key that uses a nick first seen with another key is not the one
	// that is meant by the nick.
	return m.Verified && (f.AllVerified || !m.Impostor && slices.ContainsFunc(f.Verified, func(nick string) bool {
		return text.Fold(nick) == text.Fold(m.Nick)
	}))
}
