package front

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/peer"
)

// msg writes to named people, in a conversation that is in front from then on.
func msg(c call) Result {
	who, said := cutName(c.args)
	if who == "" {
		return failed("usage: /msg nick text, /msg nick,nick text, or a key instead of a nick")
	}
	keys, err := Address(c.sess, c.room, strings.Split(who, ","))
	if err != nil {
		return failed(strings.Split("not sent: "+err.Error(), "\n")...)
	}
	r, err := c.sess.Direct(keys...)
	if err != nil {
		return failed("not sent: " + err.Error())
	}
	if said == "" {
		return Result{Room: r.Name()}
	}
	c.room, c.args = r, said
	out := say(c)
	out.Room = r.Name()
	return out
}

// ErrNobody says that a conversation was to be with oneself alone.
var ErrNobody = errors.New("that is you; a conversation is with somebody else")

// Address finds whom the names mean: a key, the name of a conversation of two, or
// the nick or nick#suffix of one member of the room (nil: none) or, if nobody
// there has it, of one in all other rooms. Nobody is guessed at: the error lists
// the choices, a line each.
func Address(sess Session, in Room, names []string) (keys []crypto.PublicKey, err error) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, errors.New("a name is missing: /msg nick,nick text, without spaces between the nicks")
		}
		k, err := addressee(sess, in, name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, notOnlyUs(sess, keys)
}

// AddressVerified finds whom the names mean to a script, which nobody watches: a
// key, or the nick of somebody whose key the user has verified, here or not.
func AddressVerified(sess Session, names []string) (keys []crypto.PublicKey, err error) {
	for _, name := range names {
		k, is := parseKey(name)
		if !is {
			verified, ok := sess.VerifiedAs(name)
			if !ok {
				return nil, NotVerified(name)
			}
			k = verified
		}
		keys = append(keys, k)
	}
	return keys, notOnlyUs(sess, keys)
}

// NotVerified says that a nick means nobody to a script.
func NotVerified(nick string) error {
	return fmt.Errorf("nobody called %s was verified here; /verify and /verified do that, and a key works without", text.Clip(nick, 60))
}

// notOnlyUs is ErrNobody for keys that are all our own.
func notOnlyUs(sess Session, keys []crypto.PublicKey) error {
	if !slices.ContainsFunc(keys, func(k crypto.PublicKey) bool { return k != sess.Key() }) {
		return ErrNobody
	}
	return nil
}

func addressee(sess Session, in Room, name string) (crypto.PublicKey, error) {
	if k, ok := parseKey(name); ok {
		return k, nil
	}
	if r := Find(sess, name); r != nil && len(r.Between()) == 2 {
		for _, k := range r.Between() {
			if k != sess.Key() {
				return k, nil
			}
		}
	}
	name = strings.TrimPrefix(name, "@")
	called := match(present(sess, in), name)
	if len(called) == 0 {
		called = match(elsewhere(sess, in), name)
	}
	switch {
	case len(called) == 0:
		return crypto.PublicKey{}, fmt.Errorf("nobody in your rooms is called %s; /peers lists who is here, and a key works for everybody", text.Clip(name, 60))
	case len(called) == 1 && (!called[0].Impostor || isHandle(name, called[0])):
		return called[0].Key, nil
	case len(called) == 1:
		return crypto.PublicKey{}, fmt.Errorf("%s is %s; whom do you mean?\n%s", Handle(called[0].Nick, called[0].Key, false), NotYours(called[0].Nick, called[0].Namesake), choices(called))
	}
	return crypto.PublicKey{}, fmt.Errorf("%d are called %s; whom do you mean?\n%s", len(called), text.Clip(name, 60), choices(called))
}

// sameName reports whether two names look alike.
func sameName(a, b string) bool { return text.Fold(a) == text.Fold(b) }

// candidate is somebody whom a name may mean.
type candidate struct {
	peer.Member
	rooms []string // where, if not in the room the name was said in
}

// isHandle reports whether a name is somebody's nick#suffix.
func isHandle(name string, c candidate) bool { return sameName(name, Handle(c.Nick, c.Key, false)) }

// match are those whose nick#suffix a name is, or else those whose nick it is.
func match(among []candidate, name string) []candidate {
	handles := slices.DeleteFunc(slices.Clone(among), func(c candidate) bool { return !isHandle(name, c) })
	if len(handles) > 0 {
		return handles
	}
	return slices.DeleteFunc(among, func(c candidate) bool { return !sameName(name, c.Nick) })
}

// present are the members of a room, oneself included.
func present(sess Session, in Room) (list []candidate) {
	if in != nil {
		for _, m := range in.Members() {
			list = append(list, candidate{Member: m})
		}
	}
	return append(list, candidate{Member: peer.Member{Key: sess.Key(), Nick: sess.Nick()}})
}

// elsewhere are the members of all rooms but one, everybody once.
func elsewhere(sess Session, in Room) (list []candidate) {
	for _, r := range sess.Rooms() {
		if in != nil && r.Name() == in.Name() {
			continue
		}
		for _, m := range r.Members() {
			i := slices.IndexFunc(list, func(c candidate) bool { return c.Key == m.Key })
			if i < 0 {
				i, list = len(list), append(list, candidate{Member: m})
			}
			list[i].rooms = append(list[i].rooms, r.Name())
		}
	}
	return list
}

// choices lists people as /msg takes them, with their keys where handles look
// alike, and with their rooms if they are not here.
func choices(list []candidate) string {
	lines := make([]string, len(list))
	for i, c := range list {
		lines[i] = "  " + Handle(c.Nick, c.Key, false) + "  " + c.Key.String()
		if len(c.rooms) > 0 {
			lines[i] += "  in " + strings.Join(c.rooms, ", ")
		}
	}
	return strings.Join(lines, "\n")
}

// confidants tells who is in a conversation, and that nobody else is.
func confidants(r Room) string {
	if n := len(r.Between()); n > 2 {
		return fmt.Sprintf("only the %d of you are in it", n)
	}
	return "only the two of you are in it"
}

// absence tells that nobody of a conversation is there, and what becomes of
// what is written.
func absence(r Room) []string {
	return []string{"Nobody else of " + r.Name() + " is here now.", "What you write is kept, and delivered when you meet."}
}
