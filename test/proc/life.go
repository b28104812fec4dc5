package proc

import (
	"testing"
	"time"
)

// Life is a member over all the runs of its process on one data directory.
type Life struct {
	Runs     []*Process
	Killed   int
	Expected string // the code of notices that are no surprise

	t     testing.TB
	start func() *Process
}

// Live starts a member for the first time.
func Live(t testing.TB, start func() *Process) *Life {
	l := &Life{t: t, start: start}
	l.Start()
	return l
}

// Start starts the next run.
func (l *Life) Start() *Process {
	l.Runs = append(l.Runs, l.start())
	return l.Now()
}

// Now is the run under way, or the last.
func (l *Life) Now() *Process { return l.Runs[len(l.Runs)-1] }

// exitWithin is how long a process may take to end.
const exitWithin = time.Minute

// Kill ends the run without a warning.
func (l *Life) Kill() {
	l.t.Helper()
	l.Killed++
	l.Now().Kill()
	l.Now().Exit(exitWithin)
}

// Stop ends the run in order, delivered or not.
func (l *Life) Stop() {
	l.t.Helper()
	l.Now().Do(map[string]any{"cmd": "quit"})
	if code := l.Now().Exit(exitWithin); code != 0 && code != 4 {
		l.t.Errorf("%s ended with %d", l.Now().Name, code)
	}
}

// Accepted are the ids of all messages whose sending was answered with ok.
func (l *Life) Accepted() (ids []string) {
	for _, p := range l.Runs {
		for _, e := range p.Events() {
			if e.Type() == "reply" && e.Bool("ok") && e.Has("message_id") {
				ids = append(ids, e.String("message_id"))
			}
		}
	}
	return ids
}

// LostNothing checks what members promise, who now hold the same and list the
// texts said, by id: what was accepted or shown is there, no message came on a
// screen twice, and no other notice was needed than Expected. A screen may lack one message for each
// kill: what is being written to it when the process dies is in the history only.
func LostNothing(t testing.TB, said map[string]string, members ...*Life) {
	t.Helper()
	for _, l := range members {
		shown := map[string]bool{}
		for i, p := range l.Runs {
			for _, e := range p.Events() {
				id := e.String("id")
				switch {
				case Complaint(e) && e.String("code") != l.Expected:
					t.Errorf("%s: run %d: %s", p.Name, i+1, e.Raw)
				case e.Type() != "message":
				case shown[id]:
					t.Errorf("%s: shown again in run %d: %s", p.Name, i+1, e.Raw)
				default:
					shown[id] = true
					if _, there := said[id]; !there {
						t.Errorf("%s: shown and lost: %s", p.Name, e.Raw)
					}
				}
			}
		}
		accepted := l.Accepted()
		for _, id := range accepted {
			if _, there := said[id]; !there {
				t.Errorf("%s: accepted and lost: %s", l.Now().Name, id)
			}
		}
		var missing []string
		for id, text := range said {
			if !shown[id] {
				missing = append(missing, text)
			}
		}
		if len(missing) > l.Killed {
			t.Errorf("%s: killed %d times, %d messages were never shown: %.500q", l.Now().Name, l.Killed, len(missing), missing)
		}
		t.Logf("%s: %d runs, %d messages accepted, %d of %d shown", l.Now().Name, len(l.Runs), len(accepted), len(shown), len(said))
	}
}
