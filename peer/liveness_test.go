package peer

import (
	"testing"
	"time"
)

func TestSilenceIsAskedAbout(t *testing.T) {
	var l liveness
	if l.check(t0) || !l.nextDeadline().IsZero() {
		t.Fatal("something is planned without a connection")
	}
	l.begin(t0)
	l.saw(at(5 * time.Second))
	l.saw(at(3 * time.Second)) // told late
	if next := l.nextDeadline(); next != at(5*time.Second+silenceLimit) {
		t.Fatalf("due at %v", next)
	}
	asked := l.nextDeadline()
	if probe, lost := l.tick(asked); !probe || lost {
		t.Fatalf("after silence: probe %v, lost %v", probe, lost)
	}
	if probe, lost := l.tick(asked.Add(checkPatience - 1)); probe || lost {
		t.Fatalf("before the answers could come: probe %v, lost %v", probe, lost)
	}
	if _, lost := l.tick(asked.Add(checkPatience)); !lost {
		t.Fatal("no answer, and not lost")
	}
	l.end()
	if !l.nextDeadline().IsZero() {
		t.Error("something is planned after the end")
	}
}

func TestAnAnswerEndsTheCheck(t *testing.T) {
	var l liveness
	l.begin(t0)
	if !l.check(at(time.Second)) || l.check(at(time.Second)) {
		t.Fatal("one check at a time")
	}
	l.saw(at(1080 * time.Millisecond))
	if probe, lost := l.tick(at(time.Second + checkPatience)); probe || lost {
		t.Fatalf("probe %v, lost %v although it answered", probe, lost)
	}
	if next := l.nextDeadline(); next != at(1080*time.Millisecond+silenceLimit) {
		t.Errorf("due at %v", next)
	}
}
