package bootnode

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// movedEvery is how often members are told that the bootnode is about to stop.
const movedEvery = 2 * time.Second

// drain is a planned stop.
type drain struct {
	stop      time.Duration // when it happens at the latest
	next      time.Duration // when members are told again
	elsewhere []wire.Alternative
}

// due is when something is to be done. At the stop that is its owner's to do.
func (x *drain) due(now time.Duration) time.Duration {
	if now < x.stop {
		return min(x.stop, x.next)
	}
	return x.next
}

// seconds is how long it is until the stop, rounded up.
func (x *drain) seconds(now time.Duration) uint16 {
	return uint16(min(max((x.stop-now+time.Second-1)/time.Second, 0), 65535))
}

// Drain takes no newcomers any more and tells members, again and again, that
// the bootnode stops after so long, and where else they can go. The bootnode
// goes on serving those who are here; see Drained.
func (d *Directory) Drain(now time.Time, in time.Duration, elsewhere []wire.Alternative) []Action {
	d.begin(now)
	d.drain = &drain{stop: d.now + in, next: d.now, elsewhere: elsewhere}
	d.announceDrain()
	d.walkOn()
	return d.end()
}

// CallOff ends a drain: the bootnode stays. It reports whether there was one.
func (d *Directory) CallOff(now time.Time) (was bool, out []Action) {
	d.begin(now)
	if d.drain == nil {
		return false, d.end()
	}
	d.drain = nil
	d.tellMoved(wire.Moved{CalledOff: true})
	d.walkOn()
	return true, d.end()
}

// Draining is when the bootnode stops; zero: it stays.
func (d *Directory) Draining() time.Time {
	if d.drain == nil {
		return time.Time{}
	}
	return d.start.Add(d.drain.stop)
}

// Drained reports whether it is time to stop: everybody has left, or the time
// is over.
func (d *Directory) Drained() bool {
	return d.drain != nil && (len(d.sessions) == 0 || d.now >= d.drain.stop)
}

func (d *Directory) announceDrain() {
	x := d.drain
	if x == nil || d.now < x.next {
		return
	}
	x.next = d.now + movedEvery
	if len(d.walks) == 0 { // else the last round is still on
		d.tellMoved(wire.Moved{Seconds: x.seconds(d.now), Elsewhere: x.elsewhere})
	}
}

func (d *Directory) tellMoved(f wire.Moved) {
	body := f.Append(nil)
	d.walk(crypto.RoomTag{}, func(m *member) { d.send(m, wire.TypeMoved, body) })
}
