package engine

import (
	"encoding/base32"
	"strings"

	"gochat/crypto"
)

const (
	nodePrefix  = "gc.node."
	roomPrefix  = "gc.r."
	framePrefix = "gc.f."
	// MailPrefix is what the subjects of Request and Serve begin with.
	MailPrefix = "gc.mb."
	// inboxPrefix is where answers to this node's requests go.
	inboxPrefix = MailPrefix + "re."
)

var roomEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func roomSubject(s crypto.RoomSubject) string { return roomPrefix + roomEncoding.EncodeToString(s[:]) }

// parseSubject reads the subject of a message about presence: the zero subject
// is a node's. ok is false for any other.
func parseSubject(text string) (s crypto.RoomSubject, ok bool) {
	if strings.HasPrefix(text, nodePrefix) {
		return s, true
	}
	room, ok := strings.CutPrefix(text, roomPrefix)
	if !ok || len(room) != roomEncoding.EncodedLen(len(s)) {
		return s, false
	}
	b, err := roomEncoding.DecodeString(room)
	if err != nil {
		return s, false
	}
	s = crypto.RoomSubject(b)
	return s, s != crypto.RoomSubject{}
}
