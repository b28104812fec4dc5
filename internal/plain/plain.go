// Package plain is the front for pipes, logs and screen readers: append-only
// lines, words instead of glyphs, no cursor motion. Messages go to standard
// output, everything else to standard error.
//
// It holds no state of the room and formats nothing itself beyond choosing the
// stream; names and phrases are internal/front's.
package plain

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/lines"
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
}

// Run is the front's whole life: until the input ends and everything is
// delivered (or opts.Drain is over), /quit, ctx ends or the session does. The
// error is one of reading or writing.
func Run(ctx context.Context, sess front.Session, opts Options) (front.Delivery, error) {
	input := lines.Read(opts.In, MaxLine)
	defer input.Stop()
	p := &printer{opts: opts, watch: front.NewWatch(sess.Members())}
	p.greet(sess)

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
					p.say("error: reading the input: " + err.Error())
				}
				typed = nil
				go func() { drained <- front.DrainFor(draining, sess, opts.Drain) }()
			} else if p.input(sess, line) {
				return front.Leave(sess, p.event), p.err
			}
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
	opts  Options
	watch *front.Watch
	err   error
}

func (p *printer) greet(sess front.Session) {
	p.say(fmt.Sprintf("room %s (%s); room word: %s", sess.Room(), front.Openness(sess.Private()), sess.RoomWord()))
	p.say(fmt.Sprintf("you are %s; /help lists the commands", front.Handle(sess.Nick(), sess.Key(), false)))
	for _, m := range sess.Members() {
		p.say(front.Name(m.Nick, m.Key, m.Verified, m.Impostor) + ": " + front.Link(m))
	}
}

// input handles one line and reports whether the user wants to leave.
func (p *printer) input(sess front.Session, line lines.Line) (quit bool) {
	if line.TooLong {
		p.say(fmt.Sprintf("not sent: the line is longer than %d KiB; send it in parts, or as a file", MaxLine>>10))
		return false
	}
	if strings.TrimSpace(line.Text) == "" {
		return false
	}
	r := front.Execute(sess, line.Text)
	for _, l := range r.Lines {
		p.say(l)
	}
	return r.Quit
}

func (p *printer) event(e peer.Event) {
	switch e := e.(type) {
	case peer.MessageEvent:
		if e.Ahead {
			p.say(front.AheadLine(e.Message))
		}
		if !e.Own || !p.opts.InputEchoed {
			p.print(p.opts.Out, front.MessageLines(e.Message))
		}
	case peer.MemberChanged:
		p.say(p.watch.Member(e))
	case peer.BootnodeChanged:
		p.say(p.watch.BootnodeChange(e))
	case peer.Notice:
		p.say(front.NoticeLine(e))
	}
}

// say prints a line that is no message.
func (p *printer) say(line string) {
	if line != "" {
		p.print(p.opts.Err, line)
	}
}

func (p *printer) print(w io.Writer, line string) {
	if p.err != nil {
		return
	}
	if _, err := io.WriteString(w, line+"\n"); err != nil {
		p.err = fmt.Errorf("write output: %w", err)
	}
}
