// Package room keeps what was said in one room and brings it to everyone in it.
//
// A room is a grow-only set of signed records (wire.Record). Each author's
// records form hash chains and point at what the author had seen; a hybrid
// clock orders them, and the order (clk, id) is equal on every member. All
// state is a function of the set. An Engine is one member's view of one room:
// records come in from links, from the store at start and from the user; each
// is verified, committed to the Store and only then acknowledged, passed on
// and delivered. Push is fast, range-based reconciliation makes it right.
//
// The Engine is a pure state machine: Step(now, event) returns actions,
// NextDeadline says when it wants a Timer. There are no goroutines, sockets
// or clocks here, no nicks are cleaned and nothing is drawn: package peer owns
// links and time and runs the actions, internal/store is the Store on disk.
//
// With whom there are links the Engine decides, too, once the caller names who
// is in the room (Present, Left): in a small room with all, in a large one with
// a few (Dial, Undial; CloseLink with the reason Surplus). It speaks for this
// room alone: a connection that another room of the same two members needs is
// the caller's to keep, and is no link here unless LinkUp said so. In a large
// room a member without a link is as present as any other.
//
// A record's life:
//
//	received ─ verified ─ committed ┬ early    its clk lies in the future: shown at most to whoever heard the author
//	                                ├ pending  an ancestor is missing: held and passed on, not delivered
//	                                └ settled  delivered, once, after all its ancestors
package room
