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
//	                                ├ pending  an ancestor or its body is missing: held and passed on, not delivered
//	                                └ settled  after all its ancestors, or those to be had: delivered, once, or history
//
// What is in the set does not depend on the order of arrival. A record is left
// out for what it is (forged, of no member) or because its author has written
// too much: beyond a fork of his chain, or beyond his pace, unless something
// that stays cites it. Nothing is left out for what it cites, and nothing for
// what was left out: one who lies about his own past must not tear down what
// others built on it. Such a record stays, and is only not shown.
//
// # News and history
//
// Who joins gets the past newest first, and could settle nothing before the
// oldest record has come. So there is a horizon, the hour before the store first
// met anybody. Repairs from before it are history: they settle as they come, are
// counted in Filled, and are read with History, HistoryBefore, HistoryAfter and
// View. All else is news: it waits for its ancestors, for ten seconds if nobody
// has them, and is delivered in causal order, what becomes ready together in the
// room's order. A session compares news first, then the past; each goes out
// newest first where the other side has nothing at all, in blocks that are
// in order. What is said meanwhile overtakes it: a part of each link's window is
// kept for news, the stream takes back its rate when it begins to wait in queues,
// and an ancestor that a live record cites is asked for and sent at once.
//
// # What is about something else
//
// Edits, deletes and reactions name their target in the header, held or not.
// Their effect is looked up when a record is shown; Changed says when that
// differs from what was shown before. Deletes, and times to live, take the body
// of a record away and leave its header, so that chains stay whole. A body that is
// missing without such a reason is asked for.
//
// # What is kept
//
// The floor rises with the days, or with the store's size. What is older leaves
// memory and store, is taken from nobody and asked for from nobody; members whose
// floors differ compare what lies above both.
package room
