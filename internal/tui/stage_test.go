package tui

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// simScreen notes that it was given back.
type simScreen struct {
	tcell.SimulationScreen
	restored bool
}

func newSimScreen() *simScreen {
	return &simScreen{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
}

func (s *simScreen) Fini() {
	s.restored = true
	s.SimulationScreen.Fini()
}

// stage is the whole program on a simulated screen.
type stage struct {
	t      *testing.T
	sess   *fronttest.Session
	screen *simScreen
	cancel func()
	ended  chan struct{}
	result front.Delivery
	err    error

	opened    []string // links
	suspended int
}

// play runs the program in a bubble, calls act once it is up, and ends it.
func play(t *testing.T, w, h int, sess func() *fronttest.Session, act func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, sess: sess(), screen: newSimScreen(), ended: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		s.cancel = cancel
		now := func() time.Time { return fronttest.Epoch.Add(-time.Minute) }
		go func() {
			defer close(s.ended)
			s.result, s.err = Run(ctx, s.sess, Options{
				Screen: s.screen, Now: now,
				Open:    func(link string) error { s.opened = append(s.opened, link); return nil },
				Suspend: func() string { s.suspended++; return "" },
			})
		}()
		synctest.Wait()
		s.resize(w, h)
		act(s)
		cancel()
		<-s.ended
	})
}

// settle lets the program do all it has to do, in the bubble's time.
func (s *stage) settle() { s.pass(100 * time.Millisecond) }

// pass lets the bubble's time pass.
func (s *stage) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *stage) resize(w, h int) {
	s.screen.SetSize(w, h)
	s.post(tcell.NewEventResize(w, h))
	s.settle()
}

// post hands the program an event that no key stands for.
func (s *stage) post(e tcell.Event) {
	synctest.Wait() // for room in the queue
	if err := s.screen.PostEvent(e); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) emit(events ...peer.Event) {
	s.sess.Emit(events...)
	s.settle()
}

func (s *stage) key(k tcell.Key, mod tcell.ModMask) {
	s.screen.InjectKey(k, 0, mod)
	synctest.Wait()
}

func (s *stage) typeText(text string) {
	for _, r := range text {
		s.screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	}
	synctest.Wait()
}

func (s *stage) paste(keys string) {
	s.post(tcell.NewEventPaste(true))
	for _, r := range keys {
		switch r {
		case '\r':
			s.screen.InjectKey(tcell.KeyEnter, 0, tcell.ModNone)
		case '\n':
			s.screen.InjectKey(tcell.KeyCtrlJ, 0, tcell.ModNone)
		case '\t':
			s.screen.InjectKey(tcell.KeyTab, 0, tcell.ModNone)
		default:
			s.screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
		}
	}
	s.post(tcell.NewEventPaste(false))
	synctest.Wait()
}

// left reports whether the program has ended by itself.
func (s *stage) left() bool {
	synctest.Wait()
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// text is what the screen shows.
func (s *stage) text() string {
	cells, w, h := s.screen.GetContents()
	var b strings.Builder
	for y := range h {
		line := ""
		for x := 0; x < w; x++ {
			c := string(cells[y*w+x].Runes)
			line += c
			if _, _, n := s.screen.Get(x, y); n > 1 {
				x += n - 1
			}
		}
		b.WriteString(strings.TrimRight(line, " \x00") + "\n")
	}
	return b.String()
}

func (s *stage) shows(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if got := s.text(); !strings.Contains(got, w) {
			s.t.Errorf("%q is not on the screen:\n%s", w, got)
		}
	}
}

func (s *stage) hides(unwanted string) {
	s.t.Helper()
	if got := s.text(); strings.Contains(got, unwanted) {
		s.t.Errorf("%q is on the screen:\n%s", unwanted, got)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("screen differs from %s (-update writes it anew):\n%s", file, got)
	}
}
