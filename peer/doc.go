// Package peer is one member of one or more rooms: the engine room of gochat
// and its public Go API.
//
// # Guide
//
// Dial makes a Node, a member with a key of its own, and runs it. Node.Join
// enters a room by its name and secret; Room.Send writes there, and Room.Events
// tells what others write, who comes and goes, and who has which message. Nothing
// has to be waited for: what is sent before anybody is there, or while the
// network is away, is delivered when it can be. Node.Close says goodbye.
//
//	node, err := peer.Dial(ctx, peer.Config{Bootnodes: []peer.Bootnode{{Address: "boot.example:9595"}}})
//	room, err := node.Join(peer.RoomConfig{Name: "kitchen", Secret: "correct horse"})
//	id, err := room.Send(peer.Text, "hello")
//	for e := range room.Events() {
//		switch e := e.(type) {
//		case peer.MessageEvent: // e.Nick says e.Text; e.Own: it is our own
//		case peer.MemberChanged: // e.Key is e.State
//		case peer.Delivered: // e.Delivered of e.Of members have the message e.ID
//		}
//	}
//
// Rooms are a transport for other programs, too: Room.Listen takes streams that
// members open by Room.Dial for a named protocol. A stream is a net.Conn, over
// the path that gochat found, direct or relayed; Addr has the proven key of the
// other end. Whoever is in the room may open streams for the protocols that a
// program listens for, and for no others.
//
// Texts and nicks that events carry are cleaned: they hold no control characters.
// A nick is a claim of its owner, a key is an identity. What Dial leaves to
// memory is kept by Config.Identity (crypto.IdentityFromSeed), RoomConfig.Store
// and Config.Names. Without Config.DialWS bootnodes are reached by UDP alone.
//
// The module is called gochat and is not published: import it by
//
//	go mod edit -require gochat@v0.0.0 -replace gochat=../gochat
//
// with a checkout beside one's own module; go mod vendor takes it along. The
// programs in examples/ are a bot, a notifier and a pipe.
//
// # Inside
//
// A Node owns one goroutine, its loop, which owns all state of rooms, members
// and registrations; packets, links and callers send it work through a
// mailbox. Decisions are made below, in pure cores: paths in punch, records
// in room, the rendezvous in internal/rendezvous. QUIC (RFC 9000) is wrapped
// here and nowhere else.
//
// A bootnode is talked to by UDP, or over TCP where that gets no answer: carrier
// decides, boot and registration do it.
//
// What belongs to whom: a contact is one run of another member and has the
// path, one connection (conn) and the question whether it is alive (liveness);
// a member is a contact in one Room and has its presence there and the link, a
// stream of that connection. What is shared ends with the last room shared.
//
// A bootnode's half of the rendezvous, files on disk, and everything a user
// sees live elsewhere.
package peer
