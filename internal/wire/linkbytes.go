package wire

import "encoding/binary"

// uvarint reads a minimal LEB128 number of at most limit.
func (c *cursor) uvarint(limit uint64) uint64 {
	if c.bad {
		return 0
	}
	v, n := binary.Uvarint(c.b)
	if n <= 0 || v > limit || n > 1 && c.b[n-1] == 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// clk reads a 48-bit big-endian time.
func (c *cursor) clk() Clk {
	var b [8]byte
	copy(b[2:], c.take(6))
	return Clk(binary.BigEndian.Uint64(b[:]))
}

func appendClk(b []byte, v Clk) []byte {
	return append(b, byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
