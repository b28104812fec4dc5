package punch

// replayWindow accepts each number once (RFC 6479). Numbers too far behind the
// highest one are refused: nobody can tell whether they were seen.
type replayWindow struct {
	top  uint64
	bits [replayBits / 64]uint64
}

// replayBits is the width of the window. It is wider than all probes that can
// be under way on a fast and a slow path at once.
const replayBits = 1024

// accept reports whether a number, from 1 on, is seen for the first time.
func (w *replayWindow) accept(n uint64) bool {
	if n == 0 || n+replayBits <= w.top {
		return false
	}
	if n > w.top {
		for clear, i := min(n-w.top, replayBits), uint64(1); i <= clear; i++ {
			w.clear(w.top + i)
		}
		w.top = n
	}
	word, bit := &w.bits[n%replayBits/64], uint64(1)<<(n%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}

func (w *replayWindow) clear(n uint64) { w.bits[n%replayBits/64] &^= 1 << (n % 64) }
