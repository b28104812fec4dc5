package engine

import (
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gochat/crypto"
)

const (
	// maxLeafSubscriptions is how many subjects a node that dialled this one may ask
	// for, for all behind it: one for each of its rooms.
	maxLeafSubscriptions = 1 << 18
	// formInterval is between two looks at the subjects themselves.
	formInterval = 10 * time.Second
	// cutPace is the least time between two lines about nodes that ask for too much.
	cutPace = time.Minute
)

// checkSubscriptions cuts nodes that dialled this one and ask for more subjects
// than there may be, or for others than there are: each node of the mesh keeps
// every one of them in memory. They are kept out for a while. NATS knows patterns, but no bounds of one account's
// links apart from its own, and no forms of a name.
func (e *Engine) checkSubscriptions(now time.Time, most uint32) {
	e.looking.Lock()
	defer e.looking.Unlock()
	forms := now.Sub(e.formsAt) >= formInterval
	if forms {
		e.formsAt = now
	}
	z, err := e.srv.Leafz(&server.LeafzOptions{Subscriptions: forms})
	if err != nil {
		return
	}
	for _, l := range z.Leafs {
		signed, came := e.gate.who(l.ID)
		if !came {
			continue // the hub's are of all its nodes
		}
		why := ""
		switch i := firstMalformed(l.Subs); {
		case l.NumSubs > most:
			why = "it asks for more rooms than one link may"
		case i >= 0:
			why = "it asks for a subject that no bootnode has"
		default:
			continue
		}
		e.count.overasked.Add(1)
		out := e.gate.bar(now, signed.node)
		_ = e.srv.DisconnectClientByID(l.ID) // an error: it has gone by itself
		if now.Sub(e.cutToldAt) >= cutPace {
			e.cutToldAt = now
			e.log.Warn("the link of another bootnode was cut for a while: "+why+"; if that goes on, ask its operator, or keep it out with gochat bootnode ban",
				"node", signed.node.String(), "subjects", l.NumSubs, "refused_for", out.Round(time.Second))
		}
	}
}

// loopSubject begins the subject by which NATS finds rings of leafnodes.
const loopSubject = "$LDS."

// firstMalformed is the index of the first subject that no node has a use for; -1:
// there is none.
func firstMalformed(subjects []string) int {
	for i, s := range subjects {
		if s != nodePrefix+"*" && !strings.HasPrefix(s, loopSubject) && !isRoom(s) && !isOfNode(s, framePrefix) && !isOfNode(s, nodePrefix) {
			return i
		}
	}
	return -1
}

func isRoom(subject string) bool {
	s, ok := parseSubject(subject)
	return ok && s != crypto.RoomSubject{} && subject == roomSubject(s)
}

func isOfNode(subject, prefix string) bool {
	name, ok := strings.CutPrefix(subject, prefix)
	_, err := crypto.ParseNodeID(name)
	return ok && err == nil
}
