package front

import (
	"strings"

	"gochat/crypto"
	"gochat/peer"
)

// wordsPerLine keeps safety words in lines that two people can follow.
const wordsPerLine = 4

// verify shows the words to compare with somebody.
func verify(c call) Result {
	key, name, bad := trusted(c, "/verify")
	if bad != nil {
		return *bad
	}
	words := crypto.SafetyWords(c.sess.Key(), key)
	lines := []string{"Compare these words with " + name + " by voice or in person; both screens show the same twelve:"}
	for i := 0; i < len(words); i += wordsPerLine {
		lines = append(lines, "  "+strings.Join(words[i:i+wordsPerLine], " "))
	}
	return Result{Lines: append(lines,
		"All the same: /verified "+strings.Join(strings.Fields(c.args), " ")+" remembers it. One differs: somebody is in between, or it is another person.")}
}

// verified marks somebody's key as compared.
func verified(c call) Result {
	key, name, bad := trusted(c, "/verified")
	if bad != nil {
		return *bad
	}
	if err := c.sess.Verify(key); err != nil {
		return failed("not verified: " + err.Error())
	}
	return Result{Lines: []string{name + " is verified: nobody else is shown by that name here, unless you verify that one's key, too. /unverify takes it back."}}
}

// unverify takes the mark back.
func unverify(c call) Result {
	key, name, bad := trusted(c, "/unverify")
	if bad != nil {
		return *bad
	}
	if !c.sess.Verified(key) {
		return failed(name + " was not verified; nothing changed. /verify shows the words to compare.")
	}
	if err := c.sess.Unverify(key); err != nil {
		return failed("nothing changed: " + err.Error())
	}
	return Result{Lines: []string{name + " is not verified any more."}}
}

// trusted finds whom a command about trust means, and how that one is called.
// bad is what to answer if it means nobody.
func trusted(c call, command string) (key crypto.PublicKey, name string, bad *Result) {
	refuse := func(lines ...string) (crypto.PublicKey, string, *Result) {
		r := failed(lines...)
		return key, "", &r
	}
	who, more := cutName(c.args)
	if who == "" || more != "" {
		return refuse("usage: " + command + " nick, nick#suffix or key")
	}
	key, err := addressee(c.sess, c.room, who)
	if err != nil {
		return refuse(strings.Split(err.Error(), "\n")...)
	}
	if key == c.sess.Key() {
		return refuse(peer.ErrOwnKey.Error())
	}
	for _, m := range append(present(c.sess, c.room), elsewhere(c.sess, c.room)...) {
		if m.Key == key {
			return key, Handle(m.Nick, key, false), nil
		}
	}
	return key, key.String(), nil
}
