package jsonio

import (
	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// trust does what concerns the trust in somebody's key.
func trust(sess front.Session, c command) reply {
	names, ok := recipients(c.To)
	if !ok || len(names) != 1 {
		return refused(codeBadCommand, "to must be a nick, nick#suffix or key")
	}
	in, bad := nicksOf(sess, c.Room)
	if bad != nil {
		return reply{Error: bad}
	}
	keys, err := front.Address(sess, in, names)
	if err == front.ErrNobody {
		err = peer.ErrOwnKey
	}
	if err != nil {
		return refused(codeBadRecipient, err.Error())
	}
	out := reply{OK: true, Peer: keys[0].String()}
	switch c.Cmd {
	case "verify":
		out.Words = crypto.SafetyWords(sess.Key(), keys[0])
	case "verified":
		err = sess.Verify(keys[0])
	default:
		err = sess.Unverify(keys[0])
	}
	if err != nil {
		return refused(codeNotKept, err.Error())
	}
	verified := sess.Verified(keys[0])
	out.Verified = &verified
	return out
}
