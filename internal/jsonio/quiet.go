package jsonio

import (
	"errors"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// ignoreEvent says that somebody is ignored from now on, or no more.
type ignoreEvent struct {
	head
	personFields
	Ignored bool `json:"ignored"`
}

// ignore has the user not hear of somebody any more, or hear of him again; who is
// ignored need not be here.
func ignore(sess front.Session, c command) reply {
	names, ok := recipients(c.To)
	if !ok || len(names) != 1 {
		return refused(codeBadCommand, "to must be a nick, nick#suffix or key")
	}
	on := c.Cmd == "ignore"
	if found := front.IgnoredBy(sess, names[0]); !on && len(found) == 1 {
		return setIgnored(sess, found[0].Key, on)
	}
	in, bad := nicksOf(sess, c.Room)
	if bad != nil {
		return reply{Error: bad}
	}
	keys, err := front.Address(sess, in, names)
	if errors.Is(err, front.ErrNobody) {
		err = peer.ErrIgnoreSelf
	}
	if err != nil {
		return refused(codeBadRecipient, err.Error())
	}
	return setIgnored(sess, keys[0], on)
}

func setIgnored(sess front.Session, key crypto.PublicKey, on bool) reply {
	if err := sess.Ignore(key, on); err != nil {
		return refused(codeNotKept, err.Error())
	}
	return reply{OK: true, Peer: key.String(), Ignored: ignoredList(sess)}
}

func ignoredList(sess front.Session) *[]personFields {
	list := people(sess.AllIgnored())
	return &list
}

// requestFields are who has begun more conversations than are listed.
type requestFields struct {
	personFields
	Count int `json:"count"`
}

// requests lists who has begun more conversations than are listed, once those of
// the one it names are.
func requests(sess front.Session, c command) reply {
	if c.To != nil {
		names, ok := recipients(c.To)
		if !ok || len(names) != 1 {
			return refused(codeBadCommand, "to must be a nick, nick#suffix or key")
		}
		found := front.RequestsBy(sess, names[0])
		if len(found) != 1 {
			return refused(codeBadRecipient, "to is not one of those whom requests lists")
		}
		sess.ShowRequests(found[0].Key)
	}
	list := []requestFields{}
	for _, q := range sess.Requests() {
		list = append(list, requestFields{person(q.Person), q.Count})
	}
	return reply{OK: true, Requests: &list}
}

// mute says how quiet a room is.
func mute(r front.Room, c command) reply {
	degree := front.MuteNone
	if c.Cmd == "mute" {
		degree = front.MuteButNaming
		if c.All {
			degree = front.MuteAll
		}
	}
	if err := r.SetMuted(degree); err != nil {
		return refused(codeNotKept, err.Error())
	}
	return reply{OK: true, Muted: r.Muted().String()}
}

// away tells everybody that the user is away, or back.
func away(sess front.Session, c command) reply {
	err := sess.SetAway(c.Cmd == "away", c.Text)
	if errors.Is(err, peer.ErrStatus) {
		return refused(codeTooLong, err.Error())
	}
	if err != nil {
		return refused(codeNotSent, err.Error())
	}
	out := reply{OK: true}
	out.setAway(sess)
	return out
}

func (r *reply) setAway(sess front.Session) {
	a := sess.Away()
	r.Away, r.Status = a.Away, a.Text
}
