package front

import "gochat/peer"

// Introduction says who one is, for the beginning. more is what a front adds to
// the first line. Whose name was made for him is told of his key, too: he is new.
func Introduction(sess Session, more string) []string {
	if sess.Nick() != sess.Key().Nickname() {
		return []string{"you are " + Self(sess) + "; /help lists the commands" + more}
	}
	return []string{
		"you are " + Self(sess) + ", a name made from your key: /nick name takes another; /help lists the commands" + more,
		"your key is " + sess.Key().String() + "; others see its " + sess.Key().Suffix() + " behind your name, and compare it with you by /verify",
	}
}

// Alone says what is going on while nobody else is here, and what to do.
func Alone(sess Session, r Room, bootnodes *Bootnodes) []string {
	if r.Between() != nil {
		return absence(r)
	}
	if lines := meeting(bootnodes); lines != nil {
		return lines
	}
	v, err := sess.Invite(r)
	if err != nil {
		return []string{"Nobody else is here yet."}
	}
	lines := []string{"Nobody else is here yet. A friend joins with:", "  " + v.Command()}
	if v.Private { // the line is not for whoever looks over the shoulder
		lines = []string{"Nobody else is here yet. /invite shows the line with which a friend joins; it holds the room's secret."}
	}
	if s := v.limits(); s != "" {
		lines = append(lines, s)
	}
	return lines
}

// AloneInBrief is Alone where there is little room.
func AloneInBrief(r Room, bootnodes *Bootnodes) []string {
	if r.Between() != nil {
		return absence(r)
	}
	if lines := meeting(bootnodes); lines != nil {
		return lines[:1]
	}
	return []string{"Nobody else yet: see /invite"}
}

// meeting says how far we are with meeting others; nil: whoever is there would be
// here.
func meeting(bootnodes *Bootnodes) []string {
	b, ok := bootnodes.Best()
	switch {
	case !ok:
		return []string{"Looking for others on this machine and network …"}
	case b.State == peer.BootnodeRegistered:
		return nil
	case b.State == peer.BootnodeConnecting && b.Embedded:
		return []string{"Asking " + b.Address + " in this network who is here …"}
	case b.State == peer.BootnodeConnecting:
		return []string{"Asking the bootnode " + b.Address + " who is here …"}
	case b.Embedded:
		return []string{"Nobody answers at " + b.Address + " in this network any more; looking for others …"}
	}
	hint := "Is the address right, and is it running? /doctor says more."
	if b.Reason != "" {
		hint = "The reason: " + b.Reason + "; /doctor says more."
	}
	return []string{
		"The bootnode " + b.Address + " does not answer; gochat goes on trying.",
		"Until it does nobody can be met, and what you write waits here.",
		hint,
	}
}
