package punch

import (
	"time"

	"gochat/internal/wire"
)

// why is the cause that the path is not direct.
func (a *Agent) why() Why {
	own, other, l := a.local.NAT, a.remoteNAT, &a.ladder
	guessable := dependent(own) && easy(other) || easy(own) && dependent(other)
	switch {
	case a.privacy.hidden:
		return WhyHidden
	case a.privacy.withheld:
		return WhyWithheld
	case a.best != nil:
		return WhyDirect
	case own.Blocked || other.Blocked:
		return WhyUDPBlocked
	case l.round.Kind == wire.RoundPredict:
		return WhyPredicting
	case l.round.Kind == wire.RoundBirthday:
		return WhyGuessing
	case !a.roundOver.IsZero() || l.round.Kind != 0:
		return WhySearching
	case a.frugal && a.relayUp && a.round == 0 && a.retryAt.IsZero() && l.planAt.IsZero():
		return WhyUnused
	case dependent(own) && dependent(other):
		return WhyBothSymmetric
	case guessable && !(own.Birthday && other.Birthday):
		return WhyBirthdayOff
	case guessable && l.tried(wire.RoundBirthday) >= maxGuesses:
		return WhyGuessedInVain
	case len(a.paths) == 0 || len(a.local.Candidates) == 0:
		return WhyNoCandidates
	case a.remoteGen == 0 || !l.planAt.IsZero() && l.planAt.Sub(l.ended) < time.Minute:
		return WhySearching
	}
	return WhyNothingAnswered
}

// dependent reports whether each destination finds a NAT's user at another port.
func dependent(n wire.NAT) bool {
	return n.Mapping == wire.MappingAddressDependent || n.Mapping == wire.MappingAddressAndPortDependent
}
