package rendezvous

import (
	"bytes"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	firstRetry    = 250 * time.Millisecond
	maxRetry      = 10 * time.Second
	registerTries = 3                // REGISTERs to one cookie
	cookieLife    = time.Minute      // a cookie may be refused from then on
	noticeAfter   = 5 * time.Second  // without success: Unreachable
	refusedRetry  = 30 * time.Second // before a refused client asks again
	minPace       = time.Second      // between two registrations that did not last
	maxPace       = 30 * time.Second
	lasting       = time.Minute     // a registration that held this long lasted
	formerLife    = 5 * time.Second // of the keys of the session before
)

const noAnswer = "no answer from the bootnode"

// connect is the way to a registration: HELLO, COOKIE, REGISTER, WELCOME.
type connect struct {
	due       time.Time // next packet
	sent      time.Time // last packet
	noticeDue time.Time // when to call it Unreachable
	tries     int       // packets of this kind sent in this round
	round     int       // rounds of HELLO and REGISTER that came to nothing
	answered  bool      // a COOKIE came

	began time.Time     // last registration begun because one was lost
	pace  time.Duration // least time from began to the next

	nonce    [8]byte
	key      crypto.RunPublic
	keys     *crypto.RegisterKeys
	cookieAt time.Time
	refusals int // in a row that will not be taken back soon

	frame     []byte // the REGISTER: repeated as it is, so its work is done once
	announced []byte // the announcement in frame
}

// begin starts over with a HELLO at the given time.
func (c *Client) begin(at time.Time) {
	k := &c.connect
	k.round, k.answered = 0, false
	if k.noticeDue.IsZero() {
		k.noticeDue = at.Add(noticeAfter)
	}
	c.greet(at)
}

func (c *Client) greet(at time.Time) {
	c.phase = phaseHello
	c.connect.nonce = wire.NewNonce()
	c.connect.tries, c.connect.due = 0, at
}

// restart registers anew after a session was lost: at once if it had lasted,
// else at a growing pace, so that a bootnode in trouble is not stormed.
func (c *Client) restart(now time.Time) {
	k := &c.connect
	if now.Sub(c.session.since) >= lasting {
		k.pace = 0
	}
	at := now
	if k.pace > 0 {
		spread := time.Duration(c.cfg.Rand.Float64() * float64(k.pace) / 2)
		at = later(now, k.began.Add(k.pace+spread))
	}
	k.began = at
	k.pace = min(max(2*k.pace, minPace), maxPace)
	c.begin(at)
}

// hasten starts over as soon as the pace allows.
func (c *Client) hasten(now time.Time) {
	k := &c.connect
	c.begin(later(now, later(k.began.Add(k.pace), k.sent.Add(firstRetry))))
}

func (c *Client) tickConnect(now time.Time) {
	k := &c.connect
	if due(now, k.noticeDue) {
		k.noticeDue = time.Time{}
		reason := noAnswer
		if k.answered {
			reason = "the bootnode answers, but the registration does not get through"
		}
		c.setState(Unreachable, reason)
	}
	if !due(now, k.due) {
		return
	}
	if c.phase == phaseRefused {
		c.begin(now)
	}
	if c.phase == phaseRegister && (k.tries == registerTries || now.Sub(k.cookieAt) >= cookieLife) {
		k.round++
		c.greet(now)
	}
	// A REGISTER by UDP came to nothing, and a connection is there by now.
	if c.phase == phaseRegister && k.tries > 0 && c.ways.at == UDP && c.ways.greeting != nil {
		c.greet(now)
	}
	if c.phase == phaseHello {
		c.sendHello()
		if c.useGreeting(now) {
			c.tickConnect(now)
			return
		}
	} else if c.ways.open[c.ways.at] {
		c.send(k.frame, c.ways.at)
	}
	k.sent, k.due = now, now.Add(c.jitter(backoff(k.tries+2*k.round)))
	k.tries++
}

// sendHello asks by all ways that are open, except where the cookie is here.
func (c *Client) sendHello() {
	for v, open := range c.ways.open {
		if open && !(Via(v) == TCP && c.ways.greeting != nil) {
			c.send(wire.Hello{Nonce: c.connect.nonce}.Append(nil), Via(v))
		}
	}
}

// onGreeting takes the COOKIE that a connection begins with. Whoever sent a
// HELLO long enough ago registers with it at once; others keep it for when they
// have to.
func (c *Client) onGreeting(now time.Time, p []byte) {
	c.ways.greeting, c.ways.greetingAt = bytes.Clone(p), now
	if c.phase == phaseHello && c.connect.tries > 0 {
		c.useGreeting(now)
	}
}

// useGreeting registers over TCP with the connection's own cookie, once.
func (c *Client) useGreeting(now time.Time) bool {
	w := &c.ways
	p := w.greeting
	w.greeting = nil
	if p == nil || !w.open[TCP] || now.Sub(w.greetingAt) >= cookieLife {
		return false
	}
	f, err := wire.ParseCookieFrame(p)
	return err == nil && c.register(now, f, TCP)
}

// backoff is how long to wait after the n-th packet, counted from 0.
func backoff(n int) time.Duration {
	return min(firstRetry<<min(n, 10), maxRetry)
}

// onCookie prepares the REGISTER. A COOKIE proves nothing but that its sender
// saw the HELLO: the key in it counts only once a WELCOME opens.
func (c *Client) onCookie(now time.Time, p []byte, v Via) {
	k := &c.connect
	f, err := wire.ParseCookieFrame(p)
	switch {
	case err != nil:
	case v == TCP && f.Nonce == [8]byte{}:
		c.onGreeting(now, p)
	case f.Nonce == k.nonce && (c.phase == phaseRegister || c.phase == phaseRegistered || c.phase == phaseHello && k.tries > 0):
		c.ways.heard[v] = now
		if v == UDP {
			k.nonce = wire.NewNonce() // once
		}
		if c.phase == phaseHello {
			c.register(now, f, v)
		}
	}
}

// register prepares the REGISTER to a cookie and has it sent. It reports false
// if there is nothing to send.
func (c *Client) register(now time.Time, f wire.CookieFrame, v Via) bool {
	k := &c.connect
	if want := c.cfg.ExpectedKey; c.cfg.Strict && want != nil && *want != f.Key {
		c.out = append(c.out, KeyMismatch{Expected: *want, Got: f.Key})
		c.phase = phaseStopped
		return false
	}
	keys, err := crypto.NewRegisterKeys(c.cfg.Run, f.Key)
	if err != nil {
		return false
	}
	var invitation crypto.Invitation
	if c.cfg.Token != "" {
		invitation = crypto.NewInvitation(c.cfg.Token, f.Key, f.Cookie, c.cfg.Room.Tag, c.cfg.Run.Public())
	}
	frame, err := wire.Register{
		Invitation:   invitation,
		Cookie:       f.Cookie,
		Tag:          c.cfg.Room.Tag,
		Run:          c.cfg.Run.Public(),
		Proof:        keys.Proof(f.Cookie, c.cfg.Room.Tag),
		HideAddress:  c.cfg.HideAddress,
		Announcement: c.announcement,
	}.Seal(f.Key)
	if err != nil {
		return false
	}
	k.answered = true
	k.key, k.keys, k.cookieAt = f.Key, keys, now
	k.frame, k.announced = frame, c.announcement
	c.phase, k.tries, k.due, c.ways.at = phaseRegister, 0, now, v
	return true
}

func (c *Client) onWelcome(now time.Time, p []byte, v Via) {
	k := &c.connect
	id, err := wire.WelcomeSession(p)
	if err != nil || c.phase != phaseRegister && c.phase != phaseLeaving || id != c.self {
		return
	}
	w, err := wire.OpenWelcome(p, k.keys, wire.RequestOf(k.frame))
	if err != nil || w.Status == wire.StatusOK && !c.keyring.take(w.Key) {
		return
	}
	if c.phase == phaseLeaving {
		c.phase = phaseStopped
		if w.Status == wire.StatusOK {
			c.openSession(now, &w)
			for range 2 { // one may be lost
				if g := &c.box.get; g.wanted {
					c.sendSealed(wire.TypeBoxGet, wire.BoxGet{Request: g.request + 1, Secret: g.secret}.Append(nil), v)
				}
			}
			for range 2 {
				c.sendSealed(wire.TypeBye, nil, v)
			}
		}
		return
	}
	c.ways.heard[v] = now
	c.seeKey(k.key)
	if w.Status != wire.StatusOK {
		c.onRefusal(now, &w)
		return
	}
	c.phase, k.noticeDue, k.refusals = phaseRegistered, time.Time{}, 0
	c.words.begin(&w)
	c.openSession(now, &w)
	c.arrive(c.ways.at)
	c.beat.begin(now, &w)
	c.setState(Registered, "")
	c.out = append(c.out, Welcomed{c.beat.every, c.beat.timeout})
	c.observe(w.Observed, w.STUNPort, c.ways.at)
	c.update.due = time.Time{}
	if !bytes.Equal(k.announced, c.announcement) {
		c.update.begin(now)
	}
	c.roster.restart(now.Add(c.beat.timeout))
	c.beginBox(now)
	c.applyPage(now, &w.Roster)
	// The first frame under the new key tells the bootnode that its WELCOME
	// arrived; until then it may keep the session before.
	c.sendBeat(now)
}

// seeKey reports a key the bootnode has just proved to hold.
func (c *Client) seeKey(key crypto.RunPublic) {
	if c.reported != nil && *c.reported == key {
		return
	}
	changed := c.expected != nil && *c.expected != key
	c.expected, c.reported = &key, &key
	c.out = append(c.out, KeySeen{key, changed})
}

// onGone registers anew: the bootnode restarted or dropped the session. The
// echoed counter, which begins at a random number, shows that the sender saw
// one of our latest frames.
func (c *Client) onGone(now time.Time, p []byte) {
	f, err := wire.ParseGone(p)
	if err != nil || c.phase != phaseRegistered || f.Session != c.self || !c.session.sentLately(f.Counter) {
		return
	}
	c.lose(now, Connecting, "the bootnode restarted or dropped us; registering again")
}

// lose gives the session up and goes for another. The members stay: they may
// well be there, and only the next roster can tell.
func (c *Client) lose(now time.Time, s State, reason string) {
	c.session.alive, c.ways.moving = false, false
	c.setState(s, reason)
	c.restart(now)
}
