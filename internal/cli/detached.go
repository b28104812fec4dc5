package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"gochat/internal/front"
	"gochat/internal/jsonio"
	"gochat/internal/profile"
	"gochat/peer"
)

// detached is a process in the background: it has no front of its own.
type detached struct {
	env Env
	in  *bufio.Reader
	ask bool // somebody can be asked until it is ready

	log     *boundedLog // its own; nil: it was given another
	settled bool        // it is, and nobody waits any more
}

// inBackground is how a process was begun in the background; nil: it was not.
func inBackground(env Env) *detached {
	how := env.Getenv(childVariable)
	if how != childAsk && how != childQuiet {
		return nil
	}
	return &detached{env: env, in: bufio.NewReader(env.In), ask: how == childAsk}
}

// passphrase has the process ask that began this one; nil: nobody is there.
func (d *detached) passphrase() profile.Passphrase {
	if !d.ask {
		return nil
	}
	return func(attempt int) ([]byte, error) {
		if err := d.say(childSays{Ask: attempt}); err != nil {
			return nil, err
		}
		line, err := d.in.ReadBytes('\n')
		if err != nil {
			return nil, errInterrupted
		}
		var answer parentSays
		if err := json.Unmarshal(line, &answer); err != nil {
			return nil, fmt.Errorf("read the passphrase: %w", err)
		}
		if answer.Error != "" {
			return nil, errors.New(answer.Error)
		}
		return answer.Passphrase, nil
	}
}

func (d *detached) say(what childSays) error {
	line, err := json.Marshal(what)
	if err != nil {
		return err
	}
	_, err = d.env.Out.Write(append(line, '\n'))
	return err
}

const (
	// logName is the log of a process in the background that was given none.
	logName = "gochat.log"
	// maxLog is how large it may be; two are kept.
	maxLog = 4 << 20
)

// openLog opens the log in a data directory.
func (d *detached) openLog(dir string) (l *boundedLog, err error) {
	d.log, err = openBoundedLog(filepath.Join(dir, logName), maxLog)
	return d.log, err
}

// readyWithin is how long a named bootnode may take to answer before whoever
// waits is told that all is ready but this.
const readyWithin = 3 * time.Second

// run is the front of a process without one, until ctx ends or the session does.
// It tells that the process is ready, and from then on what goes wrong is for the log.
func (d *detached) run(ctx context.Context, c *client) (front.Delivery, error) {
	s := c.session
	if c.deaf != nil {
		return front.Delivery{}, fmt.Errorf("nobody could attach to it in the background: %w; a --data-dir with a shorter path may help", c.deaf)
	}
	registered := s.registered
	patience := time.NewTimer(readyWithin)
	defer patience.Stop()
	for {
		ready := false
		select {
		case <-ctx.Done():
			return front.Leave(s, func(e peer.Event) { d.notice(c, e) }), nil
		case <-registered:
			ready = true
		case <-patience.C:
			ready = true
		case e, open := <-s.Events():
			if !open {
				return front.DeliveryNow(s), nil
			}
			d.notice(c, e)
		}
		if ready {
			registered = nil
			patience.Stop()
			if err := d.settle(c); err != nil {
				return front.Delivery{}, err
			}
		}
	}
}

// notice says what is to be known: to whoever waits, and later to the log, but
// there without its text, which may name people.
func (d *detached) notice(c *client, e peer.Event) {
	n, is := e.(peer.Notice)
	switch {
	case !is || n.Level == peer.Info:
	case !d.settled:
		fmt.Fprintln(c.env.Err, "gochat:", front.NoticeLine(n))
	default:
		c.log.Warn("there is something to know; gochat attach and /doctor may tell more", "code", n.Code)
	}
}

// settle tells that the process is ready, and lets go of the terminal.
func (d *detached) settle(c *client) error {
	log, err := openAppend(c.cfg.LogFile)
	if err != nil {
		return c.cfg.Unusable("log-file", err)
	}
	defer log.Close()
	ready := jsonio.Detaching{
		PID: os.Getpid(), DataDir: absolute(c.profile.Dir()), Profile: c.profile.Number(), Log: absolute(c.cfg.LogFile),
		Nick: front.Self(c.session), Key: c.session.Key().String(), Answered: c.session.answered(), Rooms: []string{}, Notices: c.cfg.Warnings,
	}
	for _, n := range c.notices {
		ready.Notices = append(ready.Notices, n.Text)
	}
	for _, r := range c.session.Rooms() {
		ready.Rooms = append(ready.Rooms, r.Name())
	}
	if err := d.say(childSays{Ready: &ready}); err != nil {
		return fmt.Errorf("whoever began this has gone: %w", err)
	}
	if err := letGo(d.env); err != nil {
		c.log.Warn("not all files of who began this are let go of", "error", err)
	}
	c.env.Err, d.settled = complainTo(log, c.env.Err), true
	if d.log == nil {
		return crashTo(log)
	}
	d.log.follow(func(log *os.File) {
		complainTo(log, c.env.Err)
		_ = crashTo(log)
	})
	return nil
}

// crashTo has what a crash says go to a log.
func crashTo(log *os.File) error {
	if err := debug.SetCrashOutput(log, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("write to the log in a crash: %w", err)
	}
	return nil
}

// absolute is the path as anybody can use it.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
