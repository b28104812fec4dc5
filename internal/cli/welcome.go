package cli

import (
	"errors"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// welcome is who invited the user to a room; zero: nobody, or before.
type welcome struct {
	inviter crypto.PublicKey
	nick    string // a claim, not cleaned; "": unknown
}

// welcomeTo is who invited the user to a room that the process is started for.
func (c *client) welcomeTo(r config.Room) welcome {
	if v := c.cfg.Invited; v != nil && v.Room == r.Name {
		return welcome{v.Inviter, v.Nick}
	}
	return welcome{}
}

// invitedBy is the Meta key of who invited the user to a room.
const invitedBy = "invited by"

// codeInvited is the code of notices about who did.
const codeInvited = "invited"

// inviter keeps who invited the user to a room, and is who did, then or before.
// again: it is known already that w did.
func (s *session) inviter(meta Meta, w welcome) (key crypto.PublicKey, again bool) {
	kept, err := meta.Meta(invitedBy)
	if err != nil {
		s.client.log.Warn("who invited you is not known", "error", err)
	}
	if len(kept) == len(key) {
		copy(key[:], kept)
	}
	if w.inviter.IsZero() || w.inviter == s.Key() || w.inviter == key {
		return key, !w.inviter.IsZero() && w.inviter == key
	}
	if err := meta.SetMeta(invitedBy, w.inviter[:]); err != nil {
		s.client.log.Warn("who invited you is not kept", "error", err)
	}
	return w.inviter, false
}

// greet tells who invited the user, and gives that one's nick to the key in the
// invite, unless somebody else is known by it. That is no verification: who can
// change an invite on its way can put in a key of his own.
func (s *session) greet(room string, w welcome) {
	if w.inviter.IsZero() {
		return
	}
	const keep = "; keep the invite: gochat join with it brings you back here"
	tell := func(level peer.Level, words string) {
		s.node.Notify(peer.Notice{Room: room, Level: level, Code: codeInvited, Text: words})
	}
	if w.inviter == s.Key() {
		tell(peer.Info, "this invite is your own"+keep)
		return
	}
	nick, ok := text.CleanNick(w.nick)
	if !ok {
		nick = w.inviter.Nickname()
		if w.nick != "" {
			tell(peer.Info, "the name of who invited you cannot be shown; "+nick+" is made from the key in the invite")
		}
	}
	name := front.Handle(nick, w.inviter, false)
	known, _, err := s.client.profile.PinNick(text.Fold(nick), w.inviter)
	if err != nil {
		s.client.log.Warn("the key of a nick is not kept", "error", err)
	}
	if known != w.inviter {
		tell(peer.Warning, name+" invited you, with the key "+w.inviter.String()+": not the "+nick+" you know, who has another one. Ask before you trust it")
		return
	}
	if s.Verified(w.inviter) {
		tell(peer.Info, name+" invited you, whose key you have verified"+keep)
		return
	}
	tell(peer.Info, name+" invited you, with the key "+w.inviter.String()+". Nobody else can take that name here; /verify "+nick+" compares keys, for an invite may be changed on its way"+keep)
}

// errInvitedTwice says that a room to join is named by its invite alone.
var errInvitedTwice = errors.New("an invite has its room and its secret in it; give nothing besides")
