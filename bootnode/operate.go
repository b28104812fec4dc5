package bootnode

import (
	"context"
	"errors"
	"math"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// ErrStopped says that the bootnode does not run, or no more.
var ErrStopped = errors.New("the bootnode has stopped")

// order is something for the directory's owner to do.
type order struct {
	do   func(now time.Time)
	done chan struct{}
}

// order has the owner of the directory do something, and waits for it. The
// error is ErrStopped, or that of ctx.
func (s *Server) order(ctx context.Context, do func(now time.Time)) error {
	o := order{do, make(chan struct{})}
	select {
	case s.orders <- o:
	case <-s.ended:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	<-o.done
	return nil
}

// obey does what was ordered.
func (s *Server) obey(o order) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(o.done)
	o.do(now)
	s.settle(now)
}

// Ban puts bans into force and returns how many registrations ended by it.
func (s *Server) Ban(ctx context.Context, list ...Ban) (ended int, err error) {
	err = s.order(ctx, func(now time.Time) {
		var out []Action
		ended, out = s.directory.Ban(now, list)
		s.perform(out)
	})
	return ended, err
}

// Unban takes a ban back and reports whether it was in force.
func (s *Server) Unban(ctx context.Context, t Target) (was bool, err error) {
	err = s.order(ctx, func(time.Time) { was = s.directory.Unban(t) })
	return was, err
}

// Notify tells all members, or those in the room whose tag begins with these
// hexadecimal digits, and returns how many they are. The error may be ErrNoRoom or
// ErrRooms, or that of CheckText.
func (s *Server) Notify(ctx context.Context, text, room string) (members int, err error) {
	if err := CheckText(text); err != nil {
		return 0, err
	}
	var wrong error
	err = s.order(ctx, func(now time.Time) {
		var tag crypto.RoomTag
		if room != "" {
			if tag, wrong = s.directory.FindRoom(room); wrong != nil {
				return
			}
		}
		var out []Action
		members, out = s.directory.Notify(now, text, tag)
		s.perform(out)
	})
	return members, errors.Join(err, wrong)
}

// SetMOTD is the greeting from now on; "" is none. The error may be that of CheckText.
func (s *Server) SetMOTD(ctx context.Context, text string) error {
	if err := CheckText(text); text != "" && err != nil {
		return err
	}
	return s.order(ctx, func(time.Time) { s.directory.SetMOTD(text) })
}

// MOTD is the present greeting.
func (s *Server) MOTD() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.directory.MOTD()
}

// RoomList lists the largest rooms, at most so many, the largest first, and tells
// how many there are.
func (s *Server) RoomList(ctx context.Context, most int) (list []RoomInfo, total int, err error) {
	err = s.order(ctx, func(time.Time) { list, total = s.directory.RoomList(most) })
	return list, total, err
}

// Drain takes no newcomers any more, sends members elsewhere, and ends Run when
// all have left, or after so long.
func (s *Server) Drain(ctx context.Context, in time.Duration, elsewhere []wire.Alternative) error {
	return s.order(ctx, func(now time.Time) {
		// Where nobody is, the bootnode stops with this order.
		s.cfg.Logger.Info("the bootnode is about to stop: no newcomers are taken", "until", now.Add(in).UTC(), "elsewhere", len(elsewhere))
		s.perform(s.directory.Drain(now, in, elsewhere))
	})
}

// CallOff ends a drain and reports whether there was one.
func (s *Server) CallOff(ctx context.Context) (was bool, err error) {
	err = s.order(ctx, func(now time.Time) {
		var out []Action
		was, out = s.directory.CallOff(now)
		s.perform(out)
	})
	return was, err
}

// Draining is when the bootnode stops; zero: it stays.
func (s *Server) Draining() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.directory.Draining()
}

// Reconfigure takes other limits and invitations (nil: everybody is welcome).
// Who came by an invitation that is no more is sent away; who is here beyond a
// lower limit may stay. Streams and StreamsPerAddress stay as they were.
func (s *Server) Reconfigure(ctx context.Context, l Limits, invited Invitations) (ended int, err error) {
	err = s.order(ctx, func(now time.Time) {
		var out []Action
		ended, out = s.directory.Reconfigure(now, l, invited)
		s.perform(out)
	})
	return ended, err
}

// Limits are those in force.
func (s *Server) Limits() Limits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.directory.cfg.Limits
}

// Reconfigure is Server.Reconfigure.
func (d *Directory) Reconfigure(now time.Time, l Limits, invited Invitations) (ended int, out []Action) {
	d.begin(now)
	d.cfg.Limits = l.withDefaults()
	if d.cfg.Limits.RelayTotal == 0 && d.share.limit.perSecond > 0 {
		// Nothing limits what waits any more.
		d.share.limit = newShare(math.MaxInt32).limit
		d.pump()
	}
	d.share.limit = newShare(d.cfg.Limits.RelayTotal).limit
	d.cfg.Invited = invited
	if invited == nil {
		clear(d.guests)
		return 0, d.end()
	}
	for _, q := range []*queue{&d.heard, &d.probed} {
		for m, next := q.head, (*member)(nil); m != nil; m = next {
			next = m.next
			if _, still := invited[d.guests[m.id]]; !still {
				d.dismiss(m, "only those who were invited may stay")
				ended++
			}
		}
	}
	return ended, d.end()
}
