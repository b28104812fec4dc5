package peer

import (
	"testing"
	"time"
)

// What was to be told of a long list, and is not any more, leaves no deadline
// behind: the loop would not rest.
func TestRollForgetsWhatComesUndone(t *testing.T) {
	var l roll
	now := time.Unix(1000, 0)
	if _, ok := l.take(now, longList+1); ok || l.at.IsZero() {
		t.Fatal("a long list is told at once")
	}
	if _, ok := l.take(now.Add(nameEvery), 0); ok || !l.at.IsZero() {
		t.Errorf("nothing is to be told, but the deadline is %v", l.at)
	}
}
