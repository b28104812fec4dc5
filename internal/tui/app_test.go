package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// scene is a room with everything in it.
func scene(s *stage) {
	bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
	carol := fronttest.Joined("carol", peer.PathRelay, 48*time.Millisecond)
	carol.Punching = true
	dave := fronttest.Joined("dave", peer.PathNone, 0)
	dave.State, dave.Was, dave.Reason = peer.Unreachable, peer.Joined, "no answer for 15 s"
	frank := fronttest.Joined("frank", peer.PathRelay, 51*time.Millisecond)
	frank.Reason = "both behind symmetric NATs: relayed through 203.0.113.5:9595"
	mallory := fronttest.Joined("bob", peer.PathDirect, 230*time.Millisecond)
	mallory.Key, mallory.Impostor = fronttest.Key("mallory"), true
	erin := fronttest.Joined("erin", peer.PathDirect, 1300*time.Millisecond)
	erin.Verified = true
	announced := fronttest.Joined("日本", peer.PathNone, 0)
	announced.State = peer.Connecting
	s.emit(
		peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"},
		bob, carol, erin, frank, mallory, dave, announced,
		peer.Notice{Level: peer.Warning, Text: "your clock is 40 s behind the others'"},
		peer.MessageEvent{Message: s.sess.Say("bob", "did the build go through? [red]not markup[white]")},
		peer.MessageEvent{Message: s.sess.Say("carol", "yes: 日本語 too 👍🏽, and the long line wraps at the edge of the window where a word ends")},
	)
	s.typeText("great, shipping")
	s.key(tcell.KeyEnter, tcell.ModNone)
	s.settle()
	own := s.sess.History(1)[0].ID
	verified := s.sess.Say("erin", "one\ntwo\nthree")
	verified.Verified = true
	impostor := s.sess.Say("bob", "send me the secret")
	impostor.Author, impostor.Impostor = mallory.Key, true
	s.emit(
		peer.Delivered{ID: own, Delivered: 2, Of: 3},
		peer.MessageEvent{Message: verified},
		peer.MessageEvent{Message: impostor},
	)
	s.typeText("/me waves")
	s.key(tcell.KeyEnter, tcell.ModNone)
	s.settle()
	s.emit(peer.Delivered{ID: s.sess.History(1)[0].ID, Delivered: 3, Of: 3})
	s.typeText("half a tho")
}

func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {90, 24}, {200, 60}} {
		name := fmt.Sprintf("%dx%d.txt", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			play(t, size[0], size[1], fronttest.New, func(s *stage) {
				scene(s)
				golden(t, filepath.Join("testdata", name), s.text())
			})
		})
	}
}

func TestGoldenAlone(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.emit(peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"})
		golden(t, "testdata/alone.txt", s.text())
	})
}

func TestPictureForTheReadme(t *testing.T) {
	play(t, 104, 22, fronttest.New, func(s *stage) {
		s.emit(
			peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"},
			fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond),
			fronttest.Joined("carol", peer.PathRelay, 48*time.Millisecond),
			peer.MessageEvent{Message: s.sess.Say("bob", "morning! is the relay gone?")},
		)
		s.typeText("yes, we are direct since the punch went through")
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.settle()
		upgraded := fronttest.Joined("carol", peer.PathDirect, 21*time.Millisecond)
		upgraded.Was = peer.Joined
		s.emit(
			peer.Delivered{ID: s.sess.History(1)[0].ID, Delivered: 2, Of: 2},
			peer.MessageEvent{Message: s.sess.Say("carol", "still behind two NATs here:\n- the hotel's\n- my phone's")},
			upgraded,
			peer.MessageEvent{Message: s.sess.Say("carol", "and now direct as well")},
		)
		s.typeText("/me is impressed")
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.settle()
		s.emit(peer.Delivered{ID: s.sess.History(1)[0].ID, Delivered: 1, Of: 2})
		s.typeText("lunch at on")
		golden(t, "testdata/screen.svg", SVG(s.screen))
	})
}

func TestTinyAndHugeScreensSurvive(t *testing.T) {
	for _, size := range [][2]int{{20, 6}, {1, 1}, {2, 3}, {7, 2}, {69, 5}, {70, 4}, {300, 3}} {
		play(t, size[0], size[1], fronttest.New, func(s *stage) {
			scene(s)
			s.key(tcell.KeyPgUp, tcell.ModNone)
			s.key(tcell.KeyHome, tcell.ModCtrl)
			s.resize(120, 40)
			s.shows("half a tho")
		})
	}
}

func TestCtrlCClearsThenLeaves(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		s.typeText("hello")
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		s.shows("Ctrl-C again leaves")
		s.hides("> hello")
		s.key(tcell.KeyUp, tcell.ModNone)
		s.shows("> hello")
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		if s.left() {
			t.Fatal("left with text in the composer")
		}
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		if !s.left() || s.err != nil {
			t.Fatalf("did not leave: %v", s.err)
		}
	})
}

func TestEveryWayOut(t *testing.T) {
	for name, leave := range map[string]func(s *stage){
		"/quit":            func(s *stage) { s.typeText("/quit"); s.key(tcell.KeyEnter, tcell.ModNone) },
		"Ctrl-D":           func(s *stage) { s.key(tcell.KeyCtrlD, tcell.ModCtrl) },
		"signal":           func(s *stage) { s.cancel() },
		"session ended":    func(s *stage) { s.sess.Close(); s.settle() },
		"in a paste":       func(s *stage) { s.post(tcell.NewEventPaste(true)); synctest.Wait(); s.cancel() },
		"terminal is gone": func(s *stage) { s.post(tcell.NewEventError(os.ErrClosed)) },
	} {
		play(t, 80, 24, fronttest.New, func(s *stage) {
			s.sess.Send(peer.Text, "unheard")
			leave(s)
			if !s.left() {
				t.Fatalf("%s: still there", name)
			}
			if (s.err != nil) != (name == "terminal is gone") || s.result.Unreached != 1 {
				t.Errorf("%s: %+v, %v", name, s.result, s.err)
			}
			if !s.screen.restored {
				t.Errorf("%s: the terminal is not restored", name)
			}
		})
	}
}

func TestCancelledBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Run(ctx, fronttest.New(), Options{Screen: newSimScreen()}); err != nil {
			t.Error(err)
		}
	})
}

// brokenScreen cannot be used.
type brokenScreen struct{ tcell.Screen }

func (brokenScreen) Init() error { return tcell.ErrNoScreen }

func TestUnsuitableTerminal(t *testing.T) {
	t.Setenv("TERM", "dumb")
	t.Setenv("COLORTERM", "")
	for _, screen := range []tcell.Screen{nil, brokenScreen{tcell.NewSimulationScreen("UTF-8")}} {
		if _, err := Run(t.Context(), fronttest.New(), Options{Screen: screen}); err == nil || !strings.Contains(err.Error(), "--ui plain") {
			t.Errorf("got %v", err)
		}
	}
}

func TestPasteKeepsItsLines(t *testing.T) {
	for _, c := range []struct{ pasted, want string }{
		{"one\rtwo", "one\ntwo"},
		{"one\ntwo", "one\ntwo"},
		{"one\r\ntwo\r\n\r\nthree", "one\ntwo\n\nthree"},
		{"a\tb\n", "a    b"},
	} {
		play(t, 80, 24, fronttest.New, func(s *stage) {
			s.paste(c.pasted)
			if sent := s.sess.Sent(); len(sent) > 0 {
				t.Fatalf("%q was sent by pasting", sent)
			}
			s.key(tcell.KeyEnter, tcell.ModNone)
			if sent := s.sess.Sent(); len(sent) != 1 || sent[0] != c.want {
				t.Errorf("pasted %q, sent %q", c.pasted, sent)
			}
		})
	}
}

func TestEventsDuringAPasteAreNotLost(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		s.post(tcell.NewEventPaste(true))
		synctest.Wait()
		s.emit(peer.MessageEvent{Message: s.sess.Say("bob", "meanwhile")})
		s.post(tcell.NewEventPaste(false))
		s.settle()
		s.shows("meanwhile")
	})
}

func TestHugePasteIsRefused(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		s.paste(strings.Repeat("x", maxPaste+10))
		s.shows("too long")
		s.hides("> x")
	})
}

func TestNewlineKeys(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		for _, newline := range []func(){
			func() { s.key(tcell.KeyCtrlJ, tcell.ModCtrl) },
			func() { s.key(tcell.KeyEnter, tcell.ModAlt) },
			func() { s.screen.InjectKey(tcell.KeyRune, 'm', tcell.ModAlt|tcell.ModCtrl) },
		} {
			s.typeText("a")
			newline()
			s.typeText("b")
			s.key(tcell.KeyEnter, tcell.ModNone)
		}
		if got := strings.Join(s.sess.Sent(), "|"); got != "a\nb|a\nb|a\nb" {
			t.Errorf("sent %q", got)
		}
	})
}

func TestScrolledUpShowsWhatIsNew(t *testing.T) {
	play(t, 80, 12, fronttest.New, func(s *stage) {
		for i := range 40 {
			s.sess.Emit(peer.MessageEvent{Message: s.sess.Say(fmt.Sprint("bob", i%4), fmt.Sprintf("message %d", i))})
		}
		s.settle()
		s.shows("message 39")
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.hides("message 39")
		s.shows("↓ more")
		before := s.text()
		s.emit(peer.MessageEvent{Message: s.sess.Say("bob", "message 40")})
		s.shows("↓ 1 new")
		if strings.Split(before, "\n")[5] != strings.Split(s.text(), "\n")[5] {
			t.Error("the window moved")
		}
		s.key(tcell.KeyHome, tcell.ModNone)
		s.shows("message 0")
		s.key(tcell.KeyEnd, tcell.ModNone)
		s.shows("message 40")
		s.hides("↓")
	})
}

func TestRefusedMessageStaysInTheComposer(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		s.paste(strings.Repeat("x", fronttest.MaxText+1))
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.shows("not sent", "xxxxx")
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		s.typeText("/nope")
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.shows("no command /nope")
		s.hides("> /nope")
	})
}

// A burst must not be drawn message by message.
func TestBurstIsDrawnInFrames(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		begun := time.Now()
		for i := range 5000 {
			s.sess.Emit(peer.MessageEvent{Message: s.sess.Say(fmt.Sprint("bob", i%500), fmt.Sprintf("message %d", i))})
		}
		s.settle()
		s.shows("message 4999")
		if took := time.Since(begun); took > 100*time.Millisecond {
			t.Errorf("took %v of the bubble's time", took)
		}
	})
}

func TestNoTextIsMarkup(t *testing.T) {
	play(t, 130, 12, fronttest.New, func(s *stage) {
		evil := `[red]x[::b]y[:::https://evil/z]https://bank[""]q[""]`
		s.emit(peer.MessageEvent{Message: s.sess.Say("bob", evil)})
		s.shows(evil)
		for x := range 130 {
			for y := range 12 {
				if _, style, _ := s.screen.Get(x, y); style == style.Url("https://evil/z") {
					t.Fatal("a hidden link")
				}
			}
		}
	})
}

// Whoever is alone sees what is going on, also where there is little room.
func TestAloneOnTheScreen(t *testing.T) {
	begin := func() *fronttest.Session { s := fronttest.New(); s.Near = true; return s }
	play(t, 100, 24, begin, func(s *stage) {
		s.shows("Looking for others")
		s.emit(peer.BootnodeChanged{State: peer.BootnodeUnreachable, Address: "203.0.113.5:9595"})
		s.shows("does not answer; gochat goes on", "what you write waits here", "/doctor says more")
		s.emit(peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"})
		s.shows("gochat join 'gochat:", "this machine and network only")
		s.hides("alice#3nmw (you)") // nothing stands between the lines of the invite
		s.resize(60, 8)
		s.shows("Nobody else yet: see /invite")
		s.hides("gochat join")
		s.emit(fronttest.Joined("bob", peer.PathDirect, time.Millisecond))
		s.resize(100, 24)
		s.hides("gochat join")
		s.shows("alice#3nmw (you)")
	})
}
