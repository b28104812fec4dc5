package hook

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Prefix is how the variables begin that commands are given.
const Prefix = "GOCHAT_"

// maxVariable bounds one variable: systems refuse to start a program with a long
// one. Standard input has the whole text.
const maxVariable = 32 << 10

// environment is what a command finds in its environment: base, and the message.
func environment(base []string, m Message) []string {
	env := slices.Clone(base)
	for _, v := range []struct{ name, value string }{
		{"TYPE", m.Type}, {"ID", m.ID}, {"ROOM", m.Room}, {"PEER", m.Peer}, {"NICK", m.Nick},
		{"VERIFIED", strconv.FormatBool(m.Verified)}, {"IMPOSTOR", strconv.FormatBool(m.Impostor)},
		{"KIND", m.Kind}, {"TEXT", m.Text}, {"SENT", m.Sent}, {"REPLY_TO", m.ReplyTo}, {"LATE", strconv.FormatBool(m.Late)},
	} {
		env = append(env, Prefix+v.name+"="+bounded(v.value))
	}
	return env
}

// bounded makes a value fit for a variable.
func bounded(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if len(s) <= maxVariable {
		return s
	}
	end := maxVariable
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
