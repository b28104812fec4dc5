package front

import (
	"slices"
	"strings"
)

// Mute says which messages of a room the user is told of that he does not look
// at: they count as unread, and notify.
type Mute int

// The degrees of quiet.
const (
	MuteNone      Mute = iota // all do
	MuteButNaming             // those that name the user, or answer him
	MuteAll                   // none does
)

var muteWords = [...]string{"", "but-mentions", "all"}

// String is the word used in the JSON front, and kept; "" for MuteNone.
func (m Mute) String() string { return muteWords[m] }

// ParseMute reads what String wrote; MuteNone if it is no such word.
func ParseMute(word string) Mute { return Mute(max(0, slices.Index(muteWords[:], word))) }

// Counts reports whether a message counts; names: it names the user, or answers
// him.
func (m Mute) Counts(names bool) bool { return m == MuteNone || m == MuteButNaming && names }

// mute has a room counted no more, the one in front or another.
func mute(c call) Result {
	degree, says := MuteButNaming, "nothing counts as new there but what names you or answers you"
	name := c.args
	if name == "--all" || strings.HasPrefix(name, "--all ") {
		degree, says = MuteAll, "nothing counts as new there"
		name = strings.TrimSpace(strings.TrimPrefix(name, "--all"))
	}
	return setMuted(c, name, degree, " is muted: "+says+"; /unmute takes it back")
}

// unmute takes it back.
func unmute(c call) Result {
	return setMuted(c, c.args, MuteNone, " is not muted any more")
}

func setMuted(c call, name string, degree Mute, says string) Result {
	if name != "" {
		if c.room = choose(c.sess, name); c.room == nil {
			return noRoom(name)
		}
	}
	return inRoom(func(c call) Result {
		if err := c.room.SetMuted(degree); err != nil {
			return failed("it is forgotten at the end of gochat: " + err.Error())
		}
		return Result{Lines: []string{c.room.Name() + says}}
	})(c)
}
