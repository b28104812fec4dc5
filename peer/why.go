package peer

import "gochat/punch"

// detour is what is known of a path that is not direct.
type detour struct {
	why      punch.Why
	nick     string
	via      string // the relay's address; "": there is none at the moment
	tcp      bool   // we reach the relay over TCP
	udp      bool   // UDP gets answers here nevertheless
	disclose Disclosure
	blocked  bool // UDP is blocked at the other end, as it says
}

// cause is punch's, unless we know better: UDP that gets no answer here.
func (d detour) cause() punch.Why {
	if d.tcp && !d.udp && !d.blocked && d.why != punch.WhyDirect && d.why != punch.WhyHidden && d.why != punch.WhyWithheld {
		return punch.WhyUDPBlocked
	}
	return d.why
}

// searching reports whether a direct path is being looked for.
func (d detour) searching() bool {
	switch d.cause() {
	case punch.WhySearching, punch.WhyPredicting, punch.WhyGuessing:
		return true
	}
	return false
}

// words say why the path is not direct and what carries packets instead, ""
// while it is direct.
func (d detour) words() string {
	relayed := ": no relay either"
	switch {
	case d.via != "" && d.tcp:
		relayed = ": relayed over TCP through " + d.via
	case d.via != "":
		relayed = ": relayed through " + d.via
	}
	switch d.cause() {
	case punch.WhyDirect:
		return ""
	case punch.WhySearching:
		return "looking for a direct path" + relayed
	case punch.WhyNoCandidates:
		return "no address to try" + relayed
	case punch.WhyBothSymmetric:
		return "both behind symmetric NATs" + relayed
	case punch.WhyPredicting:
		return "trying the ports that a NAT will use next" + relayed
	case punch.WhyGuessing:
		return "guessing the port of a symmetric NAT" + relayed
	case punch.WhyBirthdayOff:
		return "a port would have to be guessed, which --no-birthday forbids on one side" + relayed
	case punch.WhyGuessedInVain:
		return "the port of a symmetric NAT was not guessed" + relayed
	case punch.WhyUDPBlocked:
		if d.blocked {
			return "UDP is blocked at " + d.nick + "'s end" + relayed
		}
		return "UDP is blocked here" + relayed
	case punch.WhyHidden:
		if d.disclose == ToVerified {
			return d.nick + " is not verified, and you asked for --direct verified" + relayed
		}
		return "you asked for --relay-only" + relayed
	case punch.WhyUnused:
		return "a direct path is looked for once you two talk" + relayed
	case punch.WhyWithheld:
		return d.nick + " shows its address to nobody here" + relayed
	}
	return "no address answers, trying again from time to time" + relayed
}
