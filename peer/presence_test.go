package peer

import (
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return t0.Add(d) }

// due runs p's ticks up to a time and gathers what it decides.
func due(p *presence, until time.Time) (ds []decision, times []time.Time) {
	for {
		next := p.nextDeadline()
		if next.IsZero() || next.After(until) {
			return ds, times
		}
		d := p.tick(next)
		ds, times = append(ds, d), append(times, next)
		if len(ds) > 1000 {
			panic("presence spins")
		}
	}
}

func listedPresence(newcomer bool) *presence {
	p := &presence{state: Left}
	p.list(t0, newcomer)
	p.want(t0)
	return p
}

func TestNewcomerDialsAtOnceElderWaits(t *testing.T) {
	if d := listedPresence(true).tick(t0); !d.dial {
		t.Error("the newcomer does not dial at once")
	}
	p := listedPresence(false)
	if d := p.tick(t0); d.dial {
		t.Error("the elder dials at once")
	}
	if d := p.tick(at(elderWait)); !d.dial {
		t.Error("the elder never dials")
	}
}

func TestElderDoesNotDialOnceLinked(t *testing.T) {
	p := listedPresence(false)
	p.up(at(300 * time.Millisecond))
	ds, _ := due(p, at(5*time.Second))
	for _, d := range ds {
		if d.dial {
			t.Fatal("dials although linked")
		}
	}
	if p.state != Joined {
		t.Fatalf("state %v", p.state)
	}
}

func TestFailedDialsBackOff(t *testing.T) {
	p := listedPresence(true)
	var dials []time.Duration
	for range 6 {
		now := p.nextDeadline()
		for !p.tick(now).dial {
			now = p.nextDeadline()
		}
		dials = append(dials, now.Sub(t0))
		p.dialFailed(now, "no answer")
	}
	want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second, 30 * time.Second}
	for i := range want {
		if dials[i] != want[i] {
			t.Fatalf("dials at %v, want %v", dials, want)
		}
	}
	if p.state != Unreachable || p.reason != "no answer" {
		t.Errorf("state %v (%s)", p.state, p.reason)
	}
}

func TestLiveLinkOutlivesTheNotice(t *testing.T) {
	p := listedPresence(true)
	p.up(at(time.Second))
	if d := p.unlist(at(10 * time.Second)); !d.check || d.changed || p.state != Joined {
		t.Fatalf("on the notice: %+v, %v, want a check and nothing told", d, p.state)
	}
	if d := p.down(at(12*time.Second), false, "no answer"); !d.changed || p.state != Left {
		t.Fatalf("without an answer: %+v, %v", d, p.state)
	}
}

func TestLostWhileListedIsUnreachableAndAskedForAgain(t *testing.T) {
	p := listedPresence(true)
	p.up(t0)
	p.want(at(time.Minute)) // the engine, when the link goes
	if d := p.down(at(time.Minute), false, "no answer"); !d.changed || p.state != Unreachable || p.reason != "no answer" {
		t.Fatalf("%+v, %v", d, p.state)
	}
	if d := p.tick(at(time.Minute)); !d.dial {
		t.Error("not asked for again")
	}
}

// Another connection takes the link's place: nothing to tell, unless it does
// not come.
func TestMovedLink(t *testing.T) {
	p := listedPresence(true)
	p.up(t0)
	p.moved(at(time.Minute))
	if ds, _ := due(p, at(time.Minute+elderWait-1)); len(ds) > 0 || p.state != Joined || !p.wants(at(time.Minute)) {
		t.Fatalf("%v, %v", ds, p.state)
	}
	if d := p.tick(at(time.Minute + elderWait)); !d.dial {
		t.Error("not asked for when the other end does not bring it")
	}
	if d := p.up(at(2 * time.Minute)); d.changed {
		t.Error("told although it never was away")
	}
	p.want(at(3 * time.Minute))
	p.moved(at(3 * time.Minute))
	due(p, at(3*time.Minute+connectPatience))
	if p.state != Unreachable {
		t.Errorf("state %v", p.state)
	}
}

func TestShunned(t *testing.T) {
	p := listedPresence(true)
	p.up(t0)
	if d := p.shun(at(time.Second), "it sent invalid data"); !d.changed || p.state != Unreachable {
		t.Fatalf("%+v, %v", d, p.state)
	}
	p.list(at(2*time.Second), true)
	if ds, _ := due(p, at(shunFor+time.Second-1)); len(ds) != 0 {
		t.Errorf("%v", ds)
	}
	if due(p, at(shunFor+time.Second)); p.state != Present {
		t.Errorf("afterwards %v", p.state)
	}
	p.want(at(shunFor + time.Second))
	if ds, _ := due(p, at(shunFor+time.Second)); len(ds) != 1 || !ds[0].dial {
		t.Errorf("wanted again: %v", ds)
	}
	if p.shun(t0, ""); p.wants(at(shunFor - 1)) {
		t.Error("wanted nevertheless")
	}
}

func TestGoodbyeIsFinalUntilListedAnew(t *testing.T) {
	p := listedPresence(true)
	p.up(t0)
	if d := p.down(at(time.Second), true, ""); !d.changed || p.state != Left {
		t.Fatalf("%+v, %v", d, p.state)
	}
	if next := p.nextDeadline(); !next.IsZero() {
		t.Error("something is planned after a goodbye")
	}
}

func TestUnlistedWithoutLinkIsLeft(t *testing.T) {
	p := listedPresence(true)
	if d := p.unlist(at(time.Second)); !d.changed || p.state != Left {
		t.Fatalf("%+v, %v", d, p.state)
	}
}

// A member of a large room is there without a link; one may come and go.
func TestReachedThroughOthers(t *testing.T) {
	p := &presence{state: Left}
	p.list(t0, false)
	if d := p.settle(t0); !d.changed || p.state != Present {
		t.Fatalf("%v", p.state)
	}
	if ds, _ := due(p, at(time.Hour)); len(ds) > 0 {
		t.Errorf("%v", ds)
	}
	p.want(at(time.Hour))
	if d := p.tick(at(time.Hour)); !d.dial || p.state != Present {
		t.Errorf("%+v, %v", d, p.state)
	}
	if d := p.dialFailed(at(time.Hour), "no answer"); !d.failed || d.changed {
		t.Errorf("%+v", d)
	}
	if p.unwant(at(time.Hour)); !p.nextDeadline().IsZero() {
		t.Error("tried on")
	}
	p.linking()
	if d := p.up(at(time.Hour)); !d.changed || p.state != Joined {
		t.Errorf("%v", p.state)
	}
	if d := p.down(at(2*time.Hour), false, "no answer"); !d.changed || p.state != Present {
		t.Errorf("%v", p.state)
	}
	if d := p.unlist(at(2 * time.Hour)); !d.changed || p.state != Left {
		t.Errorf("%v", p.state)
	}
}

// A link that the room gave up on in the last moment, and a member it wants no
// more while it cannot be reached.
func TestUnwanted(t *testing.T) {
	p := listedPresence(true)
	p.tick(t0)
	p.dialFailed(at(time.Second), "no answer")
	due(p, at(time.Minute))
	if p.state != Unreachable {
		t.Fatalf("%v", p.state)
	}
	p.dialing = false
	if p.unwant(at(time.Minute)); p.state != Present || p.seeks() {
		t.Errorf("%v", p.state)
	}
}
