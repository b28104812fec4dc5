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

// RoomConfig says which room to join.
type RoomConfig struct {
	Name    string
	Keys    *crypto.RoomKeys
	Private bool       // there is a secret besides the name
	Store   room.Store // nil: memory
}

// Room is one room a Node is in. Its methods may be called from any goroutine.
type Room struct {
	node    *Node
	name    string
	private bool
	keys    *crypto.RoomKeys
	store   room.Store
	commits chan room.Commit

	// owned by the loop
	engine     *room.Engine
	members    map[crypto.PublicKey]*member
	left       bool // nothing is stored any more
	generation uint32
	refs       uint64
	waiting    map[uint64]func(wire.RecordID, error)
	twins      map[crypto.SessionID]*registration // later runs of our own identity
	drains     []*drain
}

// Join enters a room: its store is read at once, the network follows with Run.
// It must not be called after Run has ended.
func (n *Node) Join(cfg RoomConfig) (*Room, error) {
	if cfg.Store == nil {
		cfg.Store = &room.MemoryStore{}
	}
	r := &Room{
		node: n, name: cfg.Name, private: cfg.Private, keys: cfg.Keys, store: cfg.Store,
		commits: make(chan room.Commit, 1), members: map[crypto.PublicKey]*member{},
		waiting: map[uint64]func(wire.RecordID, error){},
	}
	var err error
	r.engine, err = room.New(room.Config{
		Room: cfg.Keys.ID, Self: n.cfg.Identity, Store: cfg.Store, Chain: n.cfg.RunNumber,
	}, time.Now())
	if err != nil {
		return nil, err
	}
	n.mail.put(func(now time.Time) {
		if r.left = n.leaving; r.left {
			return
		}
		n.rooms = append(n.rooms, r)
		n.tasks.Go(r.commitLoop)
		r.writeProfile(now)
		for _, b := range n.boots {
			b.register(now, r)
		}
	})
	return r, nil
}

// Name, Private and Word describe the room; Word is equal on all screens whose
// name and secret agree.
func (r *Room) Name() string  { return r.name }
func (r *Room) Private() bool { return r.private }
func (r *Room) Word() string  { return r.keys.Word() }

// Nick is the own nick.
func (r *Room) Nick() (nick string) {
	if r.node.do(func(time.Time) { nick = r.node.nick }) != nil {
		return r.node.nick // the loop has ended: nobody changes it
	}
	return nick
}

// SetNick changes the own nick in all rooms. The error says what a nick may be.
func (r *Room) SetNick(nick string) error {
	if err := text.ValidNick(nick); err != nil {
		return err
	}
	n := r.node
	return n.do(func(now time.Time) {
		n.nick = nick
		for _, x := range n.rooms {
			x.announce(now)
			x.writeProfile(now)
		}
	})
}

// Send stores a message and sends it to everyone in the room, now or when they
// come. It returns the message's id once it is stored. The error is ErrEmpty,
// ErrTooLong, ErrClosed or the store's.
func (r *Room) Send(kind Kind, body string) (string, error) {
	if len(body) > room.MaxText {
		return "", ErrTooLong
	}
	if !readable(clean([]byte(body))) {
		return "", ErrEmpty
	}
	fields := []wire.Field{{Type: wire.FieldText, Value: []byte(body)}}
	if kind == Action {
		fields = append(fields, wire.Field{Type: wire.FieldKind, Value: []byte{wire.KindAction}})
	}
	type result struct {
		id  wire.RecordID
		err error
	}
	done := make(chan result, 1)
	err := r.node.do(func(now time.Time) {
		r.append(now, wire.RecordText, fields, func(id wire.RecordID, err error) { done <- result{id, err} })
	})
	if err != nil {
		return "", err
	}
	select {
	case res := <-done:
		return res.id.String(), res.err
	case <-r.node.done:
		return "", ErrClosed
	}
}

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

// History returns the last limit messages in room order, oldest first.
func (r *Room) History(limit int) (out []Message) {
	_ = r.node.do(func(time.Time) {
		for _, m := range r.engine.History(limit) {
			if m := r.message(m); readable(m.Text) {
				out = append(out, m)
			}
		}
	})
	return out
}

// announcement seals what the room is told of this member.
func (r *Room) announcement() []byte {
	n := r.node
	r.generation++
	return wire.SealAnnouncement(wire.Announcement{
		Run: n.run.Public(), RunNumber: n.cfg.RunNumber, Generation: r.generation,
		Expiry: uint32(time.Now().Add(24 * time.Hour).Unix()), Nick: n.nick, Candidates: n.hosts,
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
		first := n.hosts == nil
		n.hosts = hosts
		for _, r := range n.rooms {
			r.announce(now)
		}
		if first {
			return // nothing was tried on another network before
		}
		for _, b := range n.boots {
			for _, g := range b.regs {
				g.step(now, rendezvous.NetworkChanged{})
			}
		}
	})
}

func (r *Room) tick(now time.Time) {
	if at := r.engine.NextDeadline(); !at.IsZero() && !now.Before(at) {
		r.step(now, room.Timer{})
	}
	for _, m := range r.members {
		if at := m.presence.nextDeadline(); !at.IsZero() && !now.Before(at) {
			m.tick(now)
		}
	}
	r.checkDrains()
}

func (r *Room) nextDeadline() time.Time {
	next := r.engine.NextDeadline()
	for _, m := range r.members {
		if at := m.presence.nextDeadline(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// leave says goodbye on all links.
func (r *Room) leave(now time.Time) {
	r.step(now, room.Leave{})
	var links []*link
	for _, m := range r.members {
		if m.link != nil {
			links = append(links, m.link)
		}
	}
	leave(links)
	r.left = true
	close(r.commits)
}
