package room

import (
	"encoding/binary"
	"math/bits"

	"gochat/internal/wire"
)

// total is a sum modulo 2^128.
type total struct{ hi, lo uint64 }

func (t *total) add(o total) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, o.lo, 0)
	t.hi, _ = bits.Add64(t.hi, o.hi, carry)
}

func (t total) wire() (s wire.SetSum) {
	binary.BigEndian.PutUint64(s[:8], t.hi)
	binary.BigEndian.PutUint64(s[8:], t.lo)
	return s
}

// setSums keeps the sums of an index' chunks under one link's key, so that the
// digest of a large room costs what changed in it.
type setSums map[*chunk]chunkSum

type chunkSum struct {
	stamp uint64
	total total
}

// sum adds up a piece under the link's key.
func (l *link) sum(e *Engine, p piece) wire.SetSum {
	return l.sums.of(l, &e.log.index, p.start, p.end)
}

// of adds up what lies between two places.
func (s *setSums) of(l *link, x *index, from, to place) wire.SetSum {
	if *s == nil || len(*s) > 2*len(x.chunks)+64 { // of chunks that are no more
		*s = make(setSums)
	}
	var t total
	for c := from.chunk; c <= to.chunk && c < len(x.chunks); c++ {
		ch := x.chunks[c]
		a, b := 0, len(ch.entries)
		if c == from.chunk {
			a = from.offset
		}
		if c == to.chunk {
			b = to.offset
		}
		switch {
		case a >= b:
		case b-a < len(ch.entries):
			t.add(l.addUp(ch.entries[a:b]))
		default:
			kept := (*s)[ch]
			if kept.stamp != ch.stamp {
				kept = chunkSum{ch.stamp, l.addUp(ch.entries)}
				(*s)[ch] = kept
			}
			t.add(kept.total)
		}
	}
	return t.wire()
}

func (l *link) addUp(entries []*entry) (t total) {
	var b [16]byte
	for _, en := range entries {
		l.block.Encrypt(b[:], en.id[:16])
		t.add(total{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])})
	}
	return t
}
