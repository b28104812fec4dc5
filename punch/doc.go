// Package punch finds a path to each member and keeps it: one socket, host,
// server-reflexive and peer-reflexive candidates, STUN, sealed probes, path
// choice, the relay as first path and as fallback, and the gate that keeps
// strangers away from QUIC.
//
// Agent is the pure core, one for each remote member: Step takes the time and
// an event and returns what to send; it holds no socket, clock or goroutine.
// Conn is the shell: it owns the socket and the timer and looks like a
// net.PacketConn to QUIC, with one virtual address for each member, so that a
// connection survives any change of path on either side.
//
// What an Agent spends is bounded whatever the member says: 32 paths, probes
// to unproven addresses 20 ms apart and from a budget, four proven paths kept
// alive. Searches that need another socket, a smaller TTL or guessed ports add
// fields to Action and kinds of rounds; the choice among paths stays the same.
//
// What is carried inside (QUIC, records), who is a member, and how a bootnode
// is talked to live elsewhere; relay frames arrive here already opened.
package punch
