// Package engine carries bytes between bootnodes: a NATS server inside this
// process, with routes to the operator's other machines (a cluster), leafnode
// links to other operators' bootnodes (a federation), and JetStream where a
// mailbox wants a store. It implements bootnode.Mesh, and is the one owner of
// NATS in gochat.
//
// It knows nothing of rooms, members or mailboxes: it moves bytes by subject.
//
//	gc.node.<node>  what a node says of itself
//	gc.r.<room>     what nodes tell each other of a room
//	gc.f.<node>     relay frames for a node
//
// These live in one account, which leafnode links reach and in which they may
// use nothing else. JetStream, and requests about mailboxes with their answers
// (gc.mb.>), are in another account that never leaves the cluster.
//
// A node is its key, an nkey of NATS. Links within a cluster are mutual TLS
// under a key made from the cluster's secret. A leafnode link is TLS by a
// WebSocket; the dialler signs the hub's nonce with its node key, and knows the
// hub by a pin or by the system's authorities.
package engine
