package front

import "gochat/peer"

// away tells everybody that the user is away.
func away(c call) Result {
	if err := c.sess.SetAway(true, c.args); err != nil {
		return failed("nothing changed: " + err.Error())
	}
	return Result{Lines: []string{"others see that you are " + AwayWords(c.sess.Away()) + "; /back takes it back, and so does the end of gochat"}}
}

// back tells everybody that the user is back.
func back(c call) Result {
	if !c.sess.Away().Away {
		return failed("you are not away; /away text says so to everybody")
	}
	if err := c.sess.SetAway(false, ""); err != nil {
		return failed("nothing changed: " + err.Error())
	}
	return Result{Lines: []string{"others see that you are back"}}
}

// AwayWords say that somebody is away; "" if not.
func AwayWords(a peer.Away) string {
	if !a.Away {
		return ""
	}
	return because("away", a.Text)
}

// MemberAway is what a member says of being away; "" if it is not.
func MemberAway(m peer.Member) string { return AwayWords(peer.Away{Away: m.Away, Text: m.Status}) }
