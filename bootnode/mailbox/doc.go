// Package mailbox keeps sealed objects for members who are away: the
// bootnode.Mail of a bootnode that has a store, and of one in a cluster with such
// a node.
//
// Mailbox answers a bootnode's requests, beside it and at most so many at a
// time. With a store they go there, and those of other nodes are served, too;
// without one they go to a node of the cluster that has one, never to another
// operator's: they carry what opens a box. The store is a stream of
// JetStream, one subject for each box: its limits are the stream's. The form of
// a request between nodes is in code.go.
//
// What an object is, who may ask and how often, is decided in package bootnode;
// NATS is run by package engine.
package mailbox
