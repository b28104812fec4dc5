// Package cluster tests bootnodes that work together, as processes of the real
// binary on loopback: a cluster of one operator, and a federation of several.
// Members at different bootnodes chat by the JSON front.
package cluster
