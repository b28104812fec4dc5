package natlab

import (
	"slices"
	"testing"
)

// kinds are the networks a host can be in, in the order of the matrix.
var kinds = []string{
	public, FullCone, AddressRestricted, PortRestricted,
	Symmetric, SymmetricBlock, SymmetricSequential, SymmetricAddress,
	UDPDrop, UDPReject,
}

// best is the best tier that two networks allow.
func best(a, b string) string {
	blocked := []string{UDPDrop, UDPReject}
	hard := []string{Symmetric, SymmetricBlock, SymmetricSequential, SymmetricAddress}
	switch {
	case slices.Contains(blocked, a) || slices.Contains(blocked, b):
		return tierTCP
	case a == SymmetricSequential && b == SymmetricSequential:
		return tierDirect // each can predict the other
	case slices.Contains(hard, a) && slices.Contains(hard, b):
		return tierUDP // 170,000 probes from either side
	}
	return tierDirect
}

// smoke are the pairs of every run; the rest of the matrix is for make natlab.
// More are in TestConePairsAreDirect, TestLadder and TestUDPBlocked.
var smoke = [][2]string{
	{public, Symmetric}, {AddressRestricted, SymmetricBlock}, {PortRestricted, UDPDrop},
}

// TestMatrix has every pair of networks meet. It does not run beside other
// tests: the times are for a document, and the members' homes are those of
// TestScenarios. A copy of a home would not do, members notice that.
func TestMatrix(t *testing.T) {
	pairs := make(chan [2]string, len(kinds)*len(kinds))
	for i, a := range kinds {
		for _, b := range kinds[i:] {
			if pair := [2]string{a, b}; full || slices.Contains(smoke, pair) {
				pairs <- pair
			}
		}
	}
	close(pairs)
	w := newCells(t, Flat)
	for pair := range pairs {
		a, b := pair[0], pair[1]
		t.Run(a+"×"+b, func(t *testing.T) {
			w := w.in(t)
			if a == SymmetricAddress || b == SymmetricAddress {
				w.secondServer()
			}
			goal := best(a, b)
			k, o := w.introduce(w.place("A", a), w.place("B", b), goal)
			k.settle(&o)
			o.check(t, goal)
			record(&report.pairs, a, b, o)
		})
	}
}
