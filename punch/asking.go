package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// asking asks several STUN servers once how they see a socket. It is pure.
type asking struct {
	questions []question
	sent      int // times all open ones were sent
	next      time.Time
	until     time.Time
}

type question struct {
	stunRequest
	seen netip.AddrPort
}

const (
	askEvery = 150 * time.Millisecond
	askTimes = 4
)

func newAsking(now time.Time, servers []netip.AddrPort, txID func() wire.TxID) asking {
	q := asking{next: now, until: now.Add(askTimes * askEvery)}
	for _, s := range servers {
		q.questions = append(q.questions, question{stunRequest: stunRequest{s, txID()}})
	}
	return q
}

// step returns the requests due, in the order of the servers.
func (q *asking) step(now time.Time) (out []stunRequest) {
	if q.complete() || !isDue(q.next, now) || q.sent >= askTimes {
		return nil
	}
	q.sent++
	q.next = now.Add(askEvery)
	for _, x := range q.questions {
		if !x.seen.IsValid() {
			out = append(out, x.stunRequest)
		}
	}
	return out
}

func (q *asking) answered(from netip.AddrPort, id wire.TxID, mapped netip.AddrPort) bool {
	for i := range q.questions {
		if x := &q.questions[i]; x.to == from && x.id == id && !x.seen.IsValid() && reachable(plain(mapped)) {
			x.seen = plain(mapped)
			return true
		}
	}
	return false
}

func (q *asking) complete() bool {
	return !slices.ContainsFunc(q.questions, func(x question) bool { return !x.seen.IsValid() })
}

func (q *asking) over(now time.Time) bool { return q.complete() || !now.Before(q.until) }

// seen are the answers there are, in the order of the servers.
func (q *asking) seen() (out []netip.AddrPort) {
	for _, x := range q.questions {
		if x.seen.IsValid() {
			out = append(out, x.seen)
		}
	}
	return out
}

func (q *asking) nextDeadline(now time.Time) time.Time {
	switch {
	case q.over(now):
		return time.Time{}
	case q.sent >= askTimes:
		return q.until
	}
	return q.next
}

// answering are up to n IPv4 servers that answer.
func (c *stunClient) answering(n int) (out []netip.AddrPort) {
	for _, s := range c.outside() {
		if len(out) < n {
			out = append(out, s.addr)
		}
	}
	return out
}
