package front

import (
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/peer"
)

// ignore has the user not hear of somebody any more: of a member, by nick or key,
// or of the author of a message, who need not be here.
func ignore(c call) Result {
	if c.args == "" {
		return ignored(c)
	}
	if !strings.HasPrefix(c.args, "~") {
		key, name, bad := trusted(c, "/ignore")
		if bad != nil && key == c.sess.Key() {
			return failed(peer.ErrIgnoreSelf.Error())
		}
		if bad != nil {
			return failed(append(bad.Lines, "Who has left is found by a message: /history shows their numbers, and /ignore ~number takes its author.")...)
		}
		return setIgnored(c, key, name, true)
	}
	return inRoom(func(c call) Result {
		m, err := refer(c.room, c.args, isOthers, noOthers)
		if err != nil {
			return failed(err.Error())
		}
		return setIgnored(c, m.Author, Handle(m.Nick, m.Author, false), true)
	})(c)
}

// unignore takes it back. Those who are ignored need not be here.
func unignore(c call) Result {
	who, more := cutName(c.args)
	if who == "" || more != "" {
		return failed("usage: /unignore nick, nick#suffix or key; /ignored lists whom you ignore")
	}
	found := IgnoredBy(c.sess, who)
	switch len(found) {
	case 0:
		return failed("nobody called " + text.Clip(who, 60) + " is ignored; /ignored lists whom you ignore")
	case 1:
		return setIgnored(c, found[0].Key, Handle(found[0].Nick, found[0].Key, false), false)
	}
	return failed(append([]string{"you ignore several by that name; whom do you mean?"}, ignoredLines(found)...)...)
}

// IgnoredBy finds those whom the user ignores by a nick, nick#suffix or key.
func IgnoredBy(sess Session, name string) []peer.Person {
	return slices.DeleteFunc(sess.AllIgnored(), func(p peer.Person) bool { return !isCalled(p, name) })
}

// isCalled reports whether a nick, nick#suffix or key is somebody's.
func isCalled(p peer.Person, name string) bool {
	wanted := text.Fold(strings.TrimPrefix(name, "@"))
	return wanted == text.Fold(p.Nick) || wanted == text.Fold(Handle(p.Nick, p.Key, false)) || strings.EqualFold(name, p.Key.String())
}

func setIgnored(c call, key crypto.PublicKey, name string, on bool) Result {
	if err := c.sess.Ignore(key, on); err != nil {
		return failed("nothing changed: " + err.Error())
	}
	if !on {
		return Result{Lines: []string{"you hear of " + name + " again; /history shows what was said meanwhile"}}
	}
	return Result{Lines: []string{"you ignore " + name + ", in all rooms: what comes is kept, but not shown, nor are the conversations in which nobody else has said anything. It still gets what you write. /unignore takes it back."}}
}

// ignored lists whom the user ignores.
func ignored(c call) Result {
	list := c.sess.AllIgnored()
	if len(list) == 0 {
		return Result{Lines: []string{"nobody is ignored; /ignore nick has you not hear of somebody any more"}}
	}
	return Result{Lines: append([]string{"you ignore " + count(len(list), "member") + ":"}, ignoredLines(list)...)}
}

func ignoredLines(list []peer.Person) []string {
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = "  " + Handle(p.Nick, p.Key, false) + "  " + p.Key.String()
	}
	return lines
}
