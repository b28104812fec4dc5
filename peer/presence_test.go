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
	d := p.unlist(at(10 * time.Second))
	if !d.check || d.changed {
		t.Fatalf("on the notice: %+v, want a check and nothing told", d)
	}
	p.saw(at(10*time.Second + 80*time.Millisecond))
	if d := p.tick(at(12 * time.Second)); d.drop || p.state != Joined {
		t.Fatalf("dropped although it answered: %+v, %v", d, p.state)
	}
}

func TestSilenceAfterTheNoticeIsLeft(t *testing.T) {
	p := listedPresence(true)
	p.up(at(time.Second))
	p.unlist(at(10 * time.Second))
	if d := p.tick(at(11 * time.Second)); d.drop {
		t.Fatal("dropped before the answers could come")
	}
	if d := p.tick(at(12 * time.Second)); !d.drop || p.state != Left {
		t.Fatalf("%+v, state %v; want it dropped and left", d, p.state)
	}
}

func TestSilenceWhileListedIsUnreachableAndDialledAgain(t *testing.T) {
	p := listedPresence(true)
	p.up(t0)
	ds, times := due(p, at(silenceLimit+checkPatience))
	if len(ds) < 2 || !ds[0].check || times[0] != at(silenceLimit) || !ds[1].drop {
		t.Fatalf("decisions %+v at %v", ds, times)
	}
	if p.state != Unreachable {
		t.Fatalf("state %v", p.state)
	}
	if !ds[len(ds)-1].dial {
		t.Error("not dialled again")
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
