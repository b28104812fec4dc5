// Package nodelab runs several bootnodes of the real binary, each in a network
// namespace of its own, with members spread over them: what a cluster and a
// federation promise, while links are cut, packets are lost and nodes stop, die
// and return. It is built on the labs of test/natlab and needs what they need.
//
// Its bounds are those of docs/decisions/027-federation.md with slack for a busy
// machine; the times measured are logged.
package nodelab
