package front_test

import (
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
)

// shared is a session that goes on without its front.
type shared struct {
	*fronttest.Session
	stopped bool
}

func (s *shared) StopAll() { s.stopped = true }

func TestDetachAndQuit(t *testing.T) {
	own := fronttest.New()
	if r := front.Execute(own, own.Room, "/detach"); !r.Failed || r.Quit || !strings.Contains(r.Lines[0], "gochat --detach") {
		t.Errorf("%+v", r)
	}
	if r := front.Execute(own, own.Room, "/quit"); !r.Quit {
		t.Errorf("%+v", r)
	}
	s := &shared{Session: own}
	if r := front.Execute(s, own.Room, "/detach"); !r.Quit || s.stopped {
		t.Errorf("%+v, stopped: %v", r, s.stopped)
	}
	if r := front.Execute(s, own.Room, "/quit"); !r.Quit || !s.stopped {
		t.Errorf("%+v, stopped: %v", r, s.stopped)
	}
}
