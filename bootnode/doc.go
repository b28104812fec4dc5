// Package bootnode is the rendezvous: it introduces the members of a room to
// each other, notices when one goes, answers STUN, and carries sealed packets
// between members whose NATs let nothing else through.
//
// Directory is the pure core: Step takes the time and a packet and returns
// packets to send; NextDeadline says when it wants to be stepped without one.
// It has no socket, clock or goroutine, and where it goes through members it
// does so in the order of their arrival or of the roster, never of a map.
// Server is the shell around it: sockets, WebSockets for those whose networks let
// no UDP through, one goroutine that owns the directory, a timer and the log.
// Check asks a bootnode whether it is there, LoadOrCreateKey keeps its key.
//
// Here is nothing that can read an announcement or a relayed packet, nothing of
// links or messages, and no choice of what to listen on. Frames are in
// internal/wire, their keys in crypto, sockets in internal/udp; the member's
// half is internal/rendezvous, which this package never imports.
//
// Rules that every file here keeps:
//
//   - No state before a cookie came back, no public-key work before it was
//     checked, and never more bytes to an unproven address than came from it.
//   - A packet that fails its check costs a key schedule and an AES pass (two while
//     its member has keys to come), gets no answer, changes nothing, and is counted,
//     not logged.
//   - A registration stands until its member says BYE or stays silent through
//     several probes. A REGISTER alone never disturbs it: a replayed or late
//     one only prepares new keys, which count once the member has used them.
package bootnode
