package peer

import "time"

// What of a member's changes of nick is shown: so many at once, and one more each
// time. Who changes it all the time must not fill the screen, nor take names that
// nobody has used yet.
const (
	nickBurst = 3
	nickEvery = 20 * time.Second
)

// nickPace decides when a member's nick is shown. The zero value has shown none.
type nickPace struct {
	latest string // as it calls itself, cleaned; "": it has not said yet
	begun  bool
	full   time.Time // from when on a burst is possible again
}

// take notes what a member calls itself, and returns what it is called from now
// on, who was called shown.
func (p *nickPace) take(now time.Time, shown, nick string) string {
	p.latest = nick
	if !p.begun { // until now it had none but that made from its key
		p.begun = true
		return nick
	}
	return p.tick(now, shown)
}

// tick returns what a member is called from now on, who was called shown.
func (p *nickPace) tick(now time.Time, shown string) string {
	if !p.begun || p.latest == shown || now.Before(p.due()) {
		return shown
	}
	if p.full.Before(now) {
		p.full = now
	}
	p.full = p.full.Add(nickEvery)
	return p.latest
}

// due is from when on one more change is shown.
func (p *nickPace) due() time.Time { return p.full.Add(-(nickBurst - 1) * nickEvery) }

// nextDeadline is when tick has something to do; zero: never.
func (p *nickPace) nextDeadline(shown string) time.Time {
	if !p.begun || p.latest == shown {
		return time.Time{}
	}
	return p.due()
}
