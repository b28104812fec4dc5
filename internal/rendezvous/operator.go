package rendezvous

import (
	"time"

	"gochat/internal/wire"
)

// notInvited is wire.StatusUninvited to a member who gave a token.
const notInvited = "this bootnode takes only those its operator invited, and does not accept the token given with --bootnode-token: it is mistyped or withdrawn, so ask for another"

const (
	mostRefused = 15 * time.Minute // between two attempts of who keeps being refused
	mostWait    = time.Hour        // that a bootnode can make us wait
	movedGap    = time.Second      // between two MOVED that are told
)

// words are the ids of what the operator said last: said in beats, so that what
// got lost comes again.
type words struct {
	motd, notice uint32
	known        bool   // there was a registration before
	parting      string // why the bootnode is about to send us away
	moved        time.Time
}

// begin takes over where a WELCOME begins. What was said before we came is not
// for us; what was said while we were away a moment is.
func (k *words) begin(w *wire.Welcome) {
	if !k.known || int32(w.Notice-k.notice) < 0 {
		k.notice = w.Notice
	}
	k.known, k.parting = true, ""
}

func (c *Client) onText(f wire.Text) {
	k := &c.words
	switch f.Kind {
	case wire.TextMOTD:
		if f.ID == k.motd {
			return
		}
		k.motd = f.ID
	case wire.TextNotice:
		if int32(f.ID-k.notice) <= 0 {
			return
		}
		k.notice = f.ID
	case wire.TextReason:
		if k.parting == f.Text {
			return
		}
		k.parting = f.Text
	default:
		return
	}
	c.out = append(c.out, Told{f.Kind, f.ID, f.Text})
}

// onBye: the bootnode ends, or its operator has sent us away and said why.
func (c *Client) onBye(now time.Time) {
	if c.words.parting == "" {
		c.lose(now, Unreachable, "the bootnode shut down")
		return
	}
	c.words.parting = ""
	c.session.alive, c.ways.moving = false, false
	c.refused(now, "the bootnode's operator has sent you away", 0)
}

// onMoved tells of a planned stop. It is told again and again.
func (c *Client) onMoved(now time.Time, f wire.Moved) {
	if !c.words.moved.IsZero() && now.Sub(c.words.moved) < movedGap && !f.CalledOff {
		return
	}
	c.words.moved = now
	c.out = append(c.out, Departing{f.CalledOff, time.Duration(f.Seconds) * time.Second, f.Elsewhere})
}

// onRefusal says why there is no place for us, and when to ask again.
func (c *Client) onRefusal(now time.Time, w *wire.Welcome) {
	wait := min(time.Duration(w.Wait)*time.Second, mostWait)
	switch w.Status {
	case wire.StatusBanned, wire.StatusUninvited:
		// Nothing will change soon, and asking has its price for both.
		wait = max(wait, min(refusedRetry<<min(c.connect.refusals, 8), mostRefused))
		c.connect.refusals++
	case wire.StatusMoving:
		c.out = append(c.out, Departing{In: wait, Elsewhere: w.Elsewhere})
	}
	why := w.Status.String()
	if w.Status == wire.StatusUninvited && c.cfg.Token != "" {
		why = notInvited
	}
	c.refused(now, why, wait)
	if w.Reason != "" {
		c.out = append(c.out, Told{Kind: wire.TextReason, Text: w.Reason})
	}
}

// Refused reports whether the bootnode has answered that it does not take us in.
func (c *Client) Refused() bool { return c.phase == phaseRefused }

// refused waits to ask again.
func (c *Client) refused(now time.Time, reason string, wait time.Duration) {
	k := &c.connect
	c.phase = phaseRefused
	k.due, k.noticeDue = now.Add(c.jitter(max(wait, refusedRetry))), time.Time{}
	c.setState(Unreachable, reason)
}

// retire leaves for a while.
func (c *Client) retire(now time.Time, wait time.Duration) {
	if c.phase != phaseRegistered {
		return
	}
	c.leave(now)
	c.session.alive, c.ways.moving = false, false
	c.refused(now, wire.StatusMoving.String(), min(wait, mostWait))
}
