package cli

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hub"
	"gochat/internal/queue"
	"gochat/internal/text"
	"gochat/internal/wsconn"
	"gochat/peer"
)

// session is a node and its rooms as the fronts drive them. It watches the
// events that decide the exit code on their way to the front.
type session struct {
	client *client
	node   *peer.Node
	events *queue.Queue[peer.Event] // for the front; guests have their own
	quit   chan struct{}
	once   sync.Once
	guests *hub.Hub
	lan    surroundings

	registered chan struct{} // closed when a named bootnode has taken us in; or none was named
	reason     atomic.Value  // string: why the last one failed
	keyRefused atomic.Bool
	keyNotice  atomic.Value // string: what was said of that
	unread     atomic.Value // error: why a room that the process was started for cannot be read

	importing sync.Mutex // held while a room's store may be written beside its engine

	resting *time.Timer // for rest
	lulls   *time.Timer // for restAgain
	lull    lull

	unasked bool   // no bootnode was asked; for who ends the session
	end     func() // ends the session

	mu      sync.Mutex
	rooms   []*room        // in the order they were joined
	left    []*room        // that may still hear what became of their messages
	parted  front.Delivery // of those that cannot
	joining []config.Room  // that the process is started for, and not yet in
	metas   map[crypto.RoomID]Meta
}

var _ front.Session = (*session)(nil)

// newSession makes a session without rooms. It counts on a bootnode's answer if
// one was named.
func newSession(c *client) *session {
	s := &session{
		client: c, node: c.node, events: queue.New[peer.Event](), quit: make(chan struct{}),
		registered: make(chan struct{}), metas: map[crypto.RoomID]Meta{},
	}
	s.guests = hub.New(s, c.cfg.Drain)
	if c.detached != nil {
		s.guests.Alone()
	}
	s.lulls = time.AfterFunc(lullEvery, s.restAgain)
	s.resting = time.AfterFunc(restAfter, s.rest)
	s.reason.Store("")
	s.lan.init(c.node, c.log, c.embeddedLog())
	if len(c.cfg.Bootnodes) == 0 {
		close(s.registered)
	}
	return s
}

func (s *session) Key() crypto.PublicKey { return s.node.Key() }
func (s *session) Nick() string          { return s.node.Nick() }

// Requests and ShowRequests are as in front.Session.
func (s *session) Requests() []peer.Requests             { return s.node.Requests() }
func (s *session) ShowRequests(key crypto.PublicKey) int { return s.node.ShowRequests(key) }

// SetNick is as in front.Session.
func (s *session) SetNick(nick string) (kept bool, err error) {
	if err := s.node.SetNick(nick); err != nil {
		return false, err
	}
	kept, err = s.client.profile.KeepNick(nick)
	if err != nil {
		s.client.log.Warn("the nick is not kept for the next start", "error", err)
	}
	return kept, nil
}

// TypingUse and SetTypingUse are as in front.Session.
func (s *session) TypingUse() peer.TypingUse     { return s.node.TypingUse() }
func (s *session) SetTypingUse(u peer.TypingUse) { s.node.SetTypingUse(u) }

// Verify is as in front.Session.
func (s *session) Verify(key crypto.PublicKey) error { return s.node.Verify(key) }

// Unverify is as in front.Session.
func (s *session) Unverify(key crypto.PublicKey) error { return s.node.Unverify(key) }

// Diagnose is as in front.Session.
func (s *session) Diagnose() peer.Diagnosis { return s.client.diagnose(s.node) }

// Exposed is as in front.Session.
func (s *session) Exposed() peer.Exposure { return s.node.Exposed() }

// Verified is as in front.Session.
func (s *session) Verified(key crypto.PublicKey) bool { return s.node.Verified(key) }

// VerifiedAs is as in front.Session.
func (s *session) VerifiedAs(nick string) (crypto.PublicKey, bool) {
	return s.client.profile.VerifiedAs(text.Fold(nick))
}

// Events is as in front.Session.
func (s *session) Events() <-chan peer.Event { return s.events.Out() }

// Mark is as in front.Session.
func (s *session) Mark() { s.node.MarkFor(s) }

// MarkFor is as in hub.Host.
func (s *session) MarkFor(reader any) { s.node.MarkFor(reader) }

// End is as in hub.Host.
func (s *session) End() { s.end() }

// Drain waits for all rooms at once, but gives a named bootnode the time to
// answer first: until then nobody can be known to be there, and a script with
// nothing to say would take a bootnode for dead that it never waited for.
func (s *session) Drain(ctx context.Context) (sum front.Delivery) {
	select {
	case <-s.registered:
	case <-ctx.Done():
	}
	s.mu.Lock()
	rooms := slices.Concat(s.rooms, s.left)
	sum = s.parted
	s.mu.Unlock()
	each := make([]front.Delivery, len(rooms))
	var waits sync.WaitGroup
	for i, r := range rooms {
		waits.Go(func() { each[i] = r.Drain(ctx) })
	}
	waits.Wait()
	for _, d := range each {
		add(&sum, d)
	}
	return sum
}

func add(sum *front.Delivery, d front.Delivery) {
	sum.Sent += d.Sent
	sum.Unreached += d.Unreached
	sum.Undelivered += d.Undelivered
	if d.Kept > 0 {
		sum.Kept, sum.Mailbox, sum.Keep = sum.Kept+d.Kept, d.Mailbox, d.Keep
	}
}

// answered reports whether a named bootnode has answered, or none was named.
func (s *session) answered() bool {
	select {
	case <-s.registered:
		return true
	default:
		return false
	}
}

// forward hands events on until the node's stream ends; it waits for nobody,
// so that a front whose output is not read holds up neither what is watched
// nor the guests. cancel ends the front.
func (s *session) forward(cancel func()) {
	defer s.events.Close()
	defer s.guests.Close()
	for e := range s.node.Events() {
		s.watch(e)
		s.guests.Publish(e)
		if mark, is := e.(peer.Mark); is && mark.For != s {
			continue
		}
		s.events.Put(e)
		if s.keyRefused.Load() || s.unreadable() != nil {
			cancel() // the front handles what it was told before, with the reason in it
		}
	}
}

func (s *session) watch(e peer.Event) {
	switch e := e.(type) {
	case peer.BootnodeChanged:
		if e.State == peer.BootnodeRegistered && !s.answered() {
			close(s.registered)
		}
		if e.State == peer.BootnodeUnreachable && !e.Embedded {
			s.reason.Store(whyNotIn(e))
		}
	case peer.RoomReady:
		s.resting.Reset(restAfter)
	case peer.RoomChanged:
		if e.Direct {
			s.conversed(e)
		} else if e.Err != nil {
			s.lost(e)
		}
	case peer.Notice:
		if e.Code == peer.CodeBootnodeKey {
			s.keyNotice.Store(e.Text)
			s.keyRefused.Store(true)
		}
	}
}

// whyNotIn is why a named bootnode has not taken us in.
func whyNotIn(e peer.BootnodeChanged) string {
	if e.Reason == peer.ServesOthers {
		return e.Address + " runs inside somebody's gochat, and serves another room; name another bootnode with --bootnode, or begin one with gochat --mode bootnode"
	}
	return e.Reason
}

// refusal says why no named bootnode took us in.
func (s *session) refusal() string {
	if reason := s.reason.Load().(string); reason != "" {
		return "no named bootnode answered, or let us in; the last reason: " + reason
	}
	if slices.ContainsFunc(s.client.cfg.Bootnodes, func(a string) bool { return !config.IsURL(a) }) && !tcpOnly(s.client.cfg, wsconn.ProxiesFrom(s.client.env.Getenv)) {
		return "no named bootnode answered; check its address and that its UDP port is open"
	}
	return "no named bootnode answered; check its address, that its TCP port is open, and the proxy if one is set"
}

// unreadable says why a room that the process was started for cannot be read.
func (s *session) unreadable() error {
	err, _ := s.unread.Load().(error)
	return err
}

// settleFor is how long a user who wants to leave waits to learn whether the
// named bootnode was there.
const settleFor = time.Second

// settle waits until it is known whether a named bootnode answers: who leaves
// at once must not be told that it does not. Nor who leaves before any room is
// read: none was asked then.
func (s *session) settle(ctx context.Context) {
	if !slices.ContainsFunc(s.Rooms(), front.IsReady) && len(s.Rooms()) > 0 {
		s.unasked = true
		return
	}
	select {
	case <-s.registered:
	case <-time.After(settleFor):
	case <-ctx.Done():
	}
}

// stop says that the front reads no more.
func (s *session) stop() {
	s.once.Do(func() {
		s.resting.Stop()
		s.lulls.Stop()
		close(s.quit)
	})
}
