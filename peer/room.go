package peer

import (
	"cmp"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/room"
)

// MaxRooms is how many rooms a Node may be in at once.
const MaxRooms = 256

// Store keeps a room's records, and what the front and other members have of
// them.
type Store interface {
	room.Store
	room.Notes
}

// Retention says how much of a room is kept.
type Retention = room.Retention

// RoomConfig says which room to join.
type RoomConfig struct {
	Name string
	// Keys are the room's; nil: they are made of Name and Secret, which takes a
	// tenth of a second and 64 MiB of memory on purpose.
	Keys    *crypto.RoomKeys
	Secret  string // makes a room private whose Keys are not given; "": whoever knows the name can join
	Private bool   // there is a secret besides the name
	Store   Store  // outlives the process; nil: memory, kept as long as the Node
	// Retention says how much is kept; zero: Config.Retention.
	Retention Retention
	// Member says who belongs here: nobody else is linked with or believed.
	// nil: everybody who knows the room. Called by Run; it must not block.
	Member func(crypto.PublicKey) bool
	// Silent says that only the members are of interest: the own nick is not
	// written there for those who read later.
	Silent bool
	// Inviter is the key of whoever invited the user here; zero: nobody.
	Inviter crypto.PublicKey

	conversation *conversation // nil: none
}

// Room is one room a Node is in. Its methods may be called from any goroutine.
type Room struct {
	node    *Node
	name    string
	private bool
	silent  bool
	keys    *crypto.RoomKeys
	store   Store
	admits  func(crypto.PublicKey) bool
	inviter crypto.PublicKey // zero: nobody
	past    *past
	commits chan room.Commit
	ready   chan struct{} // closed when the room is read, or left before
	stored  chan struct{} // closed when the store is not used any more
	gone    chan struct{} // closed when nothing of the room is left
	// conversation says whose room it is; nil: of all who know it.
	conversation *conversation
	loading      loading
	events       *feed // nil: they are among the Node's

	// owned by the loop
	engine    *room.Engine // nil: the room is not read yet
	members   map[crypto.PublicKey]*member
	refs      uint64
	waiting   map[uint64]func(wire.RecordID, error)
	importing map[uint64]func(room.Imported)
	writers   map[crypto.PublicKey]bool // of whom it was told that they write
	drains    []*drain
	listeners map[string]*Listener // by protocol
	overdue   overdue
	post      post
	posting   postings
	holes     []Hole // as last told
	leaving   bool   // as soon as nothing waits for the store
	left      bool   // nothing is stored or told any more
	partedAt  time.Time
	twins     map[crypto.SessionID]*registration // later runs of our own identity
	roll      roll
	hidden    bool      // the user does not know of it yet
	quiet     bool      // hidden, and others began it
	quietAt   time.Time // when to see whether it still has a link
	first     bool      // we open links with those known from other rooms
}

// past is what a Node knows of a room from one Leave to the next Join.
type past struct {
	store      room.MemoryStore
	last       *Room  // whose store was read; guarded by Node.mu
	generation uint32 // of the latest announcement; owned by the loop
}

// Join enters a room, at any time before Run has ended: its store is read at
// once, the network follows with Run. A room joined while Run runs is told as
// RoomChanged. The error is ErrJoined, ErrRooms, ErrClosed or the store's. A
// large store that is a Pager is read beside all else: then RoomReady follows,
// or, if it cannot be read, RoomChanged with the error.
func (n *Node) Join(cfg RoomConfig) (*Room, error) {
	r, err := n.newRoom(cfg)
	if err != nil {
		return nil, err
	}
	read := r.awaitEngine(false)
	n.mu.Lock()
	running := n.running
	n.mu.Unlock()
	if err := n.enter(r, running, read); err != nil {
		return nil, err
	}
	return r, nil
}

// newRoom takes a place for a room and begins to read its store.
func (n *Node) newRoom(cfg RoomConfig) (*Room, error) {
	if cfg.conversation == nil && text.BeginsWithAt(cfg.Name) {
		return nil, ErrName
	}
	if cfg.Keys == nil {
		if n.occupies(cfg.Name) {
			return nil, ErrJoined // before the work of making keys
		}
		cfg.Keys = crypto.NewRoomKeys(crypto.DeriveEpoch0(cfg.Name, cfg.Secret))
		cfg.Private = cfg.Private || cfg.Secret != ""
	}
	r := &Room{
		node: n, name: cfg.Name, private: cfg.Private, silent: cfg.Silent, keys: cfg.Keys, store: cfg.Store, admits: cfg.Member, inviter: cfg.Inviter, conversation: cfg.conversation,
		commits: make(chan room.Commit, 1), ready: make(chan struct{}), stored: make(chan struct{}), gone: make(chan struct{}),
		loading: loading{done: make(chan struct{})},
		members: map[crypto.PublicKey]*member{}, waiting: map[uint64]func(wire.RecordID, error){},
		importing: map[uint64]func(room.Imported){}, writers: map[crypto.PublicKey]bool{}, listeners: map[string]*Listener{},
	}
	if n.cfg.RoomEvents {
		r.events = newFeed(maxUnasked)
	}
	if r.admits == nil {
		r.admits = func(crypto.PublicKey) bool { return true }
	}
	if err := n.occupy(r); err != nil {
		return nil, err
	}
	n.awaitStore(r)
	durable := r.store != nil
	if !durable {
		r.store = &r.past.store
	}
	if cfg.Retention == (Retention{}) {
		cfg.Retention = n.cfg.Retention
	}
	if err := r.load(room.Config{
		Room: cfg.Keys.ID, Self: n.cfg.Identity, Store: r.store, Chain: n.cfg.RunNumber, Member: cfg.Member, Unheard: n.Ignored,
		Durable: durable, Retention: cfg.Retention,
		Recent: recentOf(r.conversation),
	}); err != nil {
		n.vacate(r)
		return nil, err
	}
	return r, nil
}

// occupy takes a place for a room, whose name and keys are no other's.
func (n *Node) occupy(r *Room) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	alike := 0
	for _, x := range n.occupied {
		if x.name == r.name || x.keys.ID == r.keys.ID {
			return ErrJoined
		}
		if (x.conversation == nil) == (r.conversation == nil) {
			alike++
		}
	}
	switch {
	case r.conversation == nil && alike >= MaxRooms:
		return ErrRooms
	case r.conversation != nil && alike >= MaxDirect:
		return ErrDirect
	}
	n.occupied = append(n.occupied, r)
	if r.past = n.pasts[r.keys.ID]; r.past == nil {
		r.past = &past{}
		n.pasts[r.keys.ID] = r.past
	}
	return nil
}

// occupies reports whether a room of that name has its place.
func (n *Node) occupies(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.occupied, func(x *Room) bool { return x.name == name })
}

// awaitStore waits until the store is at rest that the room's last membership
// used.
func (n *Node) awaitStore(r *Room) {
	n.mu.Lock()
	last := r.past.last
	n.mu.Unlock()
	if last == nil {
		return
	}
	select {
	case <-last.stored:
	case <-n.done:
	}
}

// vacate undoes occupy; what is past is kept.
func (n *Node) vacate(r *Room) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.occupied = slices.DeleteFunc(n.occupied, func(x *Room) bool { return x == r })
}

// begin takes a room that is read into the loop's care; tell: the front does not
// know yet.
func (r *Room) begin(now time.Time, tell bool) {
	n := r.node
	if r.left || n.leaving {
		r.giveUp(now)
		close(r.stored)
		return
	}
	r.engine = r.loading.engine
	for _, x := range slices.Clone(n.parting) {
		if x.keys.ID == r.keys.ID {
			x.endParting(now) // its registrations make way for ours
		}
	}
	n.setRooms(append(n.roomList(), r))
	if tell {
		r.emit(RoomChanged{Room: r.name, State: RoomJoined, Direct: r.conversation != nil})
	}
	n.tasks.Go(r.commitLoop)
	r.writeProfile(now)
	for _, b := range n.boots {
		b.register(now, r)
	}
	r.meetAll(now)
	r.settle(now)
	r.resumePost(now)
	r.revealWithheld(now)
}

// Name, Private and Word describe the room; Word is equal on all screens whose
// name and secret agree.
func (r *Room) Name() string  { return r.name }
func (r *Room) Private() bool { return r.private }
func (r *Room) Word() string  { return r.keys.Word() }

// Members lists everyone present or lately lost, sorted by nick, then key.
func (r *Room) Members() (out []Member) {
	_ = r.node.do(func(time.Time) {
		for _, m := range r.members {
			out = append(out, m.view())
		}
	})
	slices.SortFunc(out, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Nick, b.Nick), a.Key.Compare(b.Key))
	})
	return out
}

// announcement seals what the room is told of this member.
func (r *Room) announcement() []byte {
	n := r.node
	r.past.generation++
	return wire.SealAnnouncement(wire.Announcement{
		Run: n.run.Public(), RunNumber: n.cfg.RunNumber, Generation: r.past.generation,
		Expiry: uint32(time.Now().Add(24 * time.Hour).Unix()), Nick: n.nick, Candidates: n.announced(),
	}, n.cfg.Identity, r.keys)
}

// announce tells all bootnodes of a change.
func (r *Room) announce(now time.Time) {
	sealed := r.announcement()
	for _, b := range r.node.boots {
		for _, g := range b.regs {
			if g.room == r {
				g.step(now, rendezvous.Announce{Sealed: sealed})
			}
		}
	}
}

// onCandidates takes the socket's candidates. Only host addresses are
// announced: a bootnode adds the address it sees, and members tell each other
// the rest through the relay, so that no join is announced twice.
func (n *Node) onCandidates(_ uint32, cands []wire.Candidate) {
	hosts := []wire.Candidate{}
	for _, c := range cands {
		if c.Type == wire.CandidateHost && !c.Addr.Addr().IsLoopback() && len(hosts) < wire.MaxAnnounceCands {
			hosts = append(hosts, c)
		}
	}
	n.mail.put(func(now time.Time) {
		if n.hosts != nil && slices.Equal(hosts, n.hosts) {
			return
		}
		n.hosts = hosts
		for _, r := range n.rooms {
			r.announce(now)
		}
	})
}

func (r *Room) tick(now time.Time) {
	if at := r.engine.NextDeadline(); !at.IsZero() && !now.Before(at) {
		r.step(now, room.Timer{})
	}
	if at := r.roll.at; !at.IsZero() && !now.Before(at) {
		r.callRoll(now)
	}
	for _, m := range r.members {
		if at := m.nextDeadline(); !at.IsZero() && !now.Before(at) {
			m.tick(now)
		}
	}
	r.tellOverdue(now)
	r.tickPost(now)
	r.checkDrains()
	r.checkQuiet(now)
}

func (r *Room) nextDeadline() time.Time {
	next := earliest(earliest(r.engine.NextDeadline(), r.overdue.deadline()), r.roll.at)
	next = earliest(next, r.postDeadline())
	if r.quiet {
		next = earliest(next, r.quietAt)
	}
	for _, m := range r.members {
		next = earliest(next, m.nextDeadline())
	}
	return next
}
