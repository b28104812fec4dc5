package room

import (
	"testing"
	"time"

	"gochat/internal/wire"
)

// typingFrames counts what was sent since the last look.
func (s *solo) typingFrames() (n int) {
	for _, f := range s.frames {
		if _, ok := f.(wire.LinkTyping); ok {
			n++
		}
	}
	s.frames = nil
	return n
}

// states are the changes since the last look, "+" for each beginning.
func (s *solo) writing() (out string) {
	for _, c := range take[TypingChanged](s) {
		if c.Peer != memberN(1).Public() {
			s.t.Errorf("of %v", c.Peer)
		}
		out += map[bool]string{true: "+", false: "-"}[c.On]
	}
	return out
}

func TestTypingIsToldAtAPace(t *testing.T) {
	s := newSolo(t, nil)
	s.step(Typing{}) // nobody is there
	s.link(1)
	s.wait(typingPace)
	s.frames = nil
	for range 100 { // a key each 100 ms
		s.step(Typing{})
		s.wait(100 * time.Millisecond)
	}
	if n := s.typingFrames(); n != 4 {
		t.Errorf("told %d times in 10 s", n)
	}
	s.step(Leave{})
	s.wait(typingPace)
	s.step(Typing{})
	if n := s.typingFrames(); n != 0 {
		t.Errorf("told %d times after leaving", n)
	}
}

func TestTypingEnds(t *testing.T) {
	s := newSolo(t, nil)
	s.link(1)
	for range 50 {
		s.frame(1, wire.LinkTyping{})
	}
	if got := s.writing(); got != "+" {
		t.Fatalf("a flood told %q", got)
	}
	s.wait(typingLife - time.Second)
	s.frame(1, wire.LinkTyping{})
	s.wait(typingLife - time.Millisecond)
	if got := s.writing(); got != "" {
		t.Fatalf("too early: %q", got)
	}
	s.wait(time.Millisecond)
	if got := s.writing(); got != "-" {
		t.Fatalf("after %v: %q", typingLife, got)
	}
	bob := newScribe(1)
	s.frame(1, wire.LinkTyping{})
	s.push(1, bob.run(1)[0])
	if got := s.writing(); got != "+-" {
		t.Errorf("with its message: %q", got)
	}
	for _, end := range []Event{LinkDown{1}, Frame{1, []byte{byte(wire.LinkFrameBye)}}} {
		s.frame(1, wire.LinkTyping{})
		s.step(end)
		if got := s.writing(); got != "+-" {
			t.Errorf("with %T: %q", end, got)
		}
		s.link(1)
	}
	s.wait(time.Minute)
	if got := s.writing(); got != "" {
		t.Errorf("once more: %q", got)
	}
}

func TestNoTypingInALargeRoom(t *testing.T) {
	s := newSolo(t, nil)
	s.present(1, 100)
	s.link(1)
	s.wait(time.Second)
	s.frames = nil
	s.step(Typing{})
	s.frame(1, wire.LinkTyping{})
	if n, got := s.typingFrames(), s.writing(); n != 0 || got != "" {
		t.Errorf("told %d, heard %q", n, got)
	}
}
