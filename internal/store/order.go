package store

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"gochat/internal/wire"
)

// ErrOrder says that a text is no place in a room's order.
var ErrOrder = errors.New("not a place in the order of messages")

// place is a place in a room's order. As text it is room.Message.Order: opaque
// to others, sorting alike.
type place struct {
	clk wire.Clk
	id  wire.RecordID
}

const clkDigits = 12

func (p place) String() string { return fmt.Sprintf("%0*x%s", clkDigits, uint64(p.clk), p.id) }

func (p place) compare(o place) int {
	if c := cmp.Compare(p.clk, o.clk); c != 0 {
		return c
	}
	return bytes.Compare(p.id[:], o.id[:])
}

// parsePlace reads what String wrote. The error is ErrOrder.
func parsePlace(s string) (p place, err error) {
	bad := fmt.Errorf("%.80q: %w", s, ErrOrder)
	if len(s) != clkDigits+2*len(p.id) {
		return p, bad
	}
	clk, err := strconv.ParseUint(s[:clkDigits], 16, 8*clkDigits/2)
	if err != nil {
		return p, bad
	}
	if _, err := hex.Decode(p.id[:], []byte(s[clkDigits:])); err != nil {
		return p, bad
	}
	p.clk = wire.Clk(clk)
	if p.String() != s { // other spellings would not sort alike
		return p, bad
	}
	return p, nil
}

// lastPlace is behind every record: none has this clk.
var lastPlace = place{clk: wire.MaxClk}
