package bootnode

import (
	"log/slog"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/wire"
)

// Node is what is known of another node.
type Node = presence.Info

const (
	meshTurn    = 64  // messages or frames of other nodes that are handled before anything else gets its turn
	maxNodeKeys = 512 // keys shared with other nodes; more than there are nodes
)

// federation is what a Server has for a Mesh.
type federation struct {
	mesh     Mesh
	received <-chan Message
	frames   <-chan []byte
	core     *presence.Core
	keys     map[NodeID]sharedKey
	tags     map[crypto.RoomSubject]crypto.RoomTag // of the rooms that are watched
	news     []presence.Change
	twins    uint64    // messages of nodes with this one's key that were warned of
	warned   time.Time // when last; zero: never
}

// sharedKey is the key shared with a node that has a bootnode key.
type sharedKey struct {
	of  crypto.RunPublic
	key *crypto.NodeKey
}

// federate makes the federation of a server; nil: there is none.
func (s *Server) federate(now time.Time) *federation {
	mesh := s.cfg.Mesh
	if mesh == nil {
		return nil
	}
	l := &s.cfg.Limits
	return &federation{
		mesh: mesh, received: mesh.Received(), frames: mesh.Frames(), keys: map[NodeID]sharedKey{}, tags: map[crypto.RoomSubject]crypto.RoomTag{},
		core: presence.New(presence.Config{
			Self: mesh.Self(), Sign: mesh.Sign, Epoch: uint64(max(now.UnixMilli(), 1)), Key: s.cfg.Key.Public(),
			Release: s.cfg.Release, Advertised: s.cfg.Advertise, Timeout: s.cfg.Timeout,
			Limits: presence.Limits{Members: l.Members, PerRoom: l.MembersPerRoom},
			Own:    s.directory.own, About: s.about,
		}, now),
	}
}

// about is what others are told of this node.
func (s *Server) about() presence.About {
	a := presence.About{
		Members: len(s.directory.sessions), Rooms: len(s.directory.rooms), Draining: !s.directory.Draining().IsZero(),
	}
	for _, l := range s.cfg.Mesh.Links() {
		if l.Node != (NodeID{}) && l.State == LinkUp {
			a.Neighbours = append(a.Neighbours, l.Node)
		}
	}
	return a
}

// handleMessages takes messages of other nodes, the first of which is here.
func (s *Server) handleMessages(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.present(now, presence.Event{Subject: m.Subject, Message: s.fed.open(m)})
	s.listen(now, meshTurn-1)
	s.settle(now)
}

// listen takes messages of other nodes that wait already.
func (s *Server) listen(now time.Time, most int) {
	for range most {
		select {
		case m := <-s.fed.received:
			s.present(now, presence.Event{Subject: m.Subject, Message: s.fed.open(m)})
		default:
			return
		}
	}
}

// handleFrames takes relay frames of other nodes, after the messages that wait.
func (s *Server) handleFrames(f []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.listen(now, meshTurn)
	for turn := 1; ; turn++ {
		s.deliver(now, f)
		if turn == meshTurn {
			break
		}
		select {
		case f = <-s.fed.frames:
			continue
		default:
		}
		break
	}
	s.settle(now)
}

// present steps the core, and the directory through what comes of it, until
// neither has news for the other.
func (s *Server) present(now time.Time, ev presence.Event) {
	for {
		for _, a := range s.fed.core.Step(now, ev) {
			s.speak(&a)
		}
		s.fed.warn(now, s.cfg.Logger)
		if news := s.fed.news; len(news) > 0 {
			s.fed.news = nil
			s.perform(s.directory.Step(now, Event{Foreign: news}))
		}
		ev = presence.Event{Own: s.directory.takeNews()}
		if len(ev.Own) == 0 {
			return
		}
	}
}

// twinPace is the least time between two warnings of a copied key.
const twinPace = time.Minute

// warn says that another node has this node's key.
func (f *federation) warn(now time.Time, log *slog.Logger) {
	n := f.core.Dropped(presence.DropTwin)
	if n == f.twins || !f.warned.IsZero() && now.Sub(f.warned) < twinPace {
		return
	}
	f.twins, f.warned = n, now
	log.Error("another bootnode runs with this one's node key; neither is heard as it should be: stop one of them and give it a key of its own (--node-key)", "messages", n)
}

// speak does what the core wants. What the mesh does not take is lost, and
// repaired like anything lost.
func (s *Server) speak(a *presence.Action) {
	var err error
	switch mesh := s.fed.mesh; a.Do {
	case presence.Watch:
		if r := s.directory.abroad.subjects[a.Subject]; r != nil { // else it is closed again
			s.fed.tags[a.Subject] = r.tag
		}
		mesh.Watch(a.Subject)
	case presence.Unwatch:
		delete(s.fed.tags, a.Subject)
		mesh.Unwatch(a.Subject)
	case presence.Publish:
		if tag, ok := s.fed.tags[a.Subject]; ok {
			err = mesh.PublishRoom(a.Subject, tag.NewsBox().Seal(nil, a.Message, a.Subject[:]))
		}
	case presence.Beacon:
		err = mesh.PublishNode(a.Message)
	case presence.Tell:
		s.fed.news = append(s.fed.news, a.Change)
	}
	if err != nil {
		s.directory.stats.SendErrors++
	}
}

// open is what a message says: of a room, only those who know its tag can tell.
// What does not open is no message, and empty.
func (f *federation) open(m Message) []byte {
	if m.Subject == (crypto.RoomSubject{}) {
		return m.Data
	}
	tag, ok := f.tags[m.Subject]
	if !ok {
		return []byte{}
	}
	plain, err := tag.NewsBox().Open([]byte{}, m.Data, m.Subject[:])
	if err != nil {
		return []byte{}
	}
	return plain
}

// catchUp tells the other nodes what has happened here.
func (s *Server) catchUp(now time.Time) {
	if s.fed == nil {
		return
	}
	if own := s.directory.takeNews(); len(own) > 0 || !now.Before(s.fed.core.NextDeadline()) {
		s.present(now, presence.Event{Own: own})
	}
}

// key is the key shared with a node; nil: it has not said its bootnode key.
func (f *federation) key(own *crypto.RunKey, id NodeID) *crypto.NodeKey {
	of, ok := f.core.Key(id)
	if !ok {
		return nil
	}
	k := f.keys[id]
	if k.of != of {
		if len(f.keys) >= maxNodeKeys {
			clear(f.keys)
		}
		// No key comes of a point of low order: that is remembered as well.
		key, _ := crypto.NewNodeKey(own, of)
		k = sharedKey{of, key}
		f.keys[id] = k
	}
	return k.key
}

// deliver passes on a frame if its node has the sender in the receiver's room.
func (s *Server) deliver(now time.Time, p []byte) {
	f, err := wire.ParseNodeFrame(p)
	if err != nil {
		s.directory.drop(DropNodeFrame)
		return
	}
	key := s.fed.key(s.cfg.Key, f.Node)
	if key == nil || !wire.CheckNodeFrame(p, key) {
		s.directory.drop(DropNodeFrame)
		return
	}
	m := s.directory.sessions[f.To]
	if m == nil || !s.fed.core.Has(m.room.subject, f.Node, f.From) {
		s.directory.drop(DropRelayTarget)
		return
	}
	s.perform(s.directory.Step(now, Event{Carried: &Carried{f.Node, f.From, f.To, f.Packet}}))
}

// carry hands a frame to the mesh.
func (s *Server) carry(a *Action) {
	key := s.fed.key(s.cfg.Key, a.Carry.Node)
	if key == nil {
		s.directory.drop(DropRelayTarget) // gone, or not met yet
		return
	}
	f := wire.NodeFrame{Node: s.fed.mesh.Self(), From: a.Carry.From, To: a.Carry.To, Packet: a.Packet}
	if s.fed.mesh.SendFrame(a.Carry.Node, f.Append(nil, key)) != nil {
		s.directory.stats.SendErrors++
	}
}

// Nodes lists the other nodes; nil without a Mesh. It may be called at any time.
func (s *Server) Nodes() []Node {
	if s.fed == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fed.core.Nodes(time.Now())
}
