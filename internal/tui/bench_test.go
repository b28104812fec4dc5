package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// large is how many messages the rooms of the benchmarks have: as many as the
// screen keeps.
const large = maxEntries - 10_000

// glass is a front in a large room on a simulated screen, without its loop: a
// frame is what the loop does between two drawings.
type glass struct {
	view   *view
	screen tcell.SimulationScreen
	tap    *screenTap // what tview draws on
	times  []time.Duration
}

func newGlass(b *testing.B, rooms int) *glass {
	b.Helper()
	sess := fronttest.New()
	for i := range rooms - 1 {
		sess.Add(fmt.Sprint("room ", i+2))
	}
	m := NewModel(sess, func() time.Time { return start })
	for _, p := range m.panes {
		for i := range large {
			p.log.message(message(i, texts[i%len(texts)]), start)
		}
	}
	g := &glass{view: newView(m, newTheme), screen: tcell.NewSimulationScreen("UTF-8")}
	g.tap = &screenTap{Screen: g.screen}
	if err := g.screen.Init(); err != nil {
		b.Fatal(err)
	}
	g.resize(120, 40)
	g.draw()
	return g
}

// texts are of every kind: wide, long, with links.
var texts = append([]string{
	"the quick brown fox jumps over the lazy dog and then some more words to wrap, as they come in a talk",
	"see https://example.org/a/page?of=some&length=1, please", "ok",
}, hardText...)

func (g *glass) resize(w, h int) {
	g.screen.SetSize(w, h)
	g.view.SetRect(0, 0, w, h)
}

// draw is what tview does after an event.
func (g *glass) draw() {
	g.tap.Clear()
	g.view.Draw(g.tap)
	g.tap.Show()
}

// frame measures what happens, with the drawing that follows.
func (g *glass) frame(what func()) {
	begin := time.Now()
	what()
	g.draw()
	g.times = append(g.times, time.Since(begin))
}

// report tells how long frames took.
func (g *glass) report(b *testing.B) {
	slices.Sort(g.times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(g.times[len(g.times)/2]), "ms/frame")
	b.ReportMetric(ms(g.times[len(g.times)*99/100]), "ms/frame-p99")
	b.ReportMetric(ms(g.times[len(g.times)-1]), "ms/frame-max")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFrameOpen is having another large room in front.
func BenchmarkFrameOpen(b *testing.B) {
	g := newGlass(b, 3)
	for i := 0; b.Loop(); i++ {
		g.view.model.current.log.width = 0
		for _, e := range g.view.model.current.log.entries[large-200:] {
			e.changed() // as if it had never been drawn
		}
		g.frame(func() { g.view.model.step(1) })
	}
	g.report(b)
}

// BenchmarkFrameResize is a storm of sizes.
func BenchmarkFrameResize(b *testing.B) {
	g := newGlass(b, 1)
	for i := 0; b.Loop(); i++ {
		g.frame(func() { g.resize(60+i%100, 16+i%30) })
	}
	g.report(b)
}

// BenchmarkFrameLong is a storm of sizes over messages as long as there are, of one
// line and of very many.
func BenchmarkFrameLong(b *testing.B) {
	g := newGlass(b, 1)
	for i := range 40 {
		body := strings.Repeat("word ", 20_000)
		if i%2 == 0 {
			body = strings.Repeat("a\n", 50_000)
		}
		g.view.model.current.log.message(message(large+i, body), start)
	}
	for i := 0; b.Loop(); i++ {
		g.frame(func() { g.resize(60+i%100, 16+i%30) })
	}
	g.report(b)
}

// BenchmarkFramePage pages up through the room, and from its end again.
func BenchmarkFramePage(b *testing.B) {
	g := newGlass(b, 1)
	for i := 0; b.Loop(); i++ {
		if i%2000 == 0 {
			g.view.model.current.log.bottom()
		}
		g.frame(func() { g.view.model.current.pageUp(38, start) })
	}
	g.report(b)
}

// BenchmarkFrameBurst is a frame in which 5,000 messages have come at once, for
// the room in front and another; what the screen keeps no more goes meanwhile.
func BenchmarkFrameBurst(b *testing.B) { burst(b, 5000) }

// BenchmarkFrameBurstPace is one of the frames in which 5,000 messages come
// within a second.
func BenchmarkFrameBurstPace(b *testing.B) { burst(b, 5000*int(frame/time.Millisecond)/1000) }

func burst(b *testing.B, size int) {
	g := newGlass(b, 2)
	m := g.view.model
	events := make([]peer.Event, size)
	for n := large; b.Loop(); n += size {
		b.StopTimer()
		for i := range events {
			e := message(n+i, texts[i%len(texts)])
			e.Room = m.panes[i%2].name()
			events[i] = peer.MessageEvent{Message: e}
		}
		b.StartTimer()
		g.frame(func() {
			for _, e := range events {
				m.Apply(e)
			}
			m.current.composer.typed('x')
		})
		m.current.composer.take()
	}
	g.report(b)
}
