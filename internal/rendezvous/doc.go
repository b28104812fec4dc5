// Package rendezvous is the member's half of the rendezvous protocol: how one
// member registers in one room at one bootnode, stays registered and learns
// who else is there. The frames go by UDP or over TCP, and a registration moves
// from one way to the other when it is told to.
//
// Client is a pure core: Step takes the time and an event and returns actions;
// NextDeadline says when a Timer event is wanted. There is no socket, clock or
// goroutine here, no choice among bootnodes, no path finding and no notion of
// a link: package peer owns those. The bootnode's half is package bootnode,
// and the frames of both are in internal/wire.
package rendezvous
