package front

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// join enters a room, or goes to it if the user is there.
func join(c call) Result {
	entry, ok := parseEntry(c.args)
	if !ok {
		return failed("usage: /join name, /join --secret-file file name, /join --secret word name, or /join gochat:… for an invite")
	}
	r, err := c.sess.Join(entry)
	switch {
	case err == nil:
		entry.Name = r.Name()
	case errors.Is(err, peer.ErrJoined) && entry.Invite != "":
		return failed("not joined: you are in the room of this invite already, or in one of its name")
	case errors.Is(err, peer.ErrJoined) && Find(c.sess, entry.Name) != nil:
		if entry.Secret != "" || entry.SecretFile != "" {
			return failed("you are in " + entry.Name + " already; /part it first to join it with another secret")
		}
	default:
		return failed("not joined: " + err.Error())
	}
	return Result{Room: entry.Name}
}

// parseEntry reads the arguments of /join. The name is all that stands behind
// the options, since it may have spaces in it.
func parseEntry(args string) (e Entry, ok bool) {
	if args = strings.TrimPrefix(args, "gochat join "); strings.HasPrefix(strings.ToLower(strings.TrimLeft(args, "'\"")), "gochat:") {
		return Entry{Invite: args}, true
	}
	for strings.HasPrefix(args, "--") {
		option, rest, _ := strings.Cut(args, " ")
		value, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
		switch {
		case value == "" || e.Secret != "" || e.SecretFile != "":
			return e, false
		case option == "--secret":
			e.Secret = value
		case option == "--secret-file":
			e.SecretFile = value
		default:
			return e, false
		}
		args = strings.TrimSpace(rest)
	}
	e.Name = args
	return e, args != ""
}

// part leaves the room named, or the one in front.
func part(c call) Result {
	r := c.room
	if c.args != "" {
		if r = choose(c.sess, c.args); r == nil {
			return noRoom(c.args)
		}
	}
	return inRoom(func(c call) Result {
		c.room.Part()
		return Result{}
	})(call{room: r})
}

// toRoom has another room in front.
func toRoom(c call) Result {
	if c.args == "" {
		return inRoom(func(c call) Result {
			return Result{Lines: []string{"what you type goes to " + c.room.Name() + "; /room name changes that"}}
		})(c)
	}
	r := choose(c.sess, c.args)
	if r == nil {
		return noRoom(c.args)
	}
	return Result{Room: r.Name()}
}

func noRoom(name string) Result {
	return failed(fmt.Sprintf("you are in no room called %s; /rooms lists yours, /join enters one", text.Clip(name, 60)))
}

// choose finds the room that the user means: by its name, in any case, by its
// number in /rooms, or by the beginning of its name if only one begins so.
func choose(sess Session, name string) (found Room) {
	if r := Find(sess, name); r != nil {
		return r
	}
	list := sess.Rooms()
	if i, err := strconv.Atoi(name); err == nil && i >= 1 && i <= len(list) {
		return list[i-1]
	}
	several := false
	for _, r := range list {
		if strings.EqualFold(r.Name(), name) {
			return r
		}
		if strings.HasPrefix(strings.ToLower(r.Name()), strings.ToLower(name)) {
			several = several || found != nil
			found = r
		}
	}
	if several {
		return nil
	}
	return found
}

// rooms lists the rooms with their numbers and marks the one in front.
func rooms(c call) Result {
	var lines []string
	for i, r := range c.sess.Rooms() {
		mark := " "
		if c.room != nil && c.room.Name() == r.Name() {
			mark = "*"
		}
		kind := "open"
		switch {
		case r.Between() != nil:
			kind = "conversation"
		case r.Private():
			kind = "private"
		}
		here := 1
		for _, m := range r.Members() {
			if m.State.Here() {
				here++
			}
		}
		quiet := ""
		if r.Muted() != MuteNone {
			quiet = ", muted"
		}
		lines = append(lines, fmt.Sprintf("%s %d  %s (%s, %d here%s)", mark, i+1, r.Name(), kind, here, quiet))
	}
	if lines == nil {
		lines = []string{"you are in no room; /join name enters one"}
	}
	return Result{Lines: lines}
}
