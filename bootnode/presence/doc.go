// Package presence knows which members other bootnodes have: the part of a
// federation that is about people and not about bytes.
//
// Core is pure: Step takes the time and what happened (own members came or went,
// another node said something) and returns what to do (say something, tell the
// directory of a foreign member); NextDeadline says when it wants to be stepped
// without an event. It has no clock, goroutine or connection, and the order of
// what it does never depends on a map's.
//
// Presence is soft state, without a quorum: each node speaks for its own members
// and for nobody else, and signs it. What is lost is noticed by version numbers
// and asked for. Here is no transport (package bootnode declares it as Mesh) and
// nothing of registrations, addresses or limits of members, which are the
// directory's.
package presence
