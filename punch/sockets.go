package punch

import (
	"slices"
	"time"
)

type (
	// Open is an Action's message: a further socket is to be opened under the
	// number Sock, and that many servers asked how they see it.
	Open struct{ Ask int }
	// Close is an Action's message: the socket Sock is not needed any more.
	Close struct{}
)

// keepSocket is how long a socket is kept that was heard on, but has no
// proven path.
const keepSocket = 2 * time.Minute

// open has a socket opened and returns its number.
func (a *Agent) open(ask int) int {
	a.nextSock++
	a.socks = append(a.socks, a.nextSock)
	a.out = append(a.out, Action{Sock: a.nextSock, Msg: Open{ask}})
	return a.nextSock
}

// reap closes the sockets that serve nothing any more.
func (a *Agent) reap(now time.Time) {
	a.socks = slices.DeleteFunc(a.socks, func(s int) bool {
		if a.ladder.round.Kind != 0 && (s == a.ladder.sock || slices.Contains(a.ladder.opener.opened, s)) {
			return false
		}
		used := func(p *path) bool {
			return p.sock == s && (p.valid || !p.heard.IsZero() && now.Sub(p.heard) < keepSocket)
		}
		if slices.ContainsFunc(a.paths, used) {
			return false
		}
		a.paths = slices.DeleteFunc(a.paths, func(p *path) bool { return p.sock == s })
		a.out = append(a.out, Action{Sock: s, Msg: Close{}})
		return true
	})
}

// turns lets one agent of a process guess ports at a time, and none right
// after another.
type turns struct {
	holder *Agent
	free   time.Time
}

func (t *turns) take(now time.Time, a *Agent) bool {
	if t.holder == a {
		return true
	}
	if t.holder != nil || now.Before(t.free) {
		return false
	}
	t.holder = a
	return true
}

func (t *turns) release(now time.Time, a *Agent) {
	if t.holder == a {
		t.holder, t.free = nil, now.Add(guessPause)
	}
}
