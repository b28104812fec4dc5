package front

import (
	"slices"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// requests lists who has begun more conversations than are shown, or has those of
// one of them shown.
func requests(c call) Result {
	if c.args == "" {
		return requesters(c)
	}
	found := RequestsBy(c.sess, c.args)
	switch {
	case strings.ContainsAny(c.args, " \n"):
		return failed("usage: /requests, or /requests with a nick, nick#suffix or key from its list")
	case len(found) == 0:
		return failed("nobody called " + text.Clip(c.args, 60) + " has begun more conversations than are listed; /requests lists who has")
	case len(found) > 1:
		return failed(append([]string{"several of that name have begun conversations; whom do you mean?"}, requestLines(found)...)...)
	}
	n := c.sess.ShowRequests(found[0].Key)
	return Result{Lines: []string{count(n, "conversation") + " of " + Person(found[0].Person) + " more in the list of rooms; /history shows what was said in each. " +
		"/ignore " + Handle(found[0].Nick, found[0].Key, false) + " takes them off again."}}
}

// RequestsBy finds those who have begun more conversations than are shown by a
// nick, nick#suffix or key.
func RequestsBy(sess Session, name string) []peer.Requests {
	return slices.DeleteFunc(sess.Requests(), func(q peer.Requests) bool { return !isCalled(q.Person, name) })
}

func requesters(c call) Result {
	list := c.sess.Requests()
	if len(list) == 0 {
		return Result{Lines: []string{"nobody has begun more conversations with you than are listed"}}
	}
	return Result{Lines: append([]string{"these have begun more conversations than are listed; /requests nick lists them, /ignore nick is rid of them:"}, requestLines(list)...)}
}

func requestLines(list []peer.Requests) []string {
	lines := make([]string, len(list))
	for i, q := range list {
		lines[i] = "  " + Person(q.Person) + ": " + count(q.Count, "conversation") + "  " + q.Key.String()
	}
	return lines
}
