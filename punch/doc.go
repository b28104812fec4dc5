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
// to unproven addresses 20 ms apart and from a budget, four in all to a public
// address that nobody but the member vouches for, four proven paths kept alive.
//
// # Sockets
//
// The main socket carries everything. Further ones are opened for a round or the
// survey, know their member (or none) and are closed when nothing was heard on
// them for a while; a path is an address of the member and the socket it goes by.
//
// # Ladder
//
// Where plain probes find nothing, the ladder holds rounds with the other side,
// agreed upon through the relay: fresh sockets, ports that follow, ports that are
// guessed. Many probes go only where a bootnode has seen the member and the
// member has named itself (docs/decisions/019). The choice among paths stays the
// same.
//
// # Survey and report
//
// What rounds need to know of the own NAT is measured by STUN and, once, by the
// survey with a few short-lived sockets, and told with the candidates; Report
// tells it to the user, and Why gives the reason for each member who is relayed.
// Nothing waits for it. Another network begins it anew.
//
// # Privacy
//
// A member who is not to learn our address (SetDirect, Config.Hide) gets an empty
// list of candidates, and nothing goes to it or is taken from it but through the
// relay. A member whose own list is empty is not looked for.
//
// # Frugal pairs and rest
//
// In a large room a pair stays relayed until it is used and goes back there some
// time after (SetFrugal); a Remote at rest is not probed at all (Rest, Rouse).
//
// # Lifetimes
//
// How long a NAT keeps an idle mapping is learnt from keep-alives that came too
// late, for each pair: the time between them shrinks at once, and a longer one is
// tried again later.
//
// What is carried inside (QUIC, records), who is a member, and how a bootnode
// is talked to live elsewhere; relay frames arrive here already opened.
package punch
