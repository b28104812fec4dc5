// Package jsonio is the front for programs: one JSON object per line, events
// and replies on standard output, commands on standard input. docs/EVENTS.md
// is its contract; a test compares the two.
//
// It holds no state of any room: every object is a translation of one event
// or one answer of the session.
package jsonio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/lines"
	"gochat/peer"
)

// Options are what Run works on.
type Options struct {
	In    io.Reader        // commands
	Out   io.Writer        // events and replies
	Drain time.Duration    // how long to wait for delivery at the end of input
	Now   func() time.Time // for the time field; nil is time.Now
}

// Run is the front's whole life: until the input ends and everything is
// delivered (or opts.Drain is over), a quit command, ctx ends or the session
// does. The error is one of writing.
func Run(ctx context.Context, sess front.Session, opts Options) (front.Delivery, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	input := lines.Read(opts.In, MaxLine)
	defer input.Stop()
	w := &writer{sess: sess, out: opts.Out, now: opts.Now}
	w.ready()

	typed := input.Lines()
	drained := make(chan front.Delivery, 1)
	draining, cancel := context.WithCancel(ctx)
	defer cancel()
	for w.err == nil {
		select {
		case <-ctx.Done():
			return front.Leave(sess, w.event), w.err
		case e, open := <-sess.Events():
			if !open {
				return front.DeliveryNow(sess), nil
			}
			w.event(e)
		case line, open := <-typed:
			if !open {
				if err := input.Err(); err != nil {
					w.fault(fault{codeInput, "reading the input: " + err.Error()})
				}
				typed = nil
				go func() { drained <- front.DrainFor(draining, sess, opts.Drain) }()
			} else if w.input(line) {
				return front.Leave(sess, w.event), w.err
			}
		case d := <-drained:
			front.Rest(sess, w.event)
			return d, w.err
		}
	}
	return front.DeliveryNow(sess), w.err
}

// Refuse tells a program why it is not listened to, or not any more: CodeBusy
// instead of Run, CodeSlow at the end.
func Refuse(out io.Writer, code string) {
	message := "too many other programs are connected; try again"
	if code == CodeSlow {
		message = "events were not read in time, so no more are sent; connect again, and ask history for what was missed"
	}
	w := &writer{out: out, now: time.Now}
	w.fault(fault{code, message})
}

// writer writes objects; after a failed write it only keeps the error.
type writer struct {
	sess front.Session
	out  io.Writer
	now  func() time.Time
	err  error
}

func (w *writer) ready() {
	r := readyEvent{head: w.head("ready"), Nick: w.sess.Nick(), Key: w.sess.Key().String(), Rooms: roomList(w.sess)}
	if len(r.Rooms) > 0 {
		r.roomFields = r.Rooms[0]
	}
	r.Peers, r.Bootnodes = situation(w.sess)
	w.write(r)
}

func (w *writer) head(kind string) head { return head{Version, kind, timeText(w.now())} }

// input handles one line and reports whether it was quit. A command's reply
// is written before the session can be asked for the next event, so before
// the event of the message it sent.
func (w *writer) input(line lines.Line) (quit bool) {
	if line.TooLong {
		w.fault(fault{codeLineTooLong, fmt.Sprintf("the line is longer than %d bytes and was dropped", MaxLine)})
		return false
	}
	if strings.TrimSpace(line.Text) == "" {
		return false
	}
	c, bad := parseCommand(line.Text)
	if bad != nil {
		w.fault(*bad)
		if c.ID != nil {
			w.write(reply{head: w.head("reply"), ID: c.ID, Error: bad})
		}
		return false
	}
	r, quit := perform(w.sess, c)
	r.head, r.ID = w.head("reply"), c.ID
	w.write(r)
	if c.Cmd == "stop" {
		stop(w.sess)
	}
	return quit
}

func (w *writer) fault(f fault) { w.write(errorEvent{w.head("error"), f.Code, f.Message}) }

func (w *writer) event(e peer.Event) {
	object, ok := output(w.sess, e, w.head)
	if m, said := e.(peer.MessageEvent); said {
		m.Show()
	}
	if ok {
		w.write(object)
	}
}

func (w *writer) write(object any) {
	if w.err != nil {
		return
	}
	line, err := encode(object)
	if err == nil {
		_, err = w.out.Write(append(line, '\n'))
	}
	if err != nil {
		w.err = fmt.Errorf("write output: %w", err)
	}
}

// encode is json.Marshal without the escaping of <, > and &, which is for HTML.
func encode(object any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
