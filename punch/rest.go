package punch

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// restDeaf is how long a Remote that was just laid to rest does not hear
// probes: those of the other end, which rests a moment later, would rouse it,
// and its own answer the other end, for ever.
const restDeaf = 5 * time.Second

// Rest stops all probing: paths are forgotten, and what is told of addresses
// and relay is kept for later. A data packet either way, a new probe of the
// member or Rouse begins the search again. In a large room most members rest.
func (r *Remote) Rest() {
	r.conn.change(func(now time.Time, fx *effects) {
		if r.removed || r.resting {
			return
		}
		r.resting = true
		if r.told.kind != None || r.told.punching {
			r.deafUntil = now.Add(restDeaf)
		}
		r.conn.turns.release(now, r.agent)
		r.conn.closeExtras(r)
		r.agent = r.agent.afresh()
		for r.recent.n > 0 {
			r.conn.free.put(r.recent.pop().p)
		}
		r.conn.perform(now, r, nil, fx)
	})
}

// Rouse begins the search for a path.
func (r *Remote) Rouse() {
	r.conn.change(func(now time.Time, fx *effects) {
		if !r.removed {
			r.rouse(now, fx)
		}
	})
}

// rouse ends the rest. Called under mu.
func (r *Remote) rouse(now time.Time, fx *effects) {
	if !r.resting {
		return
	}
	r.resting = false
	c := r.conn
	c.step(now, r, Frugal{r.frugal}, fx)
	if c.gather.generation > 0 {
		c.step(now, r, c.gather.event(), fx)
	}
	if r.relay != nil {
		c.step(now, r, RelayChanged{Up: true}, fx)
	}
	if len(r.announced) > 0 || r.observed.IsValid() {
		c.step(now, r, RemoteCandidates{r.announced, r.observed}, fx)
	}
}

// announce keeps addresses for when the Remote is roused, the latest ones.
func (r *Remote) announce(cands []wire.Candidate) {
	for _, c := range cands[max(0, len(cands)-maxPaths):] {
		r.announced = slices.DeleteFunc(r.announced, func(x wire.Candidate) bool { return x == c })
		r.announced = append(r.announced, c)
	}
	r.announced = slices.Delete(r.announced, 0, max(0, len(r.announced)-maxPaths))
}

// afresh is an agent that knows no address, but which pings were sent and seen:
// no replay may open anything.
func (a *Agent) afresh() *Agent {
	return &Agent{
		rng: a.rng, txID: a.txID, number: a.number, seen: a.seen, lastAuth: a.lastAuth, life: a.life, relay: &path{relay: true},
		privacy: privacy{hidden: a.privacy.hidden, shifts: a.privacy.shifts},
		sockets: a.sockets, nextSock: a.nextSock, turns: a.turns, ladder: ladder{round: wire.Round{Number: a.ladder.round.Number}, tries: a.ladder.tries, place: a.ladder.place},
	}
}
