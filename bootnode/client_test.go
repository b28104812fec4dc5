package bootnode

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var (
	epoch   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	testTag = crypto.RoomTag{1}
	bootKey = func() *crypto.RunKey { k, _ := crypto.NewRunKey(); return k }()
)

// world steps a directory through simulated time.
type world struct {
	t    testing.TB
	d    *Directory
	now  time.Time
	next uint16 // address to give the next client
}

func newWorld(t testing.TB, limits Limits) *world {
	w := &world{t: t, now: epoch}
	w.restart(limits)
	return w
}

func (w *world) restart(limits Limits) {
	w.d = NewDirectory(DirectoryConfig{
		Key: bootKey, Heartbeat: DefaultHeartbeat, Timeout: DefaultTimeout,
		STUNPort: 9596, Limits: limits, Rand: rand.New(rand.NewPCG(1, 2)),
	}, w.now)
}

// step hands a packet in and returns what comes out, of which it keeps copies.
func (w *world) step(from netip.AddrPort, p []byte) []Action {
	return keep(w.d.Step(w.now, Event{From: from, Path: 3, Packet: p}))
}

func keep(as []Action) []Action {
	out := make([]Action, len(as))
	for i, a := range as {
		a.Packet = bytes.Clone(a.Packet)
		out[i] = a
	}
	return out
}

// wait lets time pass, deadline by deadline.
func (w *world) wait(d time.Duration) (out []Action) {
	end := w.now.Add(d)
	for {
		due := w.d.NextDeadline()
		if due.IsZero() || due.After(end) {
			break
		}
		if due.After(w.now) {
			w.now = due
		}
		out = append(out, keep(w.d.Step(w.now, Event{}))...)
		if again := w.d.NextDeadline(); !again.IsZero() && !again.After(w.now) {
			w.t.Fatalf("the directory wants to be stepped at %v again at %v", again, w.now)
		}
	}
	w.now = end
	return out
}

// fingerprint is everything that packets could change about members and rooms.
func (w *world) fingerprint() string {
	h := sha256.New()
	for _, q := range []*queue{&w.d.heard, &w.d.probed} {
		for m := q.head; m != nil; m = m.next {
			now := *m
			now.session.Rest() // prepared ciphers are no state
			renewed := m.passing().renewal
			if renewed != nil {
				r := *renewed
				r.session.Rest()
				renewed = &r
			}
			now.apart = nil
			keep := m.passing()
			keep.renewal = nil
			fmt.Fprintf(h, "%+v %+v %+v\n", now, keep, renewed)
			for _, p := range m.room.log {
				fmt.Fprintf(h, "%+v\n", p)
			}
			fmt.Fprintln(h, m.room.version, m.room.pushed, m.room.floor, m.room.members)
		}
	}
	fmt.Fprintln(h, len(w.d.sessions), len(w.d.channels), len(w.d.rooms), len(w.d.sites), len(w.d.dirty))
	return fmt.Sprintf("%x", h.Sum(nil))
}

// client is the least of a member that a directory can be tested with.
type client struct {
	w            *world
	run          *crypto.RunKey
	tag          crypto.RoomTag
	addr         netip.AddrPort
	hide         bool
	announcement []byte
	token        string
	stolen       crypto.Invitation

	id       crypto.SessionID
	cookie   crypto.Cookie
	keys     *crypto.RegisterKeys
	register []byte
	welcome  wire.Welcome
	session  *crypto.Session
	roster   copyOfRoster
}

func (w *world) client(tag crypto.RoomTag) *client {
	w.next++
	c := &client{
		w: w, tag: tag, announcement: fmt.Appendf(nil, "announcement %d", w.next),
		addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2 + byte(w.next>>8), byte(w.next)}), 4000+w.next),
	}
	c.newRun()
	return c
}

func (c *client) newRun() {
	c.run, _ = crypto.NewRunKey()
	c.id = crypto.NewSessionID(c.run.Public(), c.tag)
	c.keys, _ = crypto.NewRegisterKeys(c.run, bootKey.Public())
}

// join registers and fails the test if it cannot.
func (c *client) join() []Action {
	c.w.t.Helper()
	c.greet()
	out := c.sendRegister()
	if c.session == nil || c.welcome.Status != wire.StatusOK {
		c.w.t.Fatalf("not registered: %v", c.welcome.Status)
	}
	return out
}

// greet gets a cookie and writes a REGISTER.
func (c *client) greet() {
	c.w.t.Helper()
	out := c.w.step(c.addr, wire.Hello{Nonce: wire.NewNonce()}.Append(nil))
	if len(out) != 1 {
		c.w.t.Fatalf("HELLO got %d answers", len(out))
	}
	f, err := wire.ParseCookieFrame(out[0].Packet)
	if err != nil {
		c.w.t.Fatal(err)
	}
	c.cookie = f.Cookie
	c.register = c.registerFrame(c.cookie)
}

func (c *client) registerFrame(cookie crypto.Cookie) []byte {
	invitation := c.stolen
	if c.token != "" {
		invitation = crypto.NewInvitation(c.token, bootKey.Public(), cookie, c.tag, c.run.Public())
	}
	p, err := wire.Register{
		Invitation: invitation, Cookie: cookie, Tag: c.tag, Run: c.run.Public(), Proof: c.keys.Proof(cookie, c.tag),
		HideAddress: c.hide, Announcement: c.announcement,
	}.Seal(bootKey.Public())
	if err != nil {
		c.w.t.Fatal(err)
	}
	return p
}

// sendRegister sends the REGISTER and takes the WELCOME.
func (c *client) sendRegister() []Action {
	out := c.w.step(c.addr, c.register)
	for _, a := range out {
		f, err := wire.OpenWelcome(a.Packet, c.keys, wire.RequestOf(c.register))
		if a.To != c.addr || err != nil {
			continue
		}
		if c.session == nil || c.welcome.Key != f.Key {
			c.session = crypto.NewSession(f.Key, crypto.RoleClient)
		}
		c.welcome = f
		c.roster = copyOfRoster{}
		c.roster.apply(&f.Roster)
	}
	return out
}

func (c *client) frame(t wire.RendezvousType, body []byte) []byte {
	p, _ := wire.SealSession(nil, t, c.id, c.session, body)
	return p
}

func (c *client) beatFrame() []byte {
	return c.frame(wire.TypeBeat, wire.Beat{Version: c.roster.version}.Append(nil))
}

// beat sends a beat and returns the acknowledgement.
func (c *client) beat() (ack wire.BeatAck, ok bool) {
	for _, b := range c.bodies(c.w.step(c.addr, c.beatFrame()), wire.TypeBeatAck) {
		f, err := wire.ParseBeatAck(b)
		return f, err == nil
	}
	return ack, false
}

// bodies opens the frames of one type that went to the client.
func (c *client) bodies(out []Action, t wire.RendezvousType) (bodies [][]byte) {
	for _, a := range out {
		id, _, err := wire.SessionFrame(a.Packet)
		if a.To != c.addr || err != nil || id != c.id || wire.RendezvousKind(a.Packet) != t {
			continue
		}
		if b, err := wire.OpenSession(a.Packet, c.session); err == nil {
			bodies = append(bodies, b)
		}
	}
	return bodies
}

// hear takes the roster pages that went to the client.
func (c *client) hear(out []Action) {
	for _, b := range c.bodies(out, wire.TypeRoster) {
		p, err := wire.ParseRoster(b)
		if err != nil {
			c.w.t.Fatal(err)
		}
		c.roster.apply(&p)
	}
}

// heal asks for the roster until nothing is missing.
func (c *client) heal() {
	c.w.t.Helper()
	for range 10_000 {
		ack, ok := c.beat()
		if !ok {
			c.w.t.Fatal("no ack")
		}
		if ack.Version == c.roster.version {
			return
		}
		get := wire.RosterGet{Since: c.roster.version}.Append(nil)
		c.hear(c.w.step(c.addr, c.frame(wire.TypeRosterGet, get)))
	}
	c.w.t.Fatal("the roster never heals")
}

// copyOfRoster is a member's copy, kept as wire.RosterPage prescribes.
type copyOfRoster struct {
	version uint64
	members map[crypto.SessionID]string // announcement and observed address
	how     map[crypto.SessionID]wire.RosterKind
}

func (r *copyOfRoster) apply(p *wire.RosterPage) {
	switch {
	case p.Reset:
		r.members, r.how = map[crypto.SessionID]string{}, map[crypto.SessionID]wire.RosterKind{}
	case p.From > r.version || p.To < r.version:
		return
	}
	for _, e := range p.Entries {
		if e.Kind == wire.RosterPresent {
			r.members[e.Session] = fmt.Sprint(string(e.Announcement), e.Observed, e.Channel)
		} else {
			delete(r.members, e.Session)
			r.how[e.Session] = e.Kind
		}
	}
	r.version = p.To
}

// truth is the roster as it should be.
func (d *Directory) truth(tag crypto.RoomTag) map[crypto.SessionID]string {
	t := map[crypto.SessionID]string{}
	for id, m := range d.sessions {
		if m.room.tag == tag {
			t[id] = fmt.Sprint(string(m.announcement), m.observed(), m.channel)
		}
	}
	return t
}
