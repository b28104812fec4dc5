// Package plain is the front for pipes, logs and screen readers: append-only
// lines, words instead of glyphs, no cursor motion. Messages go to standard
// output, everything else to standard error.
//
// With several rooms, each line about one begins with its name and a colon. It
// formats nothing else itself; names and phrases are internal/front's.
package plain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/lines"
	"gochat/internal/text"
	"gochat/peer"
)

// MaxLine is the longest input line in bytes. A longer one is refused with an
// error, and the next one is read. Messages have their own, lower limit.
const MaxLine = 128 << 10

// Options are what Run works on.
type Options struct {
	In       io.Reader // a message or slash command per line
	Out, Err io.Writer
	// InputEchoed: a terminal shows what is typed, so own messages are not
	// printed again. Otherwise they are, and the output is a whole log.
	InputEchoed bool
	Drain       time.Duration // how long to wait for delivery at the end of input
	// Recall is how many of a room's last messages are printed at the start, and
	// all since the oldest of those that nobody has seen (Missed); 0: none, all
	// that is new will come as events.
	Recall int
	Missed []peer.MessageEvent
}

// Run is the front's whole life: until the input ends and everything is
// delivered (or opts.Drain is over), /quit, ctx ends or the session does. The
// error is one of reading or writing.
func Run(ctx context.Context, sess front.Session, opts Options) (front.Delivery, error) {
	input := lines.Read(opts.In, MaxLine)
	defer input.Stop()
	p := newPrinter(sess, opts)
	p.greet()
	d, err := p.run(ctx, input)
	p.tellFloods(time.Now().Add(never)) // what is folded is told of before the end
	return d, cmp.Or(err, p.err)
}

// run is what Run is without beginning and end.
func (p *printer) run(ctx context.Context, input *lines.Reader) (front.Delivery, error) {
	sess, opts := p.sess, p.opts
	typed := input.Lines()
	drained := make(chan front.Delivery, 1)
	draining, cancel := context.WithCancel(ctx)
	defer cancel()
	for p.err == nil {
		select {
		case <-ctx.Done():
			return front.Leave(sess, p.event), p.err
		case e, open := <-sess.Events():
			if !open {
				return front.DeliveryNow(sess), nil
			}
			p.event(e)
		case line, open := <-typed:
			if !open {
				if err := input.Err(); err != nil {
					p.say("", "error: reading the input: "+err.Error())
				}
				typed = nil
				go func() { drained <- front.DrainFor(draining, sess, opts.Drain) }()
			} else if p.input(line) {
				return front.Leave(sess, p.event), p.err
			}
		case <-p.lonely:
			if typed != nil { // else nobody is there to invite anybody
				p.alone()
			}
		case now := <-p.floods:
			p.tellFloods(now)
		case d := <-drained:
			front.Rest(sess, p.event)
			return d, p.err
		}
	}
	return front.DeliveryNow(sess), p.err
}

// printer writes to the two streams; after a failed write it only keeps the
// error.
type printer struct {
	sess      front.Session
	opts      Options
	watches   map[string]*front.Watch // by room
	books     map[string]*book        // by room
	bootnodes front.Bootnodes
	current   string // the room that input goes to; "": none
	// several: there was more than one room at a time. Lines that once began
	// with their room's name do so to the end.
	several bool
	lonely  <-chan time.Time // when to say who is not there; nil: not yet
	floods  <-chan time.Time // when to tell of what is folded; nil: nothing is
	err     error
}

func newPrinter(sess front.Session, opts Options) *printer {
	p := &printer{sess: sess, opts: opts, watches: map[string]*front.Watch{}, books: map[string]*book{}}
	for _, r := range sess.Rooms() {
		p.watches[r.Name()] = front.NewWatch(r.Members())
	}
	p.several = len(p.watches) > 1
	p.current = p.first()
	return p
}

// first is the name of the first room; "": there is none.
func (p *printer) first() string {
	for _, r := range p.sess.Rooms() {
		return r.Name()
	}
	return ""
}

func (p *printer) greet() {
	for _, r := range p.sess.Rooms() {
		p.say(r.Name(), front.Greeting(r))
		if !front.IsReady(r) {
			p.say(r.Name(), "reading history …; what you type is sent when that is done")
		}
	}
	for _, line := range front.Introduction(p.sess, "") {
		p.say("", line)
	}
	for _, r := range p.sess.Rooms() {
		for _, m := range r.Members() {
			if m.Ignored {
				continue
			}
			p.say(r.Name(), front.Name(m.Nick, m.Key, m.Verified, m.Impostor, m.Namesake)+": "+front.Link(m))
		}
		p.say(r.Name(), front.Holes(r.Holes()))
		p.recall(r)
	}
	if p.several {
		p.sayCurrent()
	}
}

func (p *printer) sayCurrent() {
	if p.current == "" {
		p.say("", "you are in no room now; /join name enters one")
		return
	}
	p.say("", "what you type goes to "+p.current+"; /room name changes that")
}

// input handles one line and reports whether the user wants to leave.
func (p *printer) input(line lines.Line) (quit bool) {
	if line.TooLong {
		p.say("", fmt.Sprintf("not sent: the line is longer than %d KiB; send it in parts, or as a file", MaxLine>>10))
		return false
	}
	if strings.TrimSpace(line.Text) == "" {
		return false
	}
	r := front.Execute(p.sess, front.Find(p.sess, p.current), line.Text)
	for _, l := range r.Lines {
		p.say(r.About, l)
	}
	if r.Theme != "" {
		p.say("", "lines have no colours; themes are for --ui tui")
	}
	if r.Room != "" {
		p.current = r.Room
		p.sayCurrent()
	}
	return r.Quit
}

func (p *printer) event(e peer.Event) {
	switch e := e.(type) {
	case peer.MessageEvent:
		p.message(e)
	case peer.MessageChanged:
		p.changed(e)
	case peer.HistoryFilled:
		p.filled(e)
	case peer.HolesChanged:
		p.say(e.Room, cmp.Or(front.Holes(e.Holes), front.HolesFilled))
	case peer.Compared:
		p.say(e.Room, front.SameLine(e.Comparison))
	case peer.Delivered:
		p.delivered(e)
	case peer.MemberChanged:
		p.say(e.Room, p.watch(e.Room).Member(e))
	case peer.BootnodeChanged:
		p.say("", p.bootnodes.Change(e))
		if p.lonely == nil && e.State == peer.BootnodeRegistered {
			p.lonely = time.After(aloneFor)
		}
	case peer.Notice:
		p.say(e.Room, front.NoticeLine(e))
	case peer.RoomChanged:
		p.room(e)
	}
}

func (p *printer) room(e peer.RoomChanged) {
	if e.State == peer.RoomParted {
		if e.Err == nil && !e.Ignored { // else a notice has said why, or the command that did it
			p.say(e.Room, "you left")
		}
		delete(p.watches, e.Room)
		delete(p.books, e.Room)
		if p.current == e.Room {
			p.current = p.first()
			p.sayCurrent()
		}
		return
	}
	p.watch(e.Room)
	p.several = p.several || len(p.watches) > 1
	if r := front.Find(p.sess, e.Room); r != nil {
		p.say(e.Room, front.Greeting(r))
	}
}

// aloneFor is how long others have to show themselves.
const aloneFor = 2 * time.Second

// alone says of rooms where nobody is how a friend joins.
func (p *printer) alone() {
	for _, r := range p.sess.Rooms() {
		if r.Between() == nil && front.IsReady(r) && len(p.watch(r.Name()).Members()) == 0 {
			for _, line := range front.Alone(p.sess, r, &p.bootnodes) {
				p.say(r.Name(), line)
			}
		}
	}
}

func (p *printer) watch(room string) *front.Watch {
	if p.watches[room] == nil {
		p.watches[room] = front.NewWatch(nil)
	}
	return p.watches[room]
}

// say prints a line that is no message, about a room or ("") the process. It is
// cleaned once more: errors in it may quote what others wrote.
func (p *printer) say(room, line string) {
	if line = text.Clean(line, text.MaxGrowth*len(line)); line != "" {
		p.print(p.opts.Err, room, line)
	}
}

func (p *printer) print(w io.Writer, room, line string) {
	if p.err != nil {
		return
	}
	if p.several && room != "" {
		line = room + ": " + strings.ReplaceAll(line, "\n", "\n"+room+": ")
	}
	if _, err := io.WriteString(w, line+"\n"); err != nil {
		p.err = fmt.Errorf("write output: %w", err)
	}
}
