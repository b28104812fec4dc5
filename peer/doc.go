// Package peer is one member of one or more rooms: the engine room of gochat
// and its public Go API.
//
// A Node owns one goroutine, its loop, which owns all state of rooms, members
// and registrations; packets, links and callers send it work through a
// mailbox. Decisions are made below, in pure cores: paths in punch, records
// in room, the rendezvous in internal/rendezvous. QUIC (RFC 9000) is wrapped
// here and nowhere else.
//
// What belongs to whom: a contact is one run of another member and has the
// path, one connection (conn) and the question whether it is alive (liveness);
// a member is a contact in one Room and has its presence there and the link, a
// stream of that connection. What is shared ends with the last room shared.
//
// A bootnode's half of the rendezvous, files on disk, and everything a user
// sees live elsewhere.
package peer
