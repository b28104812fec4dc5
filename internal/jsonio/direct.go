package jsonio

import (
	"encoding/json"
	"strings"

	"gochat/crypto"
	"gochat/internal/front"
)

// The error codes of msg.
const (
	codeBadRecipient = "bad_recipient" // nobody or several are meant, or only ourselves
	codeNotOpened    = "not_opened"    // the conversation could not be opened
	codeNotImported  = "not_imported"  // of import: message says why

	// CodeBusy is said instead of ready to one who came when there were too many.
	CodeBusy = "busy"
	// CodeSlow is said at the end to one who did not read.
	CodeSlow = "slow"
)

// nicksOf is the room whose nicks a command means: the one addressed, or none
// where there is none at all, and keys still do.
func nicksOf(sess front.Session, room string) (front.Room, *fault) {
	if room == "" && len(sess.Rooms()) == 0 {
		return nil, nil
	}
	return addressed(sess, room)
}

// msg sends a message in the conversation with whom it is to. Nicks are those of
// the room addressed, or of those who were verified.
func msg(sess front.Session, c command) reply {
	names, ok := recipients(c.To)
	if !ok {
		return refused(codeBadCommand, "to must be a nick, nick#suffix or key, or an array of them")
	}
	in, bad := nicksOf(sess, c.Room)
	if bad != nil {
		return reply{Error: bad}
	}
	var keys []crypto.PublicKey
	var err error
	if c.Verified {
		keys, err = front.AddressVerified(sess, names)
	} else {
		keys, err = front.Address(sess, in, names)
	}
	if err != nil {
		return refused(codeBadRecipient, err.Error())
	}
	r, err := sess.Direct(keys...)
	if err != nil {
		return refused(codeNotOpened, err.Error())
	}
	out := reply{OK: true}
	if c.Text != "" || c.Kind != "" {
		if out = send(r, c); !out.OK {
			return out
		}
	}
	out.setRoom(r)
	return out
}

// recipients reads one name or an array of them.
func recipients(raw json.RawMessage) (names []string, ok bool) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, true
	}
	if json.Unmarshal(raw, &names) != nil {
		return nil, false
	}
	for _, name := range names {
		if strings.TrimSpace(name) == "" {
			return nil, false
		}
	}
	return names, len(names) > 0
}
