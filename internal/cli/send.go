package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hub"
	"gochat/internal/profile"
	"gochat/internal/text"
	"gochat/peer"
	roomlog "gochat/room"
)

// runSend sends one message and waits until everybody who is there has it:
// through the gochat that has the data directory, or as a member of its own if
// none has. It returns the exit code.
func runSend(ctx context.Context, cfg config.Config, env Env) int {
	s := sending{cfg: cfg, env: env}
	if err := s.prepare(); err != nil {
		return fail(env.Err, err)
	}
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return fail(env.Err, err)
	}
	c, err := s.member(dir)
	if errors.Is(err, profile.ErrInUse) {
		return fail(env.Err, s.sendThere(ctx, dir))
	}
	if err != nil {
		return fail(env.Err, err)
	}
	defer c.close()
	return c.run(ctx)
}

// sending is a message on its way out.
type sending struct {
	cfg  config.Config
	env  Env
	text string
	// Whom it is to: keys, and nicks of people who were verified. Neither: the room.
	to    []crypto.PublicKey
	nicks []string
}

// direct reports whether it is for named people.
func (s *sending) direct() bool { return len(s.to)+len(s.nicks) > 0 }

// prepare reads whom to send what.
func (s *sending) prepare() error {
	for _, name := range s.cfg.To {
		k, err := crypto.ParsePublicKey(strings.ToLower(strings.Join(strings.Fields(name), "")))
		switch {
		case err == nil && !k.IsZero():
			s.to = append(s.to, k)
		case text.ValidNick(name) == nil:
			s.nicks = append(s.nicks, name)
		default:
			return s.cfg.Unusable("to", errors.New("neither a key nor a nick"))
		}
	}
	if !s.direct() {
		if _, err := oneRoom(s.cfg); err != nil {
			return err
		}
	}
	if s.text = s.cfg.Args[0]; s.text == "-" {
		b, err := io.ReadAll(io.LimitReader(s.env.In, roomlog.MaxText+2))
		if err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		s.text = strings.TrimSuffix(string(b), "\n")
	}
	return nil
}

// member opens a member that does nothing else.
func (s *sending) member(dir string) (*client, error) {
	cfg := s.cfg
	cfg.DataDir = dir // this very one: the message is its identity's
	cfg.Drain = cfg.Timeout
	c := &client{cfg: cfg, env: s.env, ui: config.Plain, closeLog: func() {}, sending: s}
	if err := c.open(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// errNotDelivered is exit code 4.
func errNotDelivered(format string, args ...any) error {
	return &exitError{ExitNotDelivered, fmt.Errorf(format, args...)}
}

// run is the whole life of a member that only sends: it is its front.
func (s *sending) run(ctx context.Context, sess *session) (front.Delivery, error) {
	go func() {
		for range sess.Events() { // until the session ends: somebody has to
		}
	}()
	r, err := s.place(sess)
	if err == nil {
		_, err = r.Send(peer.Text, s.text)
	}
	if err != nil {
		return front.Delivery{}, fmt.Errorf("not sent: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if s.direct() {
		return r.Drain(ctx), nil // what else is under way in the rooms is not asked about
	}
	return sess.Drain(ctx), nil
}

// undelivered says what became of a message that is not with everybody.
func (s *sending) undelivered(d front.Delivery) string {
	if d.Kept > 0 && d.Kept == d.Unreached && d.Undelivered == 0 {
		return "not delivered yet: nobody was there to take it; copies " + keptWhere(d)
	}
	what := "not delivered to everybody who is there"
	if d.Unreached > 0 {
		what = "not delivered: nobody was there to take it"
	}
	if s.cfg.Ephemeral {
		return what + "; with --ephemeral it is not kept either"
	}
	if s.direct() {
		return what + "; it is kept, and delivered when you meet in a room, or when the other opens the conversation, too (/msg, or send --to your key); --room names a room where both are"
	}
	return what + "; it is kept, and delivered when gochat runs here again in that room"
}

// place is the room, or the conversation, to send to.
func (s *sending) place(sess *session) (*room, error) {
	if s.direct() {
		verified, err := front.AddressVerified(sess, s.cfg.To)
		if err != nil {
			return nil, s.cfg.Unusable("to", err)
		}
		return sess.converse(verified...)
	}
	sess.mu.Lock()
	defer sess.mu.Unlock()
	if len(sess.rooms) == 0 {
		return nil, sess.unreadable()
	}
	return sess.rooms[0], nil
}

// sendThere has the running gochat send.
func (s *sending) sendThere(ctx context.Context, dir string) error {
	c, err := hub.Dial(dir)
	if err != nil {
		return fmt.Errorf("another gochat uses the profile in %s, and cannot be asked to send: %w", dir, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	_ = c.SetDeadline(time.Now().Add(max(s.cfg.Timeout, time.Second)))
	cmd := hub.Command{Cmd: "send", Text: s.text}
	if s.direct() {
		cmd.Cmd, cmd.To, cmd.Verified = "msg", slices.Clone(s.nicks), true
		if len(s.cfg.Rooms) > 0 && s.cfg.Given("room") {
			cmd.Room = s.cfg.Rooms[0].Name // where it must be, too
		}
		for _, k := range s.to {
			cmd.To = append(cmd.To, k.String())
		}
	} else {
		cmd.Room = s.cfg.Rooms[0].Name
	}
	sent, err := c.Do(cmd)
	if err != nil {
		return err
	}
	if sent.Code() == "unknown_room" || sent.Code() == "no_room" {
		return fmt.Errorf("not sent: the gochat that runs with %s is not in the room %s; join it there (/join %s), or choose another --data-dir",
			dir, cmd.Room, cmd.Room)
	}
	if sent.Code() == "bad_recipient" {
		return s.cfg.Unusable("to", sent.Err())
	}
	if err := sent.Err(); err != nil {
		return fmt.Errorf("not sent: %w", err)
	}
	_ = c.SetDeadline(time.Now().Add(s.cfg.Timeout))
	last := hub.Answer{}
	_, err = c.Await(func(a hub.Answer) bool {
		if a.Type != "ack" || a.ID != sent.MessageID {
			return false
		}
		last = a
		return a.Of > 0 && a.Delivered >= a.Of
	})
	switch {
	case ctx.Err() != nil:
		err = errNotDelivered("interrupted before it was delivered; the running gochat goes on trying")
	case errors.Is(err, os.ErrDeadlineExceeded) && last.Of == 0:
		err = errNotDelivered("not delivered: nobody is there; the running gochat delivers it when somebody comes")
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errNotDelivered("not delivered to everybody: %d of %d have it; the running gochat goes on trying", last.Delivered, last.Of)
	case err != nil:
		err = errNotDelivered("not known to be delivered: %w; it is kept, and delivered when gochat runs again", err)
	}
	return err
}
