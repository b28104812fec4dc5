// Package peer is one member of one or more rooms: the engine room of gochat
// and its public Go API.
//
// A Node owns one goroutine, its loop, which owns all state of rooms, members
// and registrations; packets, links and callers send it work through a
// mailbox. Decisions are made below, in pure cores: paths in punch, records
// in room, the rendezvous in internal/rendezvous. QUIC (RFC 9000) is wrapped
// here and nowhere else.
//
// A bootnode's half of the rendezvous, files on disk, and everything a user
// sees live elsewhere.
package peer
