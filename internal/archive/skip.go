package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxDamage bounds the search for good records behind damage, each step of
// which may cost the opening of a whole object.
const maxDamage = 1000

// skip leaves a bad frame and goes on where the next one of this room's may
// begin: a bad block of a stick is to cost the records in it, not all behind it.
// Why is what was wrong with the frame.
func (a *Reader) skip(why error) {
	if !errors.Is(why, ErrDamaged) && !errors.Is(why, ErrTruncated) {
		a.err = why
		return
	}
	if a.damage++; a.damage > maxDamage {
		a.err = fmt.Errorf("%w (more than %d bad places: the rest is not looked at)", ErrDamaged, maxDamage)
		return
	}
	// The epoch's id stands in a frame behind the length, the version and the
	// kind of the object.
	const before = 4 + 1 + 1
	a.r.Discard(1)
	for {
		b, err := a.r.Peek(maxFrame)
		if i := bytes.Index(b[min(before, len(b)):], a.room.Epoch[:]); i >= 0 {
			a.r.Discard(i)
			return
		}
		switch {
		case err == nil:
			a.r.Discard(len(b) - before - len(a.room.Epoch) + 1)
		case errors.Is(err, io.EOF):
			a.err = ErrTruncated
			return
		default:
			a.err = fmt.Errorf("import: %w", err)
			return
		}
	}
}
