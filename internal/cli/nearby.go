package cli

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"gochat/crypto"
	"gochat/internal/lan"
	"gochat/peer"
)

// surroundings keeps each room registered with bootnodes of this host and LAN,
// found or opened for that room. A bootnode that serves one room's members is
// not told of another room.
type surroundings struct {
	node   *peer.Node
	log    *slog.Logger
	server embedded
	tasks  sync.WaitGroup

	registering sync.Mutex // taken before mu, and alone while the node works

	mu       sync.Mutex
	ctx      context.Context // of all searches; nil: bootnodes are named, or it is too early
	searches []*search       // in the order the rooms were joined
}

// search is the search for one room.
type search struct {
	name        string
	keys        *crypto.RoomKeys
	unreachable chan string // addresses of targets at which registering fails
	targets     []lan.Target
	stop        context.CancelFunc // nil: not begun
}

func (n *surroundings) init(node *peer.Node, log, embedded *slog.Logger) {
	n.node, n.log, n.server.log = node, log, embedded
}

// lookAround begins to search for all rooms, until ctx ends.
func (s *session) lookAround(ctx context.Context) {
	n := &s.lan
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ctx = ctx
	for _, f := range n.searches {
		n.begin(f)
	}
}

// add searches for one room more.
func (n *surroundings) add(r *room) *search {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := &search{name: r.Name(), keys: r.keys, unreachable: make(chan string, 16)}
	n.searches = append(n.searches, f)
	if n.ctx != nil {
		n.begin(f)
	}
	return f
}

// begin starts the search for a room. With mu held.
func (n *surroundings) begin(f *search) {
	ctx, stop := context.WithCancel(n.ctx)
	f.stop = stop
	n.tasks.Go(func() {
		defer stop()
		err := lan.Run(ctx, lan.Config{
			Room: f.keys,
			Open: func(port uint16) (lan.Server, error) { return n.server.open(f.keys.Tag, port) },
			Use:  func(targets []lan.Target) { n.use(f, targets) }, Unreachable: f.unreachable, Logger: n.log,
		})
		if err != nil {
			n.node.Notify(peer.Notice{Room: f.name, Level: peer.Failure, Code: "lan",
				Text: "cannot look for others on this host and LAN: " + err.Error() + "; name a bootnode with --bootnode HOST:PORT"})
		}
	})
}

// remove ends the search for a room that was left, once its members have been
// told, perhaps by the bootnode that runs here.
func (n *surroundings) remove(r *room) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx == nil {
		return
	}
	ctx := n.ctx
	n.tasks.Go(func() {
		select {
		case <-r.Gone():
		case <-ctx.Done():
		}
		n.end(r.lan)
	})
}

// drop ends the search for a room that goes on.
func (n *surroundings) drop(r *room) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx != nil {
		n.tasks.Go(func() { n.end(r.lan) })
	}
}

// end ends a search, and lets the bootnodes go that it alone has found.
func (n *surroundings) end(f *search) {
	f.stop()
	n.mu.Lock()
	n.searches = slices.DeleteFunc(n.searches, func(x *search) bool { return x == f })
	n.mu.Unlock()
	n.register()
}

// unregistered is told that a room cannot be registered at a bootnode.
func (s *session) unregistered(room, bootnode string) {
	n := &s.lan
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.searches {
		if f.name == room {
			select {
			case f.unreachable <- bootnode:
			default: // it is told again as long as it fails
			}
		}
	}
}

// use takes the targets found for a room.
func (n *surroundings) use(f *search, targets []lan.Target) {
	n.mu.Lock()
	f.targets = targets
	n.mu.Unlock()
	n.register()
}

// register has each room registered at its own targets. Their keys come from
// adverts that only members can make, so another key is refused; of two keys
// at one address the first one counts until its finder sees that it is wrong.
func (n *surroundings) register() {
	n.registering.Lock()
	defer n.registering.Unlock()
	// An error means that the session is over.
	_ = n.node.SetBootnodes(n.bootnodes())
}

// bootnodes are the targets of all rooms, with the rooms that each is for.
func (n *surroundings) bootnodes() (list []peer.Bootnode) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.searches {
		for _, t := range f.targets {
			i := slices.IndexFunc(list, func(b peer.Bootnode) bool { return b.Address == t.Address })
			switch {
			case i < 0:
				list = append(list, peer.Bootnode{Address: t.Address, Key: t.Key, Strict: t.Key != (crypto.RunPublic{}),
					Embedded: true, Rooms: []string{f.name}})
			case list[i].Key == t.Key:
				list[i].Rooms = append(list[i].Rooms, f.name)
			}
		}
	}
	return list
}

// wait returns when all searches have ended.
func (n *surroundings) wait() { n.tasks.Wait() }
