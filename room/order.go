package room

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"

	"gochat/internal/wire"
)

// compareOrder is the room's order, equal on every member: it extends the
// causal order, because a record's clk exceeds its ancestors'.
func compareOrder(c1 wire.Clk, id1 wire.RecordID, c2 wire.Clk, id2 wire.RecordID) int {
	if c := cmp.Compare(c1, c2); c != 0 {
		return c
	}
	return bytes.Compare(id1[:], id2[:])
}

func compareEntries(a, b *entry) int { return compareOrder(a.clk, a.id, b.clk, b.id) }

// orderKey writes a place in the order as text that sorts alike.
func orderKey(clk wire.Clk, id wire.RecordID) string { return fmt.Sprintf("%012x%s", uint64(clk), id) }

// parseOrder reads an orderKey back, or a part of one: what is missing counts as zeros.
func parseOrder(key string) (b wire.Bound, ok bool) {
	const clkDigits = 12
	var raw [6 + 16]byte
	key = key[:min(len(key), 2*len(raw))]
	n, err := hex.Decode(raw[:], []byte(key[:len(key)&^1]))
	if err != nil || n < clkDigits/2 {
		return wire.Bound{}, false
	}
	for _, v := range raw[:6] {
		b.Clk = b.Clk<<8 | wire.Clk(v)
	}
	copy(b.ID[:], raw[6:])
	return b, true
}
